"""The first steps of training: against a plain loop, and against what was found elsewhere."""

import json
import threading

import pytest
import torch
from torch.nn import functional as F

from resnet_edu.measure import live
from resnet_edu.measure.first_steps import RECORDED_DEPTHS, STEPS, Moment, first_steps, load_steps
from resnet_edu.measure.gradients import build, make_batch
from resnet_edu.measure.live import LiveSweeps
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
            assert moment.residual_norm == pytest.approx(net.conv1.weight.norm().item(), rel=1e-4)
            gradient = net.layer2[0].conv2.weight.grad.norm().item()
            assert moment.pair.residual.weight_gradient[4] == pytest.approx(gradient, rel=1e-3)
        optimizer.step()


@pytest.mark.parametrize("preset", BY_ID)
def test_every_preset_is_recorded_at_every_depth_and_step(preset: str) -> None:
    path = FIRST_STEPS / f"{preset}.json"
    assert json.loads(path.read_text())["setting"] == json.loads(json.dumps(vars(BY_ID[preset])))
    recorded = load_steps(path)
    assert tuple(recorded) == RECORDED_DEPTHS
    for depth, moments in recorded.items():
        assert tuple(moments) == STEPS
        assert all(len(moment.pair.plain.weight_gradient) == depth - 1 for moment in moments.values())


def test_a_record_is_what_is_measured_again() -> None:
    """Only the first two moments: training amplifies how a processor rounds."""
    recorded = load_steps(FIRST_STEPS / "paper.json")[20]
    again = first_steps(BY_ID["paper"], 20)
    for _ in range(2):
        step, moment = next(again)
        for net in ("plain", "residual"):
            expected = getattr(recorded[step].pair, net).weight_gradient
            assert getattr(moment.pair, net).weight_gradient == pytest.approx(expected, rel=0.05)


def test_with_batch_norm_the_plain_nets_explosion_turns_into_frozen_early_layers() -> None:
    """At 110 layers after one step; the residual net's first layers go on receiving their signal."""
    moments = load_steps(FIRST_STEPS / "paper.json")[110]
    assert ratio(moments[0].pair.plain) > 1e5
    assert ratio(moments[1].pair.plain) < 0.1
    assert ratio(moments[20].pair.plain) < 1e-3
    assert moments[1].plain_norm > 100 * moments[0].plain_norm
    assert all(0.1 < ratio(moment.pair.residual) < 1000 for moment in moments.values())
    assert moments[20].pair.plain.loss > 1.5
    assert moments[20].pair.residual.loss < 0.1


def test_live_steps_are_shared_and_can_be_stopped_and_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    curve = Curve(0.0, (), (), ())

    def steps(setting: Setting, depth: int, pool: object) -> object:
        yield 0, Moment(Pair(curve, curve), 1.0, 1.0)
        assert gate.wait(20)
        for step in STEPS[1:]:
            yield step, Moment(Pair(curve, curve), 1.0, 1.0)

    monkeypatch.setattr(live, "first_steps", steps)
    sweeps = LiveSweeps()
    one, two = (sweeps.start_steps(Setting(), 20) for _ in range(2))
    assert one is two is sweeps.find_steps(Setting(), 20)
    assert sweeps.find_steps(Setting(), 26) is None
    for _ in range(2000):
        if one.moments:
            break
        threading.Event().wait(0.005)
    one.stop()
    gate.set()
    threading.Event().wait(0.05)
    assert 1 <= len(one.moments) <= 2
    sweeps.start_steps(Setting(), 20)
    for _ in range(2000):
        if not one.is_running:
            break
        threading.Event().wait(0.005)
    assert tuple(one.moments) == STEPS
