"""The feature maps of a net for one picture: one layer's maps as an image, and all layers in figures."""

import io
import math
import time
import zlib
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from resnet_edu.measure.receptive_field import ReceptiveField, receptive_fields
from resnet_edu.measure.responses import BlockResponse, block_responses, listen
from resnet_edu.measure.taps import copied, ending_at, tapped
from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.layers import Shape
from resnet_edu.nets.outline import Place, places, stack_of
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, forward
from resnet_edu.vision.image import Picture
from resnet_edu.vision.seen import given_to, seen_by

LEVELS = 255
"""Number of steps between a map's smallest and largest value."""


@dataclass(frozen=True)
class LayerFacts:
    """A layer's maps in figures: ``low`` and ``high`` are the extremes over all channels and 0."""

    place: Place
    shape: Shape
    low: float
    high: float
    field: ReceptiveField


@dataclass(frozen=True)
class Survey:
    """All layers of a net for one picture; ``seen`` is the RGB crop. ``note`` is a source string, or empty."""

    layers: tuple[LayerFacts, ...]
    responses: tuple[BlockResponse, ...]
    seen: Image.Image
    milliseconds: float
    note: str

    @property
    def low(self) -> float:
        """The smallest value in all layers."""
        return min(layer.low for layer in self.layers)

    @property
    def high(self) -> float:
        """The largest value in all layers."""
        return max(layer.high for layer in self.layers)


@dataclass(frozen=True)
class SurveyLayers:
    """The task: measure every layer's shape, range and receptive field, and how much every block adds."""

    net: Net
    picture: Picture

    @property
    def key(self) -> Hashable:
        """The picture's bytes and the net."""
        return ("survey", self.net, self.picture.sha256)

    def run(self, loaded: Loaded) -> Survey:
        """Run one pass in evaluation mode, keeping only figures of the maps."""
        seen = seen_by(self.net, self.picture)
        chosen = places(self.net.architecture)
        fields = fields_of(self.net.architecture, self.net.preprocessing.crop)
        started = time.perf_counter()
        with (
            tapped(loaded.model, _range, [place.module for place in chosen]) as ranges,
            listen(loaded.model, chosen) as responses,
        ):
            forward(loaded, self.net.preprocessing.tensor(seen))
        milliseconds = (time.perf_counter() - started) * 1000
        layers = tuple(LayerFacts(place, *ranges.outputs[place.module], fields[place.name]) for place in chosen)
        return Survey(layers, block_responses(chosen, responses), seen, milliseconds, loaded.note)


@dataclass(frozen=True)
class Maps:
    """One layer's maps for one picture.

    ``picture`` is a greyscale PNG with all channels in order as tiles, ``columns`` to a row; grey 0 to 255 is
    a channel's own ``low`` to ``high``. The rest are (C,) tensors: ``mean`` and ``variance`` over a map's
    pixels, and ``peak``, the row-major index of its largest value.
    """

    shape: Shape
    picture: bytes
    columns: int
    low: Tensor
    high: Tensor
    mean: Tensor
    variance: Tensor
    peak: Tensor
    milliseconds: float


@dataclass(frozen=True)
class LookAt:
    """The task: return all maps of one layer."""

    net: Net
    picture: Picture
    layer: str

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net and the layer."""
        return ("maps", self.net, self.picture.sha256, self.layer)

    def run(self, loaded: Loaded) -> Maps:
        """Run one pass in evaluation mode up to the layer."""
        images = given_to(self.net, self.picture)
        started = time.perf_counter()
        values = capture(loaded, images, place_of(self.net.architecture, self.layer))
        milliseconds = (time.perf_counter() - started) * 1000
        return condense(values, milliseconds)


def capture(loaded: Loaded, images: Tensor, place: Place) -> Tensor:
    """Return a layer's (C, H, W) float32 maps of the only picture in ``images``, on the CPU."""
    with tapped(loaded.model, copied, [place.module]) as taps, ending_at(loaded.model, place.module):
        forward(loaded, images)
    return taps.outputs[place.module][0]


def condense(values: Tensor, milliseconds: float) -> Maps:
    """Turn (C, H, W) maps into one image with a byte per value: a sixth of the memory, and less once compressed."""
    channels, height, width = values.shape
    flat = values.flatten(1)
    low = flat.amin(1).clamp(max=0.0)  # including 0, so that no activation is black
    high = flat.amax(1).clamp(min=0.0)
    span = torch.where(high > low, high - low, torch.ones_like(high))
    grey = ((values - low[:, None, None]) / span[:, None, None] * LEVELS).round().to(torch.uint8)
    columns = math.ceil(math.sqrt(channels))
    rows = math.ceil(channels / columns)
    tiles = torch.zeros(rows * columns, height, width, dtype=torch.uint8)
    tiles[:channels] = grey
    sheet = tiles.view(rows, columns, height, width).transpose(1, 2).reshape(rows * height, columns * width)
    return Maps(
        shape=(channels, height, width),
        picture=as_png(sheet.numpy()),
        columns=columns,
        low=low,
        high=high,
        mean=flat.mean(1),
        variance=flat.var(1, unbiased=False),
        peak=flat.argmax(1),
        milliseconds=milliseconds,
    )


def place_of(architecture: Architecture, layer: str) -> Place:
    """Return the place of that name; raises ``StopIteration`` for an unknown one."""
    return next(place for place in places(architecture) if place.name == layer)


def fields_of(architecture: Architecture, side: int) -> dict[str, ReceptiveField]:
    """Return every place's theoretical receptive field for pictures of ``side`` pixels."""
    fields = receptive_fields(stack_of(architecture).graph, (3, side, side))
    return {place.name: fields[place.operation] for place in places(architecture)}


def _range(values: Tensor) -> tuple[Shape, float, float]:
    _, channels, height, width = values.shape
    low, high = (float(each) for each in values.aminmax())
    return (channels, height, width), min(0.0, low), max(0.0, high)


def as_png(pixels: np.ndarray) -> bytes:
    """Encode (H, W) bytes, or (H, W, 3 or 4) ones, as a PNG."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG", compress_type=zlib.Z_RLE)  # smaller than zlib's quickest, in less time
    return content.getvalue()
