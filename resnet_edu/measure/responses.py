"""How much each block adds: the response of its function F compared with its shortcut (He15 figure 7)."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, nn

from resnet_edu.device import as_float64
from resnet_edu.measure.taps import Taps, tapped
from resnet_edu.nets.outline import Place


@dataclass(frozen=True)
class BlockResponse:
    """Standard deviations over all values of the pictures, just before the addition.

    ``residual`` is that of F(x), ``shortcut`` that of x, or of its projection where the shape changes;
    ``ratio`` is the norm of F(x) divided by that of the shortcut. The last two are None in a plain net, which
    only has F.
    """

    name: str
    stage: int
    residual: float
    shortcut: float | None
    ratio: float | None


class Size(NamedTuple):
    """The standard deviation and the L2 norm of a tensor."""

    deviation: float
    norm: float


def listen(net: nn.Module, chosen: Sequence[Place]) -> AbstractContextManager[Taps[Size]]:
    """Return taps for ``block_responses`` that measure the outputs of all branches in the next pass."""
    branches = [(place.module, place.branches) for place in chosen if place.branches]
    outputs = [name for _, each in branches for name in (each.residual, each.shortcut) if name]
    inputs = [module for module, each in branches if each.shortcut == ""]
    return tapped(net, _size, outputs, inputs)


def block_responses(chosen: Sequence[Place], taps: Taps[Size]) -> tuple[BlockResponse, ...]:
    """Return the responses of all places with branches, from input to output."""
    return tuple(_response(place, taps) for place in chosen if place.branches)


def _response(place: Place, taps: Taps[Size]) -> BlockResponse:
    assert place.branches
    residual = taps.outputs[place.branches.residual]
    match place.branches.shortcut:
        case None:
            return BlockResponse(place.name, place.stage, residual.deviation, None, None)
        case "":
            shortcut = taps.inputs[place.module]
        case name:
            shortcut = taps.outputs[name]
    ratio = residual.norm / shortcut.norm if shortcut.norm else None
    return BlockResponse(place.name, place.stage, residual.deviation, shortcut.deviation, ratio)


def _size(values: Tensor) -> Size:
    return Size(float(values.float().std()), float(as_float64(values).norm()))
