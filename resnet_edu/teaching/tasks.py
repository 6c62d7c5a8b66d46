"""What the page asks of the engine once the features are there: heads, comparisons, and what a head looked at."""

import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.teaching.collection import Shot
from resnet_edu.teaching.features import Features
from resnet_edu.teaching.head import Heads, fit_heads
from resnet_edu.teaching.held_out import CurvePoint, HeldOut, held_out, learning_curve
from resnet_edu.vision.attribution.task import Attribute
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded

Given = TypeVar("Given")
PIXELS, LAST = "pixels", "last"
DRAWS = 4
MAP_SIDE = 56
"""Grad-CAM is enlarged from far fewer values; more would only be more bytes."""


def named(features: Features) -> dict[str, Tensor]:
    """Everything a head can be put on, from the picture to the answer: pixels, each stage, what the classifier gets.

    The last stage's means are what the classifier gets, and stand once.
    """
    stages = {name: values for name, values in features.stages.items() if not torch.equal(values, features.last)}
    return {PIXELS: features.pixels, **stages, LAST: features.last}


@dataclass(frozen=True)
class Fitted:
    """A head on all pictures, and what heads that had not seen it said of each; ``seconds`` is how long both took."""

    heads: Heads
    held_out: HeldOut
    seconds: float


@dataclass(frozen=True, eq=False)
class _HeadTask(Generic[Given]):
    """A task that fits heads on ``features`` of (N,) labelled pictures; ``name`` says which pictures and features."""

    features: Given
    labels: Tensor
    classes: int
    name: Hashable

    @property
    def key(self) -> Hashable:
        """What is computed, and the name."""
        return type(self).__name__, self.name


class Fit(_HeadTask[Tensor]):
    """The task: a head on (N, D) features."""

    def compute(self) -> Fitted:
        """As many heads as there are folds, and one on all."""
        begun = time.perf_counter()
        heads = fit_heads(self.features, self.labels, self.classes)
        found = held_out(self.features, self.labels, self.classes)
        return Fitted(heads, found, time.perf_counter() - begun)


class Compare(_HeadTask[Mapping[str, Tensor]]):
    """The task: held-out accuracy of the same head on each of several features."""

    def compute(self) -> dict[str, HeldOut]:
        """By the features' names, in their order."""
        return {name: held_out(values, self.labels, self.classes) for name, values in self.features.items()}


class LearningCurve(_HeadTask[Tensor]):
    """The task: accuracy by the number of pictures a class."""

    def compute(self) -> tuple[CurvePoint, ...]:
        """Of a few draws."""
        return learning_curve(self.features, self.labels, self.classes, DRAWS)


@dataclass(frozen=True)
class LookedAt:
    """The task: Grad-CAM of some pictures, each for a class of its own, at the last stage."""

    net: Net
    shots: tuple[Shot, ...]
    targets: tuple[int, ...]

    @property
    def key(self) -> Hashable:
        """The net, the pictures' bytes and the classes."""
        return "looked at", self.net, tuple(shot.sha256 for shot in self.shots), self.targets

    def run(self, loaded: Loaded) -> tuple[Tensor, ...]:
        """For each picture (MAP_SIDE, MAP_SIDE) shares of its largest value, 0 to 1."""
        return tuple(
            _shares(Attribute(self.net, shot.picture(), "grad-cam", target).run(loaded).values)
            for shot, target in zip(self.shots, self.targets, strict=True)
        )


def _shares(values: Tensor) -> Tensor:
    small = F.interpolate(values.clamp(min=0)[None, None], size=MAP_SIDE, mode="area")[0, 0]
    return small / small.max().clamp(min=torch.finfo(small.dtype).tiny)
