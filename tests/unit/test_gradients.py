"""Gradients of plain and residual nets: closed forms, orders of magnitude, records, live sweeps."""

import csv
import io
import json
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from resnet_edu.errors import UserError
from resnet_edu.figures.gradient_curves import gradient_csv, gradient_curves, scientific
from resnet_edu.measure import live
from resnet_edu.measure.gradients import (
    DEPTHS,
    Experiment,
    Pictures,
    build,
    first_to_last,
    make_batch,
    measure_gradients,
)
from resnet_edu.measure.live import LiveMeasurements
from resnet_edu.measure.sweeps import (
    DEEPEST,
    PRESETS,
    QUANTITIES,
    RECORDED_DEPTHS,
    Curve,
    Pair,
    Setting,
    layer_names,
    load_sweep,
    measure_pair,
    save_sweep,
)
from resnet_edu.nets.blocks import Normalisation, Shortcut
from resnet_edu.nets.cifar import CifarSpec, Family, Initialisation
from resnet_edu.paths import GRADIENTS
from resnet_edu.vision.samples import crops

BY_ID = {preset.id: preset.setting for preset in PRESETS}


def ratios(setting: Setting, depth: int) -> tuple[float, float]:
    plain, residual = (first_to_last(measure_gradients(each)) for each in setting.experiments(depth))
    return plain, residual


@pytest.mark.parametrize("normalisation", list(Normalisation))
def test_where_f_is_zero_every_identity_block_passes_the_same_gradient(normalisation: Normalisation) -> None:
    """He16 equation 5: the gradient at x_l is that at x_L times 1 + 0."""
    spec = CifarSpec(depth=20, normalisation=normalisation, zero_last=True)
    layers = measure_gradients(Experiment(spec)).layers
    for stage in (1, 2, 3):
        inputs = [layer.input_gradient for layer in layers if layer.stage == stage and layer.name.endswith("conv1")]
        identities = inputs[1:]
        assert len(identities) == 2
        assert identities[0] == identities[1] > 0


def test_plain_and_residual_nets_start_with_the_same_weights_and_see_the_same_batch() -> None:
    plain, residual = Setting(batch_size=4).experiments(14)
    assert torch.equal(build(plain).layer3[1].conv2.weight, build(residual).layer3[1].conv2.weight)
    assert all(torch.equal(a, b) for a, b in zip(make_batch(plain), make_batch(residual), strict=True))


def test_side_branches_are_left_out() -> None:
    for spec in (CifarSpec(depth=14, shortcut=Shortcut.C), CifarSpec(Family.HIGHWAY, 14)):
        signals = measure_gradients(Experiment(spec, batch_size=2))
        assert [(layer.name, layer.stage) for layer in signals.layers] == [row[:2] for row in layer_names(14)]


# Orders of magnitude at initialisation, width 16; the powers of ten are those of independent runs of ours.
@pytest.mark.parametrize(
    ("preset", "depth", "plain", "residual"),
    [
        ("textbook", 20, (1e-4, 1e-2), (0.01, 1)),
        ("textbook", 56, (1e-11, 1e-8), (0.01, 1)),
        ("textbook", 110, (1e-20, 1e-16), (0.01, 1)),
        ("paper", 56, (1e3, 1e5), (2, 100)),
        ("paper", 110, (1e6, 1e9), (4, 200)),
        ("sigmoid", 20, (1e-15, 1e-11), (1e-9, 1e-6)),
    ],
)
def test_orders_of_magnitude(
    preset: str, depth: int, plain: tuple[float, float], residual: tuple[float, float]
) -> None:
    measured = ratios(BY_ID[preset], depth)
    assert plain[0] < measured[0] < plain[1]
    assert residual[0] < measured[1] < residual[1]


def test_underflow_stays_zero() -> None:
    setting = Setting(normalisation=Normalisation.NONE, initialisation=Initialisation.GAUSSIAN)
    plain, residual = ratios(setting, 56)
    assert plain == 0
    assert 0.05 < residual < 5


def test_activations_of_an_unnormalised_residual_net_grow() -> None:
    losses = [measure_pair(BY_ID["unnormalised"], depth).residual.loss for depth in (20, 56)]
    assert losses[1] > 100 * losses[0]


def test_infinity_and_nan_are_reported() -> None:
    setting = Setting(normalisation=Normalisation.NONE, initialisation=Initialisation.GAUSSIAN, sigma=1.0)
    pair = measure_pair(setting, 110)
    assert not math.isfinite(pair.residual.loss)
    sent = json.dumps(gradient_curves({110: pair}), allow_nan=False)
    assert '"nan"' in sent or '"inf"' in sent


