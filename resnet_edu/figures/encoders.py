"""Encoders layer by layer: data for the ``by_layer`` component."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from resnet_edu.figures.gradient_curves import for_json
from resnet_edu.measure.sweeps import rounded
from resnet_edu.measure.transformers import Distances, Streams


def distance_curves(runs: Sequence[Distances]) -> dict[str, Any]:
    """Return each net's distance of the tokens by layer, over the runs of all seeds."""
    return {str(parts): _over_seeds([run[parts] for run in runs]) for parts in runs[0]}


def gradient_curves(depths: Mapping[int, Sequence[Streams]], quantity: str) -> dict[int, Any]:
    """Return each net's gradients by layer at each depth, over the runs of all seeds."""
    return {
        depth: {str(stream): _over_seeds([getattr(run[stream], quantity) for run in runs]) for stream in runs[0]}
        for depth, runs in depths.items()
    }


def _over_seeds(curves: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return the median by layer, and the lowest and highest value if there are several seeds."""
    found = {"values": [statistics.median(values) for values in zip(*curves, strict=True)]}
    if len(curves) > 1:
        found |= {name: [end(values) for values in zip(*curves, strict=True)] for name, end in ENDS.items()}
    return {name: [for_json(value) for value in rounded(values)] for name, values in found.items()}


ENDS = {"low": min, "high": max}
