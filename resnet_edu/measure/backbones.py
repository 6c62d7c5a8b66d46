"""What a detector or a segmentation net owes to its ResNet: parameters, and the maps C2 to C5 that it takes."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import nn
from torchvision.ops import FrozenBatchNorm2d

from resnet_edu.measure.receptive_field import ReceptiveField, receptive_fields
from resnet_edu.nets.detectors import NETS
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.nets.outline import places, stack_of

BACKBONE = ImagenetSpec("resnet50")
PYRAMID_CHANNELS = 256
"""Of every map of the feature pyramid (Lin et al. 2016, section 3)."""


@dataclass(frozen=True)
class Weighed:
    """The parameters of one of torchvision's nets, and the size of its file in bytes.

    ``frozen`` of the backbone's are the scales and shifts of normalisations that torchvision keeps as they
    were on ImageNet, and leaves out of its own count.
    """

    title: str
    backbone: int
    pyramid: int
    heads: int
    frozen: int
    size: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.backbone + self.pyramid + self.heads

    @property
    def share(self) -> float:
        """The fraction of them that is the ResNet's."""
        return self.backbone / self.total


@cache
def weighed(name: str) -> Weighed:
    """Count a net as published, built without memory for its weights."""
    spec = NETS[name]
    with torch.device("meta"):
        net: Any = spec.build()
    body = net.backbone.body if spec.finds_boxes else net.backbone
    norms = [each for each in body.modules() if isinstance(each, FrozenBatchNorm2d)]
    frozen = sum(each.weight.numel() + each.bias.numel() for each in norms)
    backbone, with_pyramid = _parameters(body), _parameters(net.backbone)
    return Weighed(
        title=spec.title,
        backbone=backbone + frozen,
        pyramid=with_pyramid - backbone,
        heads=_parameters(net) - with_pyramid,
        frozen=frozen,
        size=round(spec.weights.meta["_file_size"] * 2**20),
    )


def _parameters(module: nn.Module) -> int:
    return sum(each.numel() for each in module.parameters())


@dataclass(frozen=True)
class Level:
    """One of C2 to C5, the map that ends a stage."""

    name: str
    channels: int
    field: ReceptiveField

    def side(self, pixels: int) -> int:
        """Return the map's side for a picture with this side, which it divides."""
        return pixels // self.field.stride

    def covered(self, pixels: int) -> float:
        """Return how many positions along a side an object of so many pixels covers."""
        return pixels / self.field.stride


@cache
def levels() -> tuple[Level, ...]:
    """Return the ResNet-50's C2 to C5."""
    shape = (3, 256, 256)
    graph = stack_of(BACKBONE).graph
    fields, shapes = receptive_fields(graph, shape), graph.predict(shape).shapes
    ends = {place.stage: place.operation for place in places(BACKBONE) if place.stage}
    found = []
    for stage, operation in ends.items():
        made = shapes[operation]
        assert made is not None
        found.append(Level(f"C{stage + 1}", made[0], fields[operation]))
    return tuple(found)


def pyramid_sums(pixels: int) -> dict[str, int]:
    """Return how many additions each of the feature pyramid's sums takes for a picture with this side, topmost first.

    P5 is C5 through a 1x1 convolution; each map below adds the one above it, enlarged, to its own.
    """
    return {f"P{each.name[1:]}": PYRAMID_CHANNELS * each.side(pixels) ** 2 for each in reversed(levels()[:-1])}
