"""The design choices within a block."""

from enum import StrEnum


class Order(StrEnum):
    """The order of convolution, normalisation and activation in a block (He16 figure 4)."""

    ORIGINAL = "original"
    """(a): each after its convolution, except that the last activation follows the addition."""
    BN_AFTER_ADDITION = "bn-after-addition"
    """(b): as (a), but the last normalisation also follows the addition."""
    RELU_BEFORE_ADDITION = "relu-before-addition"
    """(c): all of them before the addition."""
    RELU_ONLY_PRE_ACTIVATION = "relu-only-pre-activation"
    """(d): an activation before each convolution, its normalisation after it."""
    FULL_PRE_ACTIVATION = "full-pre-activation"
    """(e): normalisation and activation before each convolution."""


class StrideOn(StrEnum):
    """Which convolution of a bottleneck is strided."""

    FIRST_1X1 = "first-1x1"
    """The original He15 design, known as v1."""
    CONV_3X3 = "3x3"
    """torchvision's design, known as v1.5."""
