"""Live fine-tuning: two runs, the queue, stopping, and results."""

from collections.abc import Iterator

import pytest
import torch

from resnet_edu.errors import UserError
from resnet_edu.teaching import tuning
from resnet_edu.teaching.collection import Collection, PictureClass
from resnet_edu.teaching.example import Example, example
from resnet_edu.teaching.taking import packed
from resnet_edu.teaching.tuning import Tuning, Tunings, TuningSpec
from resnet_edu.training.hyperparameters import TunedPart
from resnet_edu.training.record import EpochRecord
from resnet_edu.vision.catalogue import catalogue, load

NET = catalogue().nets["cifar10-residual-20"]


def spec(epochs: int = 2) -> TuningSpec:
    few = Collection(tuple(PictureClass(each.name, each.shots[:5]) for each in example(Example.THINGS).classes))
    return TuningSpec(NET, few, TunedPart.LAST_STAGE, epochs, augmented=False, few=False)


@pytest.fixture
def line() -> Iterator[Tunings]:
    made = Tunings(waiting=1)
    yield made
    made.close()


def until_the_end(line: Tunings, watched: Tuning) -> None:
    for _ in range(600):
        line.look(watched)
        if watched.has_ended:
            return
        torch.randn(400, 400).mm(torch.randn(400, 400))
        line._changed.acquire()
        line._changed.wait(0.1)
        line._changed.release()
    pytest.fail("it never ended")


def test_both_runs_are_recorded_and_the_net_knows_the_new_classes(line: Tunings) -> None:
    watched = Tuning(spec())
    line.start(watched)
    until_the_end(line, watched)
    assert watched.error is None
    assert {part: len(epochs) for part, epochs in watched.epochs.items()} == {
        TunedPart.HEAD: 2,
        TunedPart.LAST_STAGE: 2,
    }
    found = watched.tuned[TunedPart.LAST_STAGE]
    assert found.net.classes == ("fish", "house", "flower")
    frozen = load(watched.tuned[TunedPart.HEAD].net).state_dict()
    before, after = load(NET).state_dict(), load(found.net).state_dict()
    assert torch.equal(before["layer3.2.conv2.weight"], frozen["layer3.2.conv2.weight"])
    assert not torch.equal(before["layer3.2.conv2.weight"], after["layer3.2.conv2.weight"])
    assert torch.equal(before["layer1.0.conv1.weight"], after["layer1.0.conv1.weight"])
    assert len(packed(found.net, NET, found.held_out)) > NET.size / 2


def test_what_is_stopped_ends_and_keeps_nothing(line: Tunings) -> None:
    watched = Tuning(spec(epochs=20))
    watched.stop()
    line.start(watched)
    until_the_end(line, watched)
    assert (watched.was_stopped, watched.tuned) == (True, {})


def test_what_is_stopped_after_an_epoch_keeps_the_best_so_far(line: Tunings) -> None:
    watched = Tuning(spec(epochs=20))
    epochs = watched.epochs[TunedPart.LAST_STAGE]

    class StopAfterTwo(list[EpochRecord]):
        def append(self, epoch: EpochRecord) -> None:
            super().append(epoch)
            if len(self) == 2:
                watched.stop()

    watched.epochs[TunedPart.LAST_STAGE] = StopAfterTwo(epochs)
    line.start(watched)
    until_the_end(line, watched)
    assert len(watched.epochs[TunedPart.LAST_STAGE]) == 2
    found = watched.tuned[TunedPart.LAST_STAGE]
    assert found.best in (1, 2)
    assert found.held_out.shares.shape == (3, 3)


def test_a_full_line_refuses_and_a_place_is_told(line: Tunings, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = (Tuning(spec(epochs=20)) for _ in range(3))
    line.start(first)
    for _ in range(100):
        if line._running is first:
            break
        with line._changed:
            line._changed.wait(0.05)
    line.start(second)
    assert line.look(second) == 1
    with pytest.raises(UserError, match="waiting"):
        line.start(third)
    monkeypatch.setattr(tuning, "UNSEEN_SECONDS", -1.0)
    until_the_end(line, first)
    assert first.was_stopped
