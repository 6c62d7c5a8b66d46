"""Shattered gradients: data for the ``shattering`` component."""

from collections.abc import Mapping
from typing import Any

from resnet_edu.figures.gradient_curves import for_json
from resnet_edu.measure.shattering import PathGradient, PathPair
from resnet_edu.measure.sweeps import rounded


def shattering_curves(pairs: Mapping[int, PathPair]) -> dict[str, Any]:
    """Return both nets' gradient, its deviation and its autocorrelation by depth, to four digits."""
    return {
        str(depth): {"plain": _curves(pair.plain), "residual": _curves(pair.residual)} for depth, pair in pairs.items()
    }


def _curves(measured: PathGradient) -> dict[str, Any]:
    return {
        "gradient": [for_json(value) for value in rounded(list(measured.gradient))],
        "deviation": for_json(rounded(measured.deviation)),
        "autocorrelation": [for_json(value) for value in rounded(list(measured.autocorrelation))],
    }
