"""How much each block adds: the response of its function F against what comes by the shortcut (He15 figure 7)."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from torch import Tensor, nn

from resnet_edu.measure.taps import Taps, tapped
from resnet_edu.nets.outline import Place


@dataclass(frozen=True)
class BlockResponse:
    """Standard deviations over all values of the pictures, right before the addition.

    ``residual`` is that of F(x), ``shortcut`` that of x, or of its projection where the shape
    changes; None in a plain net, whose F is all there is.
    """

    name: str
    stage: int
    residual: float
    shortcut: float | None


def listen(net: nn.Module, chosen: Sequence[Place]) -> AbstractContextManager[Taps[float]]:
    """Taps for ``block_responses``: the standard deviations of all branches in the next pass."""
    branches = [(place.module, place.branches) for place in chosen if place.branches]
    outputs = [name for _, each in branches for name in (each.residual, each.shortcut) if name]
    inputs = [module for module, each in branches if each.shortcut == ""]
    return tapped(net, _deviation, outputs, inputs)


def block_responses(chosen: Sequence[Place], taps: Taps[float]) -> tuple[BlockResponse, ...]:
    """The responses of all places that have branches, from input to output."""
    return tuple(
        BlockResponse(
            name=place.name,
            stage=place.stage,
            residual=taps.outputs[place.branches.residual],
            shortcut=_by_shortcut(place, taps),
        )
        for place in chosen
        if place.branches
    )


def _by_shortcut(place: Place, taps: Taps[float]) -> float | None:
    assert place.branches
    match place.branches.shortcut:
        case None:
            return None
        case "":
            return taps.inputs[place.module]
        case name:
            return taps.outputs[name]


def _deviation(values: Tensor) -> float:
    return float(values.float().std())
