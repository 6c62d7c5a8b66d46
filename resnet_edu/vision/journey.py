"""A picture's way through a whole net in one pass: every layer's strongest map, and the answer at the end."""

import time
from collections.abc import Hashable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from resnet_edu.measure.knockout import forward_without
from resnet_edu.measure.receptive_field import ReceptiveField
from resnet_edu.measure.taps import tapped
from resnet_edu.nets.layers import Shape
from resnet_edu.nets.outline import Place, places
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, forward
from resnet_edu.vision.feature_maps import LEVELS, as_png, fields_of
from resnet_edu.vision.image import Picture
from resnet_edu.vision.predict import Prediction, prediction_of
from resnet_edu.vision.seen import seen_by


@dataclass(frozen=True)
class StrongestMap:
    """The map with the largest variance in a layer; ``channel`` counts from 0.

    ``picture`` is a greyscale PNG in which 0 to 255 are ``low`` to ``high``, a range that includes 0.
    """

    shape: Shape
    channel: int
    picture: bytes
    low: float
    high: float


@dataclass(frozen=True)
class Waypoint:
    """A layer on the way. If a block is ``off``, its map is what the shortcut alone passes on."""

    place: Place
    field: ReceptiveField
    map: StrongestMap
    off: bool


@dataclass(frozen=True)
class Journey:
    """All layers from stem to classifier, and the net's answer."""

    stops: tuple[Waypoint, ...]
    prediction: Prediction

    @property
    def milliseconds(self) -> float:
        """The duration of the single pass."""
        return self.prediction.milliseconds


@dataclass(frozen=True)
class FollowPicture:
    """The task: follow a picture through a net in which the ``deleted`` blocks have no effect."""

    net: Net
    picture: Picture
    deleted: frozenset[str] = frozenset()

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net and the deleted blocks."""
        return ("journey", self.net, self.picture.sha256, self.deleted)

    def run(self, loaded: Loaded) -> Journey:
        """Run one pass in evaluation mode."""
        seen = seen_by(self.net, self.picture)
        chosen = places(self.net.architecture)
        fields = fields_of(self.net.architecture, self.net.preprocessing.crop)
        kept = [place.module for place in chosen if place.name not in self.deleted]
        passed: dict[str, StrongestMap] = {}

        def run(model: nn.Module, images: Tensor) -> Tensor:
            if self.deleted:
                return forward_without(model, images, self.deleted, passed=keep)
            answer: Tensor = model(images)  # nets without blocks, too
            return answer

        def keep(name: str, x: Tensor) -> None:
            passed[name] = strongest(x)

        started = time.perf_counter()
        with tapped(loaded.model, strongest, kept) as taps:
            logits = forward(loaded, self.net.preprocessing.tensor(seen), run)
        milliseconds = (time.perf_counter() - started) * 1000
        stops = tuple(
            Waypoint(
                place,
                fields[place.name],
                passed[place.name] if place.name in self.deleted else taps.outputs[place.module],
                place.name in self.deleted,
            )
            for place in chosen
        )
        key = f"{self.net.id}/{self.picture.sha256}/{sorted(self.deleted)}"
        return Journey(stops, prediction_of(self.net, logits[0], key, seen, 5, milliseconds, loaded))


def strongest(values: Tensor) -> StrongestMap:
    """Return the map that varies most among the (1, C, H, W) maps of one picture."""
    maps = values[0].detach().float()
    channel = int(maps.flatten(1).var(1, unbiased=False).argmax())
    chosen = maps[channel].cpu()
    low, high = min(0.0, float(chosen.min())), max(0.0, float(chosen.max()))
    grey = ((chosen - low) / ((high - low) or 1.0) * LEVELS).round().to(torch.uint8)
    channels, height, width = maps.shape
    return StrongestMap((channels, height, width), channel, as_png(grey.numpy()), low, high)
