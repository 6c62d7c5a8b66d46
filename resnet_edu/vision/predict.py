"""Finds the most probable classes of a picture."""

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, forward
from resnet_edu.vision.image import Picture
from resnet_edu.vision.seen import seen_by


@dataclass(frozen=True)
class ClassScore:
    """A class, its index in the net's output, and its softmax probability at the net's temperature."""

    index: int
    name: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """The ``top`` classes, most probable first; ``seen`` is the RGB crop the net saw.

    ``milliseconds`` is the measured time of the forward pass alone, which other pictures may have shared.
    ``note`` is a source string for the reader, or empty. ``key`` identifies picture and net.
    """

    key: str
    top: tuple[ClassScore, ...]
    seen: Image.Image
    milliseconds: float
    device_type: str
    note: str


@dataclass(frozen=True)
class Predict:
    """The task: find the ``count`` most probable classes of a picture."""

    net: Net
    picture: Picture
    count: int = 5
    is_answer = True

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net and the options."""
        return ("predict", self.net, self.picture.sha256, self.count)

    @property
    def batch_key(self) -> Hashable:
        """The net, because all pictures for one net have the same size."""
        return ("predict", self.net)

    def run(self, loaded: Loaded) -> Prediction:
        """Run one forward pass in evaluation mode."""
        return self.run_together(loaded, [self])[0]

    def run_together(self, loaded: Loaded, tasks: Sequence["Predict"]) -> list[Prediction]:
        """Run one forward pass in evaluation mode for all tasks."""
        seen = [seen_by(task.net, task.picture) for task in tasks]
        batch = torch.cat([self.net.preprocessing.tensor(each) for each in seen])
        started = time.perf_counter()
        logits = forward(loaded, batch)
        milliseconds = (time.perf_counter() - started) * 1000
        return [
            prediction_of(task.net, row, f"{task.net.id}/{task.picture.sha256}", view, task.count, milliseconds, loaded)
            for task, row, view in zip(tasks, logits, seen, strict=True)
        ]


def prediction_of(
    net: Net, logits: Tensor, key: str, seen: Image.Image, count: int, milliseconds: float, loaded: Loaded
) -> Prediction:
    """Return the ``count`` most probable classes of (classes,) ``logits``.

    Raises ``UserError`` if not all of them are numbers.
    """
    if not logits.isfinite().all():
        raise UserError(mark("This net's answer holds NaN or infinity: its weights are at fault. Choose another net."))
    top = top_of(net, (logits / net.temperature).softmax(0), count)
    return Prediction(key, top, seen, milliseconds, loaded.device.type, loaded.note)


def top_of(net: Net, probabilities: Tensor, count: int) -> tuple[ClassScore, ...]:
    """Return the ``count`` most probable classes of (classes,) probabilities."""
    values, indices = probabilities.topk(min(count, len(probabilities)))
    return tuple(
        ClassScore(index, net.classes[index], value)
        for value, index in zip(values.tolist(), indices.tolist(), strict=True)
    )
