"""A frame of a stream: small JPEG in; what the net says of it, where it looks, a layer's maps out. Nothing is kept."""

import contextlib
import time
from collections.abc import Hashable
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_edu.device import is_out_of_memory
from resnet_edu.measure.knockout import forward_without
from resnet_edu.measure.taps import copied, tapped
from resnet_edu.vision.attribution.cams import GRAD_CAM, grad_cam_of_answer
from resnet_edu.vision.attribution.layers import layers
from resnet_edu.vision.attribution.method import DEFAULTS
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.attribution.stopwatch import Stopwatch
from resnet_edu.vision.attribution.task import ask
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, forward, move_to_cpu
from resnet_edu.vision.feature_maps import Maps, condense, place_of
from resnet_edu.vision.image import Picture, decode
from resnet_edu.vision.predict import ClassScore, prediction_of

FRAME_SIDE = 512
"""No net here looks at more pixels a side."""
HEAT_SIDE = 56
TILE_SIDE, MOST_TILES = 32, 64
"""Of what is sent back for every frame: means over larger squares, and a layer's first channels."""
LEVELS = 255


def read_frame(content: bytes) -> Picture:
    """Decode a frame. Raises ``UserError`` for whatever is no small JPEG, before any pixel of it is decoded."""
    return decode(content, formats=("JPEG",), most_side=FRAME_SIDE)


@dataclass(frozen=True)
class Heat:
    """Where a method's map is bright: ``values`` row by row, a byte each, 255 where it is largest.

    ``milliseconds`` come on top of the answer's; none where the map is of the same pass.
    """

    values: bytes
    side: int
    milliseconds: float


@dataclass(frozen=True)
class Glimpse:
    """What there is to say of a frame; ``milliseconds`` are the forward pass's, ``note`` a source string or empty."""

    top: tuple[ClassScore, ...]
    milliseconds: float
    device_type: str
    note: str
    heat: Heat | None = None
    maps: Maps | None = None


@dataclass(frozen=True)
class Glance:
    """The task: the ``count`` most probable classes of a frame.

    ``seen`` is the RGB crop that the net sees, ``number`` tells the frame from every other one. With
    an attribution ``method`` there is its map for the most probable class, with a ``layer`` there are
    that layer's maps; blocks that are ``off`` say nothing.
    """

    net: Net
    seen: Image.Image
    number: int
    method: str = ""
    layer: str = ""
    off: frozenset[str] = frozenset()
    count: int = 5
    is_streamed = True
    is_private = True

    @property
    def key(self) -> Hashable:
        """Its own number: no frame's answer is another's."""
        return ("glance", self.number)

    def run(self, loaded: Loaded) -> Glimpse:
        """One forward pass in evaluation mode, and what the map needs."""
        batch = self.net.preprocessing.tensor(self.seen)
        module = place_of(self.net.architecture, self.layer).module if self.layer else ""
        tapping = tapped(loaded.model, copied, [module]) if module else contextlib.nullcontext()
        started = time.perf_counter()
        heat = None
        with tapping as taps:
            if self.method == GRAD_CAM.id and not self.off:
                logits, heat = self._with_grad_cam(loaded, batch)
            else:
                logits = forward(loaded, batch, self._pass)
        milliseconds = (time.perf_counter() - started) * 1000
        said = prediction_of(self.net, logits[0], "", self.seen, self.count, milliseconds, loaded)
        if self.method and heat is None:
            heat = self._heat(loaded, batch, said.top[0].index)
        return Glimpse(
            said.top,
            milliseconds,
            said.device_type,
            said.note,
            heat=heat,
            maps=tiles(taps.outputs[module][0], milliseconds) if taps else None,
        )

    def _pass(self, model: nn.Module, images: Tensor) -> Tensor:
        logits: Tensor = forward_without(model, images, self.off) if self.off else model(images)
        return logits

    def _with_grad_cam(self, loaded: Loaded, batch: Tensor) -> tuple[Tensor, Heat]:
        """Answer and map from the same pass, in float32, as all maps are computed; on the CPU if memory runs out."""
        try:
            layer = layers(self.net.architecture).stages[-1]
            logits, values = grad_cam_of_answer(loaded.model, batch.to(loaded.device), layer)
            return logits.cpu(), heat_of(values[0, 0].cpu(), 0)
        except RuntimeError as error:
            if not is_out_of_memory(error) or loaded.device.type == "cpu":
                raise
        move_to_cpu(loaded)
        return self._with_grad_cam(loaded, batch)

    def _heat(self, loaded: Loaded, batch: Tensor, target: int) -> Heat:
        watch = Stopwatch(loaded.device, lambda share: None)
        values = METHODS[self.method].map(ask(loaded, batch, target, DEFAULTS, chunk=1))
        return heat_of(values, watch.milliseconds)


def heat_of(values: Tensor, milliseconds: float) -> Heat:
    """An (H, W) map, small enough to be sent for every frame."""
    side = min(HEAT_SIDE, *values.shape)
    coarse = F.adaptive_avg_pool2d(values[None], side)[0].clamp(min=0)
    levels = (coarse / coarse.max().clamp(min=torch.finfo().tiny) * LEVELS).round().to(torch.uint8)
    return Heat(levels.numpy().tobytes(), side, milliseconds)


def tiles(values: Tensor, milliseconds: float) -> Maps:
    """The first of a layer's (C, H, W) maps, small enough to be sent for every frame."""
    side = min(TILE_SIDE, *values.shape[1:])
    return condense(F.adaptive_avg_pool2d(values[:MOST_TILES], side), milliseconds)
