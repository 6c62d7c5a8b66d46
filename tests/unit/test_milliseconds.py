"""A result's milliseconds are exactly those that the net took, on a clock that only the net advances."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import nn

from resnet_edu.vision.attribution.method import Options
from resnet_edu.vision.attribution.randomisation import Randomise, cascade
from resnet_edu.vision.attribution.stopwatch import Stopwatch
from resnet_edu.vision.attribution.task import Attribute, CamStages
from resnet_edu.vision.catalogue import load
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.knocked_out import Without
from tests.contract.jobs import NET
from tests.contract.tasks import CAT, ONE_PASS

CPU = torch.device("cpu")
PASS = 0.25
"""Seconds of one pass through the net."""
OTHERS = 40.0
"""Seconds that the engine spends on other tasks."""


@dataclass
class Clock:
    seconds: float = 100.0

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    torch.set_num_threads(1)
    found = Clock()
    monkeypatch.setattr("time.perf_counter", lambda: found.seconds)
    return found


@pytest.fixture
def loaded(clock: Clock) -> Iterator[Loaded]:
    """Return our net; each pass takes PASS, and other tasks served between a task's pieces take OTHERS."""
    model = load(NET)
    stem = model.get_submodule("conv1")

    def note(module: nn.Module, args: Any, output: Any) -> None:
        clock.pass_by(PASS)

    hook = stem.register_forward_hook(note)
    yield Loaded(NET, model, CPU, advance=lambda share: clock.pass_by(OTHERS))
    hook.remove()


@pytest.mark.parametrize(
    "task",
    [
        *ONE_PASS,
        Without(NET, CAT, frozenset()),
        Attribute(NET, CAT, "integrated-gradients", 3, Options(steps=8)),
    ],
    ids=lambda task: type(task).__name__,
)
def test_a_result_took_its_one_pass(loaded: Loaded, task: Any) -> None:
    assert task.run(loaded).milliseconds == pytest.approx(1000 * PASS)


def test_every_map_of_the_strip_has_its_own(loaded: Loaded) -> None:
    strip = CamStages(NET, CAT, 3).run(loaded)
    assert [each.milliseconds for each in strip] == pytest.approx([1000 * PASS] * 4)


def test_the_check_takes_a_pass_for_each_step_of_forgetting(loaded: Loaded) -> None:
    found = Randomise(NET, CAT, "saliency", 3).run(loaded)
    assert found.milliseconds == pytest.approx(1000 * PASS * (1 + len(cascade(NET.architecture))))


def test_others_who_are_served_in_between_are_not_counted(clock: Clock) -> None:
    told: list[float] = []

    def serve(share: float) -> None:
        told.append(share)
        clock.pass_by(OTHERS)

    watch = Stopwatch(CPU, serve)
    for share in (0.5, 1.0):
        clock.pass_by(PASS)
        watch.advance(share)
    assert told == [0.5, 1.0]
    assert watch.milliseconds == pytest.approx(2000 * PASS)
