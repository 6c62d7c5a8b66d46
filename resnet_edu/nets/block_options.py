"""The choices that a block leaves open."""

from enum import StrEnum


class ShortcutKind(StrEnum):
    """What joins a block's input to its output; A, B and C as in He15 section 3.3."""

    NONE = "none"
    """Nothing: a plain block."""
    IDENTITY = "identity"
    """The input itself, whether or not its shape fits."""
    A = "A"
    """Zero padding where the shape changes, the identity elsewhere: no parameters."""
    B = "B"
    """A 1x1 projection where the shape changes, the identity elsewhere."""
    C = "C"
    """A 1x1 projection everywhere."""


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
