"""Gradients of plain and residual nets: closed forms, orders of magnitude, records, live sweeps."""

import csv
import io
import json
import math
import statistics
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

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
from resnet_edu.measure.signs import Sign, signs
from resnet_edu.measure.sweeps import (
    DEEPEST,
    PRESETS,
    QUANTITIES,
    RECORDED_DEPTHS,
    SEEDS,
    Curve,
    Pair,
    Setting,
    Spread,
    curve_of,
    layer_names,
    load_sweep,
    measure_pair,
    range_of,
    save_sweep,
    spread_of,
)
from resnet_edu.nets.blocks import Activation, Normalisation, Shortcut
from resnet_edu.nets.cifar import CifarSpec, Family, Initialisation
from resnet_edu.paths import GRADIENTS
from resnet_edu.vision.samples import crops

BY_ID = {preset.id: preset.setting for preset in PRESETS}


def ratios(setting: Setting, depth: int) -> tuple[float, float]:
    pair = measure_pair(setting, depth)
    return first_to_last(pair.plain.weight_gradient), first_to_last(pair.residual.weight_gradient)


def recorded(preset: str, depth: int) -> Pair[Spread]:
    return load_sweep(GRADIENTS / f"{preset}.json").spreads[depth]


@pytest.mark.parametrize("normalisation", list(Normalisation))
def test_where_f_is_zero_every_identity_block_passes_the_same_gradient(normalisation: Normalisation) -> None:
    """He16 equation 5: the gradient at x_l equals the one at x_L times 1 + 0."""
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


# Orders of magnitude at initialisation, width 16; the powers of ten come from independent runs.
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


def test_underflow_stays_zero_and_is_called_so() -> None:
    setting = Setting(normalisation=Normalisation.NONE, initialisation=Initialisation.GAUSSIAN)
    pair = measure_pair(setting, 56)
    assert pair.plain.weight_gradient[0] == 0
    assert 0.05 < first_to_last(pair.residual.weight_gradient) < 5
    assert signs(pair.plain.weight_gradient, "weight_gradient", setting.experiments(56)[0].net)[0] is Sign.UNDERFLOW


def test_a_norm_under_1e_22_is_not_zero() -> None:
    """Its square is 0 in float32; compared with a norm computed by hand. An independent run found 1.7e-36."""
    plain, _ = BY_ID["sigmoid"].experiments(56)
    net = build(plain).train()
    images, labels = make_batch(plain)
    (gradient,) = torch.autograd.grad(F.cross_entropy(net(images), labels), [net.conv1.weight])
    by_hand = math.sqrt(math.fsum(each**2 for each in gradient.flatten().tolist()))
    layers = measure_gradients(plain).layers
    assert layers[0].weight_gradient == pytest.approx(by_hand, rel=1e-4)
    assert layers[0].weight_gradient == pytest.approx(1.7e-36, rel=0.1)
    assert all(layer.weight_gradient > 0 for layer in layers)


@pytest.mark.parametrize(
    ("preset", "depth", "first", "last"),
    [("cures", 56, 0.0151, 0.0151), ("cures", 20, 0.0157, 0.0157), ("paper", 110, 5.618, 0.07149)],
)
def test_the_trunk_gradient_is_what_an_independent_run_found(
    preset: str, depth: int, first: float, last: float
) -> None:
    trunk = measure_pair(BY_ID[preset], depth).residual.trunk_gradient
    assert len(trunk) == (depth - 2) / 2
    assert (trunk[0], trunk[-1]) == pytest.approx((first, last), rel=0.005)


@pytest.mark.parametrize("preset", ["zero-start", "zero-start-bn", "cures"])
def test_the_zero_start_alone_levels_the_trunk(preset: str) -> None:
    trunk = measure_pair(BY_ID[preset], 20).residual.trunk_gradient
    assert trunk == pytest.approx([trunk[-1]] * len(trunk), rel=1e-4)


def test_without_a_zero_start_neither_batch_norm_nor_pre_activation_levels_it() -> None:
    for name, expected in (("pre-activation", 14.5), ("paper", 31.8)):
        trunk = measure_pair(BY_ID[name], 56).residual.trunk_gradient
        assert first_to_last(trunk) == pytest.approx(expected, rel=0.02)


