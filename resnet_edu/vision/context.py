"""Classifies a picture of which only a disc or the rest is left, or at another scale, and averages over scales.

A net that ends in global average pooling takes a picture of any size, so a scale is just another input size.
He et al. 2015, section 3.4, average the scores of several.
"""

import math
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

import torch
from torch import Tensor

from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, forward
from resnet_edu.vision.image import Picture
from resnet_edu.vision.predict import ClassScore, top_of
from resnet_edu.vision.preprocessing import Preprocessing
from resnet_edu.vision.seen import given_to

RADII = (10, 20, 30, 40, 50, 60, 70, 80, 100, 120)
"""Radii of a disc around the middle, in percent of half the picture's side; the corners lie at 141."""
SCALES = (0.25, 0.35, 0.5, 0.71, 1.0, 1.41, 2.0, 4.0)
"""Factors of the side at which the net usually sees a picture: powers of the square root of 2."""
FACTORS = (1.41, 2.0, 4.0)
"""Averages are over all scales from 1 / factor to factor."""
ROUNDED = 0.02
"""By so much the logarithm of a scale differs at most from that of the power of the square root of 2."""
COUNT = 5


class Part(StrEnum):
    """What is left of a picture."""

    DISC = "disc"
    REST = "rest"


@cache
def kept(part: Part, radius: int, side: int) -> Tensor:
    """Return which pixels are left, as (side, side) bools: a pixel belongs to the disc if its centre does."""
    along = torch.arange(side) - (side - 1) / 2
    inside = along.square() + along.square().unsqueeze(1) < (radius * side / 200) ** 2
    return inside if part is Part.DISC else ~inside


def left(inputs: Tensor, part: Part, radius: int) -> Tensor:
    """Return normalised (N, 3, H, H) pictures with the rest at 0, the mean colour that the net was trained with."""
    return inputs * kept(part, radius, inputs.shape[-1]).to(inputs.device)


def area(radius: int, side: int) -> float:
    """Return how much of the picture the disc is."""
    return float(kept(Part.DISC, radius, side).float().mean())


def side_at(scale: float, side: int) -> int:
    """Return the input's side at a scale."""
    return round(side * scale)


def within(factor: float) -> tuple[float, ...]:
    """Return the scales that an average is over."""
    return tuple(scale for scale in SCALES if abs(math.log(scale)) < abs(math.log(factor)) + ROUNDED)


def averaged(probabilities: Mapping[float, Tensor], factor: float) -> Tensor:
    """Return the mean of the (N, classes) probabilities of the scales within the factor."""
    return torch.stack([probabilities[scale] for scale in within(factor)]).mean(0)


@dataclass(frozen=True)
class Tops:
    """The most probable classes at every step of a slider, by what is classified, and the measured time of it all."""

    tops: dict[str, tuple[tuple[ClassScore, ...], ...]]
    milliseconds: float
    device_type: str
    note: str


@dataclass(frozen=True)
class LookAtParts:
    """The task: classify a picture's disc and its rest at every one of ``RADII``."""

    net: Net
    picture: Picture
    is_long = True

    @property
    def key(self) -> Hashable:
        """The picture's bytes and the net."""
        return ("parts", self.net, self.picture.sha256)

    def run(self, loaded: Loaded) -> Tops:
        """Run one forward pass in evaluation mode for each part, with all radii."""
        started = time.perf_counter()
        inputs = given_to(self.net, self.picture)
        tops = {}
        for done, part in enumerate(Part, 1):
            shares = _probabilities(self.net, loaded, torch.cat([left(inputs, part, radius) for radius in RADII]))
            tops[str(part)] = tuple(top_of(self.net, each, COUNT) for each in shares)
            loaded.advance(done / len(Part))
        return Tops(tops, (time.perf_counter() - started) * 1000, loaded.device.type, loaded.note)


@dataclass(frozen=True)
class LookAtScales:
    """The task: classify a picture at every one of ``SCALES``, and by averages over all scales as near to 1."""

    net: Net
    picture: Picture
    is_long = True

    @property
    def key(self) -> Hashable:
        """The picture's bytes and the net."""
        return ("scales", self.net, self.picture.sha256)

    def run(self, loaded: Loaded) -> Tops:
        """Run one forward pass in evaluation mode for each scale."""
        started = time.perf_counter()
        by_scale = {}
        for done, scale in enumerate(SCALES, 1):
            preprocessing = self.net.preprocessing
            view = at_scale(preprocessing, scale).view(self.picture.image)
            by_scale[scale] = _probabilities(self.net, loaded, preprocessing.tensor(view))
            loaded.advance(done / len(SCALES))
        averages = [averaged(by_scale, scale) for scale in SCALES]
        tops = {
            name: tuple(top_of(self.net, each[0], COUNT) for each in shares)
            for name, shares in (("scale", by_scale.values()), ("average", averages))
        }
        return Tops(tops, (time.perf_counter() - started) * 1000, loaded.device.type, loaded.note)


def at_scale(preprocessing: Preprocessing, scale: float) -> Preprocessing:
    """Return how a picture becomes the net's input at a scale: only the side at the end differs."""
    side = side_at(scale, preprocessing.crop)
    return replace(preprocessing, resize=round(preprocessing.resize * scale), crop=side)


def _probabilities(net: Net, loaded: Loaded, inputs: Tensor) -> Tensor:
    return (forward(loaded, inputs) / net.temperature).softmax(1)
