"""The choices that a block leaves open."""

from enum import StrEnum


class Order(StrEnum):
    """Where normalisation and activation stand (He16 figure 4)."""

    ORIGINAL = "original"
    """(a): each after its convolution, the last activation after the addition."""
    BN_AFTER_ADDITION = "bn-after-addition"
    """(b): the last normalisation and activation after the addition."""
    RELU_BEFORE_ADDITION = "relu-before-addition"
    """(c): all of them before the addition."""
    RELU_ONLY_PRE_ACTIVATION = "relu-only-pre-activation"
    """(d): an activation before each convolution, its normalisation after it."""
    FULL_PRE_ACTIVATION = "full-pre-activation"
    """(e): normalisation and activation before each convolution."""


class StrideOn(StrEnum):
    """Which convolution of a bottleneck has the stride."""

    FIRST_1X1 = "first-1x1"
    """He15's own, known as v1."""
    CONV_3X3 = "3x3"
    """torchvision's, known as v1.5."""
