"""The first steps of training, compared with a plain loop and with independent results."""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict

import pytest
import torch
from torch.nn import functional as F

from resnet_edu.measure.first_steps import (
    RECORDED_DEPTHS,
    SEEDS,
    STEPS,
    Moment,
    ending_of,
    first_steps,
    load_steps,
)
from resnet_edu.measure.gradients import build, make_batch
from resnet_edu.measure.live import LiveMeasurements, LiveSeries
from resnet_edu.measure.sweeps import PRESETS, Curve, Pair, Setting
from resnet_edu.paths import FIRST_STEPS

BY_ID = {preset.id: preset.setting for preset in PRESETS}


def ratio(curve: Curve) -> float:
    return curve.weight_gradient[0] / curve.weight_gradient[-1]


def test_the_moments_are_those_of_a_plain_training_loop() -> None:
    setting = Setting(width=4, batch_size=16)
    moments = dict(first_steps(setting, 8))
    experiment = setting.experiments(8)[1]
    images, labels = make_batch(experiment)
    net = build(experiment).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    for step in range(STEPS[-1] + 1):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        if step in STEPS:
            moment = moments[step]
            assert moment.pair.residual.loss == pytest.approx(loss.item(), rel=1e-4)
            assert moment.residual_norms[0] == pytest.approx(net.conv1.weight.norm().item(), rel=1e-4)
            assert moment.residual_norms[-1] == pytest.approx(net.layer3[0].conv2.weight.norm().item(), rel=1e-4)
            gradient = net.layer2[0].conv2.weight.grad.norm().item()
            assert moment.pair.residual.weight_gradient[4] == pytest.approx(gradient, rel=1e-3)
        optimizer.step()


RECORDED = [preset for preset in BY_ID if (FIRST_STEPS / f"{preset}.json").is_file()]


def test_the_storys_first_steps_are_recorded() -> None:
    """The page trains the other presets on demand."""
    assert {"textbook", "paper", "unnormalised", "cures", "pre-activation"} <= set(RECORDED)


def test_a_zero_start_learns_more_slowly_at_first() -> None:
    """An independent run found a loss of 1.7 against 0.003 at 56 layers."""
    zero, without = (load_steps(FIRST_STEPS / f"{name}.json") for name in ("cures", "paper"))
    for depth in (20, 56):
        assert min(e.residual_loss for e in zero.endings[depth].values()) > 1
        assert max(e.residual_loss for e in without.endings[depth].values()) < 0.1
    assert zero.endings[56][0].residual_loss == pytest.approx(1.7, abs=0.1)
    assert without.endings[56][0].residual_loss == pytest.approx(0.003, abs=0.001)
    trunks = [each.moments[56][0].pair.residual.trunk_gradient[0] for each in (zero, without)]
    assert trunks[0] < trunks[1] / 10


@pytest.mark.parametrize("preset", RECORDED)
def test_every_recorded_preset_is_there_at_every_depth_and_step(preset: str) -> None:
    path = FIRST_STEPS / f"{preset}.json"
    assert json.loads(path.read_text())["setting"] == json.loads(json.dumps(vars(BY_ID[preset])))
    recorded = load_steps(path)
    depths = RECORDED_DEPTHS[:-1] if next(each.is_cure for each in PRESETS if each.id == preset) else RECORDED_DEPTHS
    assert tuple(recorded.moments) == tuple(recorded.endings) == depths
    for depth, moments in recorded.moments.items():
        assert tuple(moments) == STEPS
        assert tuple(recorded.endings[depth]) == SEEDS
        end = asdict(ending_of(moments[STEPS[-1]]))
        assert asdict(recorded.endings[depth][0]) == pytest.approx(end, rel=2e-3, nan_ok=True)
        assert all(len(moment.pair.plain.weight_gradient) == depth - 1 for moment in moments.values())


def test_a_record_is_what_is_measured_again() -> None:
    """Only the first two moments are compared: training amplifies rounding differences between processors."""
    recorded = load_steps(FIRST_STEPS / "paper.json").moments[20]
    again = first_steps(BY_ID["paper"], 20)
    for _ in range(2):
        step, moment = next(again)
        for net in ("plain", "residual"):
            expected = getattr(recorded[step].pair, net).weight_gradient
            assert getattr(moment.pair, net).weight_gradient == pytest.approx(expected, rel=0.05)


def test_with_batch_norm_the_plain_nets_explosion_turns_into_frozen_early_layers() -> None:
    """At 110 layers after one step; the residual net's first layers keep receiving their signal."""
    recorded = load_steps(FIRST_STEPS / "paper.json")
    moments = recorded.moments[110]
    assert ratio(moments[0].pair.plain) > 1e5
    assert ratio(moments[1].pair.plain) < 0.1
    assert ratio(moments[20].pair.plain) < 1e-3
    assert moments[1].plain_norms[0] > 100 * moments[0].plain_norms[0]
    assert all(0.1 < ratio(moment.pair.residual) < 1000 for moment in moments.values())
    for end in recorded.endings[110].values():
        assert end.plain_ratio < 1e-3
        assert end.plain_loss > 1.5
        assert end.residual_ratio > 0.1
        assert end.residual_loss < 0.1


def test_live_steps_are_shared_and_can_be_stopped_and_resumed() -> None:
    gate = threading.Event()
    curve = Curve(0.0)

    def steps() -> Iterator[tuple[int, Moment]]:
        yield 0, Moment(Pair(curve, curve), (), ())
        assert gate.wait(20)
        for step in STEPS[1:]:
            yield step, Moment(Pair(curve, curve), (), ())

    def make() -> LiveSeries[Moment]:
        return LiveSeries(steps(), len(STEPS))

    measurements = LiveMeasurements()
    one, two = (measurements.start_series("steps of 20", make) for _ in range(2))
    assert one is two is measurements.find_series("steps of 20")
    assert measurements.find_series("steps of 26") is None
    for _ in range(2000):
        if one.results:
            break
        threading.Event().wait(0.005)
    one.stop()
    gate.set()
    threading.Event().wait(0.05)
    assert 1 <= len(one.results) <= 2
    measurements.start_series("steps of 20", make)
    for _ in range(2000):
        if not one.is_running:
            break
        threading.Event().wait(0.005)
    assert tuple(one.results) == STEPS
