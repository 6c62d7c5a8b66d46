"""Published CIFAR-10 errors by depth: where more layers stop helping, and what helps instead."""

from dataclasses import dataclass
from enum import StrEnum

from resnet_edu.errors import mark
from resnet_edu.nets.block_errors import VERSION_ERRORS
from resnet_edu.nets.published import NETS, STOCHASTIC_DEPTH, Series


class Design(StrEnum):
    """What was done to a ResNet; the values are source strings."""

    ORIGINAL = mark("original")
    PRE_ACTIVATION = mark("pre-activation")
    STOCHASTIC_DEPTH = mark("stochastic depth")
    WIDE = mark("wide")


@dataclass(frozen=True)
class AtDepth:
    """A net's published test error in per cent, and its parameters as printed ("19.4M") or ""."""

    depth: int
    error: float
    citation: str
    parameters: str = ""


def errors_by_depth() -> dict[Design, tuple[AtDepth, ...]]:
    """Return the published errors of every design, in order of depth."""
    pre_activation = (AtDepth(each.depth, each.pre_activation, "He et al. 2016, table 3") for each in VERSION_ERRORS)
    return {
        Design.ORIGINAL: _of(Series.RESNET),
        Design.PRE_ACTIVATION: tuple(pre_activation),
        Design.STOCHASTIC_DEPTH: tuple(
            AtDepth(depth, result.error, result.citation) for depth, result in STOCHASTIC_DEPTH.items()
        ),
        Design.WIDE: _of(Series.WIDE),
    }


def _of(series: Series) -> tuple[AtDepth, ...]:
    nets = sorted((net for net in NETS if net.series is series and net.data == "CIFAR-10"), key=lambda net: net.depth)
    printed = ((net.depth, net.claim.parameters, net.printed[0]) for net in nets)
    return tuple(AtDepth(depth, result.error, result.citation, size) for depth, size, result in printed)
