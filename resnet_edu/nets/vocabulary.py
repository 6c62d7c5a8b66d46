"""Vocabulary that describes a net of the CIFAR family; importing it doesn't import torch."""

from enum import StrEnum

from resnet_edu.errors import UserError, mark


class Family(StrEnum):
    """Whether and how a block adds its input to its output."""

    PLAIN = "plain"
    RESIDUAL = "residual"
    PRE_ACTIVATION = "pre-activation"
    HIGHWAY = "highway"


class Initialisation(StrEnum):
    """How weights start. Unless noted, biases start as in torch's own layers: uniform within 1 / sqrt(fan-in)."""

    HE = "he"
    """He et al., arXiv:1502.01852, equation 10: variance 2 / fan-in."""
    XAVIER = "xavier"
    """Glorot and Bengio 2010, equation 16: uniform, variance 2 / (fan-in + fan-out)."""
    GAUSSIAN = "gaussian"
    """Normal with a standard deviation of ``sigma``."""
    ORTHOGONAL = "orthogonal"
    """Delta-orthogonal (Xiao18): a random isometry at each kernel's centre, zeros around it; biases zero."""


class Shortcut(StrEnum):
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


SHAPE_CHANGING = (Shortcut.A, Shortcut.B, Shortcut.C)
"""The shortcuts that also work where a net's shape changes."""


class Normalisation(StrEnum):
    """The normalisation after each convolution."""

    NONE = "none"
    BATCH = "batch"


class Activation(StrEnum):
    """The nonlinearity."""

    RELU = "relu"
    TANH = "tanh"
    SIGMOID = "sigmoid"


def check_depth(depth: int) -> None:
    """Raise ``UserError`` for a depth that is not 6n+2."""
    if depth < 8 or (depth - 2) % 6:
        raise UserError(mark("A net of this family has 6n+2 layers (8, 14, 20, ...), not {depth}."), depth=depth)