def test_a_delta_orthogonal_convolution_is_a_scaled_isometry_at_every_pixel() -> None:
    spec = CifarSpec(Family.PLAIN, 8, normalisation=Normalisation.NONE, initialisation=Initialisation.ORTHOGONAL)
    net = build(Experiment(spec))
    conv = net.layer2[0].conv2
    x = torch.randn(2, 32, 16, 16)
    assert torch.allclose(conv(x).norm(dim=1), math.sqrt(2) * x.norm(dim=1), rtol=1e-4)
    assert not conv.bias.any()


def test_gates_keep_their_bias_with_an_orthogonal_start() -> None:
    gate = build(Experiment(CifarSpec(Family.HIGHWAY, 8, initialisation=Initialisation.ORTHOGONAL))).layer1[0].gate1
    assert (gate[0].bias == -2).all()


def test_an_orthogonal_plain_net_carries_its_gradient() -> None:
    pair = measure_pair(BY_ID["orthogonal"], 110)
    assert first_to_last(pair.plain.trunk_gradient) > 0.03
    xavier = replace(BY_ID["orthogonal"], initialisation=Initialisation.XAVIER)
    assert first_to_last(measure_pair(xavier, 110).plain.trunk_gradient) < 0.02


ZERO_STARTS = [
    CifarSpec(family, 14, width=4, normalisation=normalisation, activation=activation, zero_last=True)
    for family in (Family.RESIDUAL, Family.PRE_ACTIVATION, Family.HIGHWAY)
    for normalisation in Normalisation
    for activation in Activation
]


@pytest.mark.parametrize("spec", ZERO_STARTS, ids=lambda spec: f"{spec.family}-{spec.normalisation}-{spec.activation}")
def test_what_is_called_0_by_construction_is_0_and_nothing_else_is(spec: CifarSpec) -> None:
    """Derived from the specification on one side, computed by autograd on the other."""
    curve = curve_of(measure_gradients(Experiment(spec, 4)))
    for quantity in QUANTITIES:
        values = getattr(curve, quantity)
        for value, sign in zip(values, signs(values, quantity, spec), strict=True):
            expected = Sign.START if value == 0 else Sign.WEIGHTLESS if math.isnan(value) else None
            assert sign is expected, quantity
    without = replace(spec, zero_last=False)
    values = curve_of(measure_gradients(Experiment(without, 4))).weight_gradient
    assert signs(values, "weight_gradient", without) == [None] * len(values)


def test_zeros_and_overflows_are_told_apart() -> None:
    assert signs((0.0, 0.0, 1e-43, 1e-20, 1.0), "weight_gradient", None)[:3] == [Sign.UNDERFLOW, Sign.UNDERFLOW, None]
    assert signs((0.0, 0.5, 1.0), "weight_gradient", None)[0] is Sign.OFF  # nothing small near it
    assert signs((math.nan, math.inf, 1.0), "weight_gradient", None)[:2] == [Sign.OVERFLOW] * 2
    assert signs((1.0, 1e-43, 0.0), "output_std", None)[2] is Sign.UNDERFLOW  # a forward quantity


@given(st.lists(st.floats(allow_nan=True), min_size=1, max_size=9))
def test_of_several_runs_the_median_lies_in_the_range_and_overflow_is_the_highest(values: list[float]) -> None:
    low, median, high = range_of(values)
    numbers = [each for each in values if not math.isnan(each)]
    assert math.isnan(high) == (len(numbers) < len(values))
    if numbers:
        assert low == min(numbers)
    if len(numbers) == len(values):
        assert low <= median <= high == max(values)
        assert median == (statistics.median_low(values))


def test_a_spread_holds_every_runs_values_and_ratios() -> None:
    runs = [measure_pair(replace(Setting(width=4, batch_size=2), seed=seed), 8) for seed in SEEDS]
    spread = spread_of(runs).residual
    for quantity in QUANTITIES:
        columns = list(zip(*(getattr(run.residual, quantity) for run in runs), strict=True))
        assert getattr(spread.low, quantity) == tuple(map(min, columns))
        assert getattr(spread.median, quantity) == tuple(map(statistics.median, columns))
        assert getattr(spread.high, quantity) == tuple(map(max, columns))
        each = [first_to_last(getattr(run.residual, quantity)) for run in runs]
        assert spread.ratios[quantity] == (min(each), statistics.median(each), max(each))


def test_activations_of_an_unnormalised_residual_net_grow() -> None:
    losses = [measure_pair(BY_ID["unnormalised"], depth).residual.loss for depth in (20, 56)]
    assert losses[1] > 100 * losses[0]


