"""Tiny ImageNet: 200 of ImageNet's classes at 64 pixels, and how its pictures become input for a larger net."""

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.nets.named_classes import named_classes

PICTURE_SIDE = 64
"""The data set's pictures are 64 x 64 pixels, so no input holds more detail than that."""
CLASSES = named_classes("tiny-imagenet")
"""All 200 classes, in the order of a net's outputs."""


def sampled(pictures: Tensor, side: int = PICTURE_SIDE) -> Tensor:
    """Resample (..., n, n) to (..., side, side) without filtering: pixel i is the old pixel floor(i n / side).

    The data set was made from ImageNet's photos this way, from their central squares.
    """
    chosen = torch.arange(side) * pictures.shape[-1] // side
    return pictures[..., chosen, :][..., chosen]


def enlarged(pictures: Tensor, side: int) -> Tensor:
    """Enlarge (N, 3, H, W) in [0, 255] bilinearly to float32 (N, 3, side, side), rounded to 8-bit steps."""
    larger = F.interpolate(pictures.float(), size=(side, side), mode="bilinear", align_corners=False)
    return larger.round()