def test_real_pictures_come_from_the_pool_and_noise_needs_none() -> None:
    pool = crops(8)
    experiment = Experiment(CifarSpec(depth=8), batch_size=16, pictures=Pictures.REAL)
    images, labels = make_batch(experiment, pool)
    assert images.shape == (16, 3, 32, 32)
    assert labels.shape == (16,)
    restored = images * pool.std((0, 2, 3), keepdim=True) + pool.mean((0, 2, 3), keepdim=True)
    assert all(any(torch.allclose(image, each, atol=1e-6) for each in pool) for image in restored)
    with pytest.raises(UserError, match="noise"):
        make_batch(experiment)


def test_measuring_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    measure_gradients(Experiment(CifarSpec(depth=8), batch_size=2))
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize("preset", BY_ID)
def test_a_record_holds_its_preset_and_every_depth(preset: str) -> None:
    sweep = load_sweep(GRADIENTS / f"{preset}.json")
    assert tuple(sweep.pairs) == RECORDED_DEPTHS
    assert sweep.setting == json.loads(json.dumps(vars(BY_ID[preset])))
    assert set(sweep.versions) == {"python", "torch"}
    for depth, pair in sweep.pairs.items():
        for curve in (pair.plain, pair.residual):
            assert all(len(getattr(curve, name)) == depth - 1 for name in QUANTITIES)


@pytest.mark.parametrize("preset", BY_ID)
@pytest.mark.parametrize("depth", [8, 20, 44])
def test_a_record_is_what_is_measured_again(preset: str, depth: int) -> None:
    """Within a percent, as other processors round otherwise; what a long product amplifies, within a factor."""
    recorded = load_sweep(GRADIENTS / f"{preset}.json").pairs[depth]
    again = measure_pair(BY_ID[preset], depth)
    for net in ("plain", "residual"):
        for name in QUANTITIES:
            expected = getattr(getattr(recorded, net), name)
            assert getattr(getattr(again, net), name) == pytest.approx(expected, rel=0.01, abs=1e-40)


def test_all_records_together_are_small() -> None:
    assert sum(path.stat().st_size for path in GRADIENTS.glob("*.json")) < 2 * 10**6


def test_a_sweep_survives_its_file(tmp_path: Path) -> None:
    curve = Curve(float("nan"), (0.0, 1.23456, math.inf), (1.0, 2.0, 3.0), (1e-30, 2.0, 3.0))
    save_sweep(tmp_path / "s.json", Setting(), {8: Pair(curve, curve)})
    loaded = load_sweep(tmp_path / "s.json").pairs[8].plain
    assert math.isnan(loaded.loss)
    assert loaded.weight_gradient == (0.0, 1.235, math.inf)
    assert loaded.output_std == (1e-30, 2.0, 3.0)


def test_the_csv_has_a_row_for_every_layer() -> None:
    pair = load_sweep(GRADIENTS / "textbook.json").pairs[20]
    rows = list(csv.DictReader(io.StringIO(gradient_csv(20, pair))))
    assert len(rows) == 19
    assert float(rows[3]["residual_input_gradient"]) == pair.residual.input_gradient[3]
    assert (rows[-1]["name"], rows[-1]["stage"]) == ("layer3.2.conv2", "3")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.0731, "0.073"),
        (12.3, "12"),
        (1179.0, "1179"),
        (1.5e-9, "1.5×10⁻⁹"),
        (5.53e6, "5.5×10⁶"),
        (math.inf, "∞"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert scientific(value) == text


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Setting, int]]:
    """measure_pair that counts and takes no time."""
    calls: list[tuple[Setting, int]] = []

    def measure(setting: Setting, depth: int, pool: torch.Tensor | None) -> Pair:
        calls.append((setting, depth))
        curve = Curve(0.0, (), (), ())
        return Pair(curve, curve)

    monkeypatch.setattr(live, "measure_pair", measure)
    return calls


def finished(sweep: live.LiveSweep) -> bool:
    return all(sweep.wait_for(depth, 20) for depth in DEPTHS)


def test_a_live_sweep_begins_at_the_wanted_depth_and_fills_outwards(counted: list[tuple[Setting, int]]) -> None:
    sweep = LiveMeasurements().start(Setting(seed=5), 56)
    assert finished(sweep)
    depths = [depth for _, depth in counted]
    assert depths[0] == 56
    assert set(depths[1:3]) == {50, 62}
    assert sorted(depths) == list(DEPTHS)
    assert not sweep.is_running