def test_infinity_and_nan_are_reported() -> None:
    setting = Setting(normalisation=Normalisation.NONE, initialisation=Initialisation.GAUSSIAN, sigma=1.0)
    pair = measure_pair(setting, 110)
    assert not math.isfinite(pair.residual.loss)
    sent = gradient_curves(setting, {110: spread_of([pair])}, "weight_gradient")
    assert "overflow" in sent["110"]["residual"]["values"]
    json.dumps(sent, allow_nan=False)


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
    assert sweep.seeds == SEEDS
    for depth, pair in sweep.spreads.items():
        for spread in (pair.plain, pair.residual):
            for curve in (spread.low, spread.median, spread.high):
                assert len(curve.trunk_gradient) == (depth - 2) / 2
                assert all(len(getattr(curve, name)) == depth - 1 for name in QUANTITIES if name != "trunk_gradient")


@pytest.mark.parametrize("preset", BY_ID)
@pytest.mark.parametrize("depth", [8, 20])
def test_a_record_is_what_is_measured_again(preset: str, depth: int) -> None:
    """Within a percent, because processors round differently."""
    again = spread_of([measure_pair(replace(BY_ID[preset], seed=seed), depth) for seed in SEEDS])
    for net in ("plain", "residual"):
        expected, measured = getattr(recorded(preset, depth), net), getattr(again, net)
        for name in QUANTITIES:
            assert measured.ratios[name] == pytest.approx(expected.ratios[name], rel=0.01, nan_ok=True)
            for part in ("low", "median", "high"):
                values = getattr(getattr(expected, part), name)
                assert getattr(getattr(measured, part), name) == pytest.approx(values, rel=0.01, abs=1e-40, nan_ok=True)


@pytest.mark.parametrize(
    ("preset", "net", "depth", "low", "high"),
    [
        ("textbook", "plain", 20, 7.7e-4, 1.7e-3),
        ("textbook", "plain", 56, 3.3e-10, 3.8e-9),
        ("textbook", "plain", 110, 6.8e-19, 9.5e-18),
        ("textbook", "residual", 56, 0.083, 0.14),
        ("paper", "plain", 110, 3e6, 1.9e7),
    ],
)
def test_the_range_over_five_seeds_is_what_an_independent_run_found(
    preset: str, net: str, depth: int, low: float, high: float
) -> None:
    measured = getattr(recorded(preset, depth), net).ratios["weight_gradient"]
    assert (measured[0], measured[2]) == pytest.approx((low, high), rel=0.1)


def test_no_layer_of_56_sigmoids_is_without_gradient_with_any_of_five_seeds() -> None:
    spread = recorded("sigmoid", 56).plain
    assert min(spread.low.weight_gradient) > 0
    first = [getattr(spread, part).weight_gradient[0] for part in ("low", "high")]
    assert first == pytest.approx([1.3e-36, 2.5e-36], rel=0.1)


def test_batch_norm_makes_the_plain_gradient_grow_by_what_the_lesson_says() -> None:
    """1.18 to 1.20 per layer for each of five seeds; the 1.21 of Yang et al. is the limit of large batches."""
    for depth in (56, 110):
        ratios = recorded("paper", depth).plain.ratios["trunk_gradient"]
        for each in ratios:
            assert 1.175 < each ** (1 / (depth - 4)) < 1.205


def test_what_an_unnormalised_shortcut_keeps_is_the_ratio_and_not_the_size() -> None:
    spreads = {depth: recorded("textbook", depth).residual for depth in (20, 56, 110)}
    assert all(0.04 < ratio < 0.3 for spread in spreads.values() for ratio in spread.ratios["weight_gradient"])
    first = [spread.median.weight_gradient[0] for spread in spreads.values()]
    assert first[1] > 10 * first[0]
    assert first[2] > 10 * first[1]
    assert not math.isfinite(recorded("textbook", DEEPEST).residual.median.loss)


def test_all_records_together_are_small() -> None:
    assert sum(path.stat().st_size for path in GRADIENTS.glob("*.json")) < 5 * 10**6


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_what_a_page_sends_of_a_record_is_small(quantity: str) -> None:
    sweep = load_sweep(GRADIENTS / "paper.json")
    assert len(json.dumps(gradient_curves(BY_ID["paper"], sweep.spreads, quantity))) < 120_000


