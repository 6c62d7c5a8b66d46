"""Picture in, most probable classes out."""

import time
from collections.abc import Hashable
from dataclasses import dataclass

from PIL import Image
from torch import Tensor

from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, forward
from resnet_edu.vision.image import Picture


@dataclass(frozen=True)
class ClassScore:
    """A class, its index in the net's output, and its softmax probability at the net's temperature."""

    index: int
    name: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """``top`` classes, most probable first; ``seen`` is the RGB crop the net saw.

    ``milliseconds`` is the measured time of the forward pass alone. ``note`` is a source string for
    the reader, or empty. ``key`` names picture and net.
    """

    key: str
    top: tuple[ClassScore, ...]
    seen: Image.Image
    milliseconds: float
    device_type: str
    note: str


@dataclass(frozen=True)
class Predict:
    """The task: the ``count`` most probable classes of a picture."""

    net: Net
    picture: Picture
    count: int = 5

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net and the options."""
        return ("predict", self.net.id, self.net.path, self.picture.sha256, self.count)

    def run(self, loaded: Loaded) -> Prediction:
        """One forward pass in evaluation mode."""
        seen = self.net.preprocessing.view(self.picture.image)
        batch = self.net.preprocessing.tensor(seen)
        started = time.perf_counter()
        logits = forward(loaded, batch)
        milliseconds = (time.perf_counter() - started) * 1000
        key = f"{self.net.id}/{self.picture.sha256}"
        return prediction_of(self.net, logits[0], key, seen, self.count, milliseconds, loaded)


def prediction_of(
    net: Net, logits: Tensor, key: str, seen: Image.Image, count: int, milliseconds: float, loaded: Loaded
) -> Prediction:
    """The ``count`` most probable classes of (classes,) ``logits``."""
    probabilities = (logits / net.temperature).softmax(0)
    values, indices = probabilities.topk(min(count, len(probabilities)))
    top = tuple(
        ClassScore(index, net.classes[index], value)
        for value, index in zip(values.tolist(), indices.tolist(), strict=True)
    )
    return Prediction(key, top, seen, milliseconds, loaded.device.type, loaded.note)
