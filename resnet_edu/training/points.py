"""Data sets that a small net learns in seconds: three in the plane, and scikit-learn's digits."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
import torch
from torch import Tensor

from resnet_edu.paths import DIGITS

COUNT = 512
TURNS = 1.5
SPIRAL_NOISE = 0.02
RING_RADII = (0.4, 0.9)
RING_NOISE = 0.07
MOON_NOISE = 0.08
DARKEST = 16
SIDE = 1.2
"""Points in the plane lie in the square from -1.2 to 1.2, apart from rare outliers of the noise."""


class PointSet(StrEnum):
    """The data sets that the nets can learn."""

    SPIRAL = "spiral"
    RINGS = "rings"
    MOONS = "moons"
    DIGITS = "digits"


@dataclass(frozen=True)
class Points:
    """Labelled points: ``inputs`` float32 (N, features) and ``labels`` int64 (N,) from 0 to ``classes`` - 1."""

    inputs: Tensor
    labels: Tensor
    classes: int

    @property
    def are_in_the_plane(self) -> bool:
        """Whether they can be drawn as points, and a net's answers over the plane as a map."""
        return self.inputs.shape[1] == 2

    @property
    def guessing_loss(self) -> float:
        """The cross-entropy of giving every class the same probability: ln 2 for two classes."""
        return math.log(self.classes)

    @property
    def guessing_accuracy(self) -> float:
        """The accuracy of always answering the most frequent class."""
        return float(self.labels.bincount().max()) / len(self.labels)


def draw(kind: PointSet, seed: int) -> Points:
    """Draw ``COUNT`` points, determined by the seed; in the plane, both classes have equally many."""
    generator = torch.Generator().manual_seed(seed)
    if kind is PointSet.DIGITS:
        pixels, labels = _digits()
        chosen = torch.randperm(len(labels), generator=generator)[:COUNT]
        return Points(pixels[chosen] * (2 / DARKEST) - 1, labels[chosen], classes=10)
    labels = torch.arange(COUNT) % 2
    return Points(PLANES[kind](labels, generator), labels, classes=2)


def spiral(labels: Tensor, generator: torch.Generator) -> Tensor:
    """Return two arms of 1.5 turns, half a turn apart; like the functions below, maps (N,) labels to (N, 2)."""
    radius = torch.rand(len(labels), generator=generator).sqrt()
    angle = 2 * math.pi * TURNS * radius + math.pi * labels
    return _polar(radius, angle) + SPIRAL_NOISE * torch.randn(len(labels), 2, generator=generator)


def rings(labels: Tensor, generator: torch.Generator) -> Tensor:
    """Return a ring around another ring."""
    angle = 2 * math.pi * torch.rand(len(labels), generator=generator)
    radius = torch.tensor(RING_RADII)[labels] + RING_NOISE * torch.randn(len(labels), generator=generator)
    return _polar(radius, angle)


def moons(labels: Tensor, generator: torch.Generator) -> Tensor:
    """Return two half circles, each with one end inside the other."""
    angle = math.pi * torch.rand(len(labels), generator=generator)
    upper = _polar(torch.ones(len(labels)), angle) - torch.tensor([0.5, 0.25])
    crescents = torch.where(labels.bool().unsqueeze(1), -upper, upper) / 1.5
    return crescents + MOON_NOISE * torch.randn(len(labels), 2, generator=generator)


PLANES: dict[PointSet, Callable[[Tensor, torch.Generator], Tensor]] = {
    PointSet.SPIRAL: spiral,
    PointSet.RINGS: rings,
    PointSet.MOONS: moons,
}


def _polar(radius: Tensor, angle: Tensor) -> Tensor:
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1)


@cache
def _digits() -> tuple[Tensor, Tensor]:
    """Return (1797, 64) pixels from 0 to 16, and (1797,) digits."""
    rows = torch.from_numpy(np.loadtxt(DIGITS, delimiter=",", dtype=np.float32))
    return rows[:, :-1], rows[:, -1].long()
