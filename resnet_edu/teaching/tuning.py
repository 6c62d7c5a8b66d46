"""Fine-tuning on a session's pictures while somebody looks: one at a time a process, the others in line."""

import threading
import time
from collections import deque
from dataclasses import dataclass

import torch
from torch import Tensor

from resnet_edu.device import best_device
from resnet_edu.errors import UserError, mark
from resnet_edu.teaching.collection import Collection, LabelledShot
from resnet_edu.teaching.fine_tuning import FineTuned, Stopped, fine_tune
from resnet_edu.teaching.held_out import HeldOut
from resnet_edu.teaching.taught import fresh, with_classes
from resnet_edu.training.hyperparameters import HEAD_LEARNING_RATE, FineTuning, TunedPart
from resnet_edu.training.record import EpochRecord
from resnet_edu.vision.catalogue import Learned, Net, load
from resnet_edu.worker import Worker

SHARE = 0.2
FEW = 10
"""Pictures to learn from, where one wants to see over-fitting."""
WAITING = 8
UNSEEN_SECONDS = 30.0
"""Nobody has looked for so long: it stops, and leaves its place to others."""


@dataclass(frozen=True)
class TuningSpec:
    """What is trained on what; ``few`` leaves only ``FEW`` pictures to learn from."""

    net: Net
    collection: Collection
    part: TunedPart
    epochs: int
    augmented: bool
    few: bool

    def recipe(self, part: TunedPart) -> FineTuning:
        """That of one of the two runs."""
        rate = HEAD_LEARNING_RATE if part is TunedPart.HEAD else FineTuning.learning_rate
        return FineTuning(epochs=self.epochs, batch_size=16, learning_rate=rate, part=part, augmented=self.augmented)


@dataclass(frozen=True)
class Tuned:
    """The net after its best epoch, and what it says of the pictures held out."""

    net: Net
    best: int
    held_out: HeldOut


class Tuning:
    """Two runs, one after the other, from the same first weights: the new last layer alone, then the chosen part.

    ``epochs`` and ``tuned`` grow by run and may be read from any thread.
    """

    def __init__(self, spec: TuningSpec) -> None:
        self.spec = spec
        self.epochs: dict[TunedPart, list[EpochRecord]] = {TunedPart.HEAD: [], spec.part: []}
        self.tuned: dict[TunedPart, Tuned] = {}
        self.train, self.held_out = split(spec.collection, few=spec.few)
        self.share = 0.0
        self.has_ended = False
        self.was_stopped = False
        self.error: BaseException | None = None
        self._seen = time.monotonic()

    def is_of(self, net: Net, collection: Collection) -> bool:
        """Whether it teaches this net these pictures by class, in whatever language the classes have their names."""
        return (self.spec.net, self.spec.collection.shots_by_class) == (net, collection.shots_by_class)

    def look(self) -> None:
        """Somebody looks."""
        self._seen = time.monotonic()

    def stop(self) -> None:
        """End after the present step."""
        self.was_stopped = True

    @property
    def is_unwanted(self) -> bool:
        """Whether it was stopped, or nobody looks any more."""
        return self.was_stopped or time.monotonic() - self._seen > UNSEEN_SECONDS

    def run(self) -> None:
        """Both runs; what was learned before a stop stays."""
        try:
            for number, part in enumerate(self.epochs):
                self._run(part, number)
        except Stopped:
            self.was_stopped = True

    def _run(self, part: TunedPart, number: int) -> None:
        spec = self.spec
        net, model = fresh(spec.net, spec.collection.names, FineTuning.seed)

        def on_step(done: int, total: int, loss: float) -> None:
            self.share = (number + done / total) / len(self.epochs)

        try:
            found = fine_tune(
                model,
                net.architecture,
                net.preprocessing,
                self.train,
                self.held_out,
                spec.recipe(part),
                device=best_device(),
                on_step=on_step,
                on_epoch=self.epochs[part].append,
                should_stop=lambda: self.is_unwanted,
            )
        except Stopped as stopped:
            if stopped.found is not None:
                self._keep(part, stopped.found)
            raise
        self._keep(part, found)

    def _keep(self, part: TunedPart, found: FineTuned) -> None:
        spec, frozen = self.spec, load(self.spec.net).state_dict()
        learned = {name: value for name, value in found.state.items() if not torch.equal(value, frozen[name])}
        taught = with_classes(spec.net, spec.collection.names, Learned.of(learned))  # the rest is in memory once
        self.tuned[part] = Tuned(taught, found.best, HeldOut(found.logits.softmax(1), found.labels, 1))


class Tunings:
    """All of the process: one runs, ``waiting`` more stand in line, further ones are refused."""

    def __init__(self, waiting: int = WAITING) -> None:
        self._bound = waiting
        self._waiting: deque[Tuning] = deque()
        self._running: Tuning | None = None
        self._changed = threading.Condition()
        self._worker = Worker("fine-tuning", self._work, self._changed)

    def start(self, tuning: Tuning) -> None:
        """Queue it. Raises ``UserError`` when too many stand in line."""
        with self._changed:
            self._leave_out_unwanted()
            if len(self._waiting) >= self._bound:
                raise UserError(mark("Too many trainings are waiting. Try again in a minute."))
            self._waiting.append(tuning)
            self._changed.notify()

    def look(self, tuning: Tuning) -> int:
        """To be called again and again by whoever watches: its place in line; 0 when it runs or has ended."""
        tuning.look()
        with self._changed:
            self._leave_out_unwanted()
            return self._waiting.index(tuning) + (self._running is not None) if tuning in self._waiting else 0

    def close(self) -> None:
        """Stop what runs and end the worker."""
        with self._changed:
            for tuning in (*self._waiting, *([self._running] if self._running else [])):
                tuning.stop()
        self._worker.close()

    def _leave_out_unwanted(self) -> None:
        for tuning in [each for each in self._waiting if each.is_unwanted]:
            self._waiting.remove(tuning)
            tuning.was_stopped = tuning.has_ended = True

    def _work(self, worker: Worker) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or worker.closing)
            self._leave_out_unwanted()
            if worker.closing or not self._waiting:
                return
            tuning = self._running = self._waiting.popleft()
        try:
            tuning.run()
        except BaseException as error:  # whoever watches is told; the worker goes on with others
            tuning.error = error
        with self._changed:
            self._running = None
            tuning.has_ended = True
            self._changed.notify_all()


def split(collection: Collection, *, few: bool = False, seed: int = 0) -> tuple[list[LabelledShot], list[LabelledShot]]:
    """Pictures to learn from and held out: of each class a fifth, at least one and never all.

    With ``few`` it learns from ``FEW`` at most, of every class as many as of any other, give or take one.
    """
    order: Tensor = torch.randperm(len(collection.shots), generator=torch.Generator().manual_seed(seed))
    shots, labels = collection.shots, collection.labels
    train: list[list[LabelledShot]] = []
    held_out: list[LabelledShot] = []
    for label in range(len(collection.classes)):
        mine = [LabelledShot(shots[int(index)], label) for index in order if labels[index] == label]
        asked = min(len(mine) - 1, max(1, round(SHARE * len(mine))))
        held_out += mine[:asked]
        train.append(mine[asked:])
    in_turn = [mine[turn] for turn in range(max(map(len, train))) for mine in train if turn < len(mine)]
    return (in_turn[:FEW] if few else in_turn), held_out
