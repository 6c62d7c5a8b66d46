"""The signs drawn in place of a norm that is not a positive number, because it is 0, overflows or is undefined."""

import math
from collections.abc import Sequence
from enum import StrEnum

from resnet_edu.measure.sweeps import layer_names
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.cifar import CifarSpec, Family

TINY = 1e-30
"""Underflow is gradual: a value that underflows to 0 has a neighbour smaller than this."""


class Sign(StrEnum):
    """Why a value is not a positive number."""

    START = "start"
    """0 by construction: the gradient passes through the block's last scale, which starts at 0."""
    UNDERFLOW = "underflow"
    """0, because the true value is smaller than the smallest float32."""
    OFF = "off"
    """0, because every unit on the way is off."""
    OVERFLOW = "overflow"
    """Infinity or NaN after a value larger than the largest float32."""
    WEIGHTLESS = "weightless"
    """Undefined relative to the weights, because these start at 0."""


def signs(values: Sequence[float], quantity: str, spec: CifarSpec | None) -> list[Sign | None]:
    """Return each value's sign or None, from input to output. ``spec`` is that of an untrained net, else None."""
    starts = _at_start(spec, quantity) if spec else {}
    layers = [name for name, *_ in layer_names(spec.depth)] if starts and spec else [""] * len(values)
    found: list[Sign | None] = []
    source = math.inf  # the last positive value along the signal; gradients come from the output
    way = 1 if quantity == "output_std" else -1
    for layer, value in list(zip(layers, values, strict=True))[::way]:
        if 0 < value < math.inf:
            source = value
            found.append(None)
        else:
            _, _, convolution = layer.split(".") if "." in layer else ("", "", "")  # the stem is not in a block
            found.append(_sign(value, starts.get(convolution), source))
    return found[::way]


def _sign(value: float, start: Sign | None, source: float) -> Sign:
    if start is Sign.WEIGHTLESS or (start and value == 0):
        return start
    if value != 0:
        return Sign.OVERFLOW
    return Sign.UNDERFLOW if source < TINY else Sign.OFF


def _at_start(spec: CifarSpec, quantity: str) -> dict[str, Sign]:
    """Return what a last scale of 0 does to a block's convolutions: those before it in the branch get no gradient.

    If that scale is a convolution's own weights, they do get a gradient, but its input gets none.
    """
    if not spec.zero_last or quantity == "trunk_gradient":
        return {}
    scaled = spec.normalisation is Normalisation.BATCH and spec.family is not Family.PRE_ACTIVATION
    if quantity in ("output_std", "weight_norm"):
        return {} if scaled else {"conv2": Sign.START}
    weightless = {} if scaled or quantity != "relative_gradient" else {"conv2": Sign.WEIGHTLESS}
    silent: set[str]
    if spec.family is Family.HIGHWAY:  # its first layer has a gate of its own; ReLU passes no gradient at 0
        silent = {"conv2"} if quantity != "input_gradient" and (scaled or spec.activation is Activation.RELU) else set()
    elif quantity == "input_gradient":
        silent = {"conv1", "conv2"} if spec.family is Family.PRE_ACTIVATION else {"conv2"}
    else:
        silent = {"conv1", "conv2"} if scaled else {"conv1"}
    return dict.fromkeys(silent, Sign.START) | weightless
