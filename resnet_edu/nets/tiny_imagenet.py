"""Tiny ImageNet: 200 of ImageNet's classes at 64 pixels, and how its pictures become a larger net's input."""

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.nets.named_classes import named_classes

PICTURE_SIDE = 64
"""Every picture of the data set is 64 x 64 pixels; whatever a net is given holds no more detail than that."""
CLASSES = named_classes("tiny-imagenet")
"""All 200, in the order of a net's outputs."""


def sampled(pictures: Tensor, side: int = PICTURE_SIDE) -> Tensor:
    """(..., n, n) -> (..., side, side): pixel i of a row is the old row's floor(i n / side), without any filter.

    So the data set was made from ImageNet's photos, from the square in their middle.
    """
    chosen = torch.arange(side) * pictures.shape[-1] // side
    return pictures[..., chosen, :][..., chosen]


def enlarged(pictures: Tensor, side: int) -> Tensor:
    """(N, 3, H, W) in [0, 255] -> float32 (N, 3, side, side), bilinear, in the whole steps of an 8-bit picture."""
    larger = F.interpolate(pictures.float(), size=(side, side), mode="bilinear", align_corners=False)
    return larger.round()