def test_a_sweep_survives_its_file(tmp_path: Path) -> None:
    curve = Curve(float("nan"), (0.0, 1.23456, math.inf), (1.0,) * 3, (1.0, 2.0), (1.0, 2.0, 3.0), (1e-30, 2.0, 3.0))
    other = replace(curve, loss=1.0, weight_gradient=(1.0, 1.0, 1.0))
    save_sweep(tmp_path / "s.json", Setting(), {8: spread_of([Pair(curve, curve)] * 2 + [Pair(other, other)])})
    loaded = load_sweep(tmp_path / "s.json").spreads[8].plain
    assert math.isnan(loaded.median.loss)
    assert loaded.low.loss == 1
    assert loaded.median.weight_gradient == (0.0, 1.235, math.inf)
    assert loaded.high.weight_gradient == (1.0, 1.23, math.inf)
    assert loaded.median.output_std == (1e-30, 2.0, 3.0)
    assert loaded.ratios["trunk_gradient"] == (0.5, 0.5, 0.5)


def test_the_csv_has_a_row_for_every_layer_and_says_what_is_no_number() -> None:
    rows = list(csv.DictReader(io.StringIO(gradient_csv(BY_ID["cures"], 20, recorded("cures", 20)))))
    residual = recorded("cures", 20).residual
    assert len(rows) == 19
    assert float(rows[3]["residual_input_gradient_median"]) == residual.median.input_gradient[3]
    assert (rows[-1]["name"], rows[-1]["stage"]) == ("layer3.2.conv2", "3")
    trunk = [row["residual_trunk_gradient_high"] for row in rows if row["name"].endswith(".conv1")]
    assert list(map(float, trunk)) == list(residual.high.trunk_gradient)
    assert "residual weight_gradient: start" in rows[1]["notes"]
    assert rows[0]["notes"] == ""


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
    """Replace measure_pair with a fast one that records its calls."""
    calls: list[tuple[Setting, int]] = []

    def measure(setting: Setting, depth: int, pool: torch.Tensor | None) -> Pair[Curve]:
        calls.append((setting, depth))
        curve = Curve(0.0)
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
    curve = Curve(0.0)

    def measure(setting: Setting, depth: int, pool: torch.Tensor | None) -> Pair[Curve]:
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
    curve = Curve(0.0)
    clock = [0.0]
    left = Setting(seed=1)

    def measure(setting: Setting, depth: int, pool: torch.Tensor | None) -> Pair[Curve]:
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

    def measure(setting: Setting, depth: int, pool: torch.Tensor | None) -> Pair[Curve]:
        calls.append(depth)
        if depth in (50, 62):  # the neighbours of the first
            together.wait(20)
        return Pair(Curve(0.0), Curve(0.0))

    sweep = LiveMeasurements(measure, at_once=2).start(Setting(), 56)
    assert finished(sweep)
    assert sorted(calls) == list(DEPTHS)
    assert not sweep.is_running


def test_a_sweep_that_fails_says_so_and_the_next_one_works(monkeypatch: pytest.MonkeyPatch) -> None:
    curve = Curve(0.0)

    def measure(setting: Setting, depth: int, pool: torch.Tensor | None) -> Pair[Curve]:
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
    """The counts come from an independent run; they are true zeros and overflows, not artefacts of squaring."""
    textbook, paper = (recorded(name, DEEPEST) for name in ("textbook", "paper"))
    zeros = signs(textbook.plain.median.weight_gradient, "weight_gradient", None)
    assert zeros.count(Sign.UNDERFLOW) == pytest.approx(957, rel=0.02)
    assert len(zeros) == zeros.count(Sign.UNDERFLOW) + zeros.count(None)
    assert math.isnan(textbook.residual.median.weight_gradient[0])  # without normalisation 1202 layers overflow
    assert 0 < paper.residual.median.weight_gradient[0] < math.inf
    assert math.inf not in paper.plain.median.weight_gradient
    assert sum(map(math.isnan, paper.plain.median.weight_gradient)) == pytest.approx(572, abs=20)


def test_nets_built_in_several_threads_do_not_take_each_others_random_numbers() -> None:
    experiments = [Experiment(CifarSpec(depth=20), seed=seed) for seed in range(4)]
    alone = [build(experiment).linear.weight for experiment in experiments]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda experiment: build(experiment).linear.weight, experiments * 3))
    assert all(torch.equal(weight, alone[index % 4]) for index, weight in enumerate(together))