def test_two_who_ask_for_the_same_setting_compute_it_once(counted: list[tuple[Setting, int]]) -> None:
    sweeps = LiveMeasurements()
    one, two = sweeps.start(Setting(seed=5), 56), sweeps.start(Setting(seed=5), 20)
    assert one is two
    assert finished(one)
    assert sweeps.start(Setting(seed=5), 110) is one
    assert len(counted) == len(DEPTHS)


def test_a_stopped_sweep_keeps_what_it_has_and_goes_on_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    curve = Curve(0.0, (), (), ())

    def measure(setting: Setting, depth: int, pool: torch.Tensor | None) -> Pair:
        assert depth == 56 or gate.wait(20)
        return Pair(curve, curve)

    monkeypatch.setattr(live, "measure_pair", measure)
    sweeps = LiveMeasurements()
    sweep = sweeps.start(Setting(), 56)
    assert sweep.wait_for(56, 20)
    sweep.stop()
    gate.set()
    assert not sweep.wait_for(110, 0.3)
    assert 56 in sweep.results
    assert sweeps.start(Setting(), 110) is sweep
    assert sweep.wait_for(110, 20)


def test_a_sweep_rests_when_nobody_looks_and_goes_on_when_somebody_does(monkeypatch: pytest.MonkeyPatch) -> None:
    curve = Curve(0.0, (), (), ())
    clock = [0.0]
    left = Setting(seed=1)

    def measure(setting: Setting, depth: int, pool: torch.Tensor | None) -> Pair:
        clock[0] = live.WATCHED_SECONDS if setting == left else clock[0]
        return Pair(curve, curve)

    monkeypatch.setattr(live, "measure_pair", measure)
    monkeypatch.setattr(live, "monotonic", lambda: clock[0])
    sweeps = LiveMeasurements()
    abandoned = sweeps.start(left, 56)
    assert abandoned.wait_for(56, 20)
    assert finished(sweeps.start(Setting(seed=2), 56))
    assert len(abandoned.results) == 1
    assert abandoned.is_running
    clock[0] += 1
    abandoned.look()
    assert abandoned.wait_for(50, 20)


def test_where_others_measure_a_sweep_asks_for_several_depths_at_once() -> None:
    together = threading.Barrier(2)
    calls: list[int] = []

    def measure(setting: Setting, depth: int, pool: torch.Tensor | None) -> Pair:
        calls.append(depth)
        if depth in (50, 62):  # the neighbours of the first
            together.wait(20)
        return Pair(Curve(0.0, (), (), ()), Curve(0.0, (), (), ()))

    sweep = LiveMeasurements(measure, at_once=2).start(Setting(), 56)
    assert finished(sweep)
    assert sorted(calls) == list(DEPTHS)
    assert not sweep.is_running


def test_a_sweep_that_fails_says_so_and_the_next_one_works(monkeypatch: pytest.MonkeyPatch) -> None:
    curve = Curve(0.0, (), (), ())

    def measure(setting: Setting, depth: int, pool: torch.Tensor | None) -> Pair:
        if setting.seed == 1:
            raise MemoryError
        return Pair(curve, curve)

    monkeypatch.setattr(live, "measure_pair", measure)
    sweeps = LiveMeasurements()
    failing = sweeps.start(Setting(seed=1), 56)
    assert not failing.wait_for(56, 20)
    assert isinstance(failing.error, MemoryError)
    assert finished(sweeps.start(Setting(seed=2), 56))
    again = sweeps.start(Setting(seed=1), 56)
    assert again is not failing
    assert not again.wait_for(56, 20)


def test_the_deepest_net_of_the_paper_is_recorded() -> None:
    textbook, paper = (load_sweep(GRADIENTS / f"{name}.json").pairs[DEEPEST] for name in ("textbook", "paper"))
    assert textbook.plain.weight_gradient[0] == 0
    assert math.isnan(textbook.residual.weight_gradient[0])  # without normalisation 1202 layers overflow
    assert 0 < paper.residual.weight_gradient[0] < math.inf


def test_nets_built_in_several_threads_do_not_take_each_others_random_numbers() -> None:
    experiments = [Experiment(CifarSpec(depth=20), seed=seed) for seed in range(4)]
    alone = [build(experiment).linear.weight for experiment in experiments]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda experiment: build(experiment).linear.weight, experiments * 3))
    assert all(torch.equal(weight, alone[index % 4]) for index, weight in enumerate(together))
