"""Bits that random nets keep about their input: data for the ``information`` component."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from resnet_edu.measure.information import Kept
from resnet_edu.nets.cifar import Family

DIGITS = 3


def kept_bits(nets: Mapping[Family, Sequence[Kept]]) -> list[dict[str, Any]]:
    """Return every net's bits by stage, and their median, for each family."""
    return [
        {
            "family": family,
            "nets": [_rounded(each.bits) for each in measured],
            "median": _rounded([median(bits) for bits in zip(*(each.bits for each in measured), strict=True)]),
        }
        for family, measured in nets.items()
    ]


def told_apart(measured: Sequence[Kept], stage: int) -> str:
    """Format how many inputs remain distinct: the median over the nets, and the range if they differ."""
    counts = sorted(each.distinct[stage] for each in measured)
    span = f" ({counts[0]}–{counts[-1]})" if counts[0] < counts[-1] else ""
    return f"{median(counts):g}{span}"


def _rounded(bits: Sequence[float]) -> list[float]:
    return [round(each, DIGITS) for each in bits]
