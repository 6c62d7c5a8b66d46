"""Plain versus residual, layer by layer: data for the ``gradients`` component, and CSV."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from typing import Any

from resnet_edu.measure.first_steps import Moment
from resnet_edu.measure.signs import signs
from resnet_edu.measure.sweeps import (
    BAND_DIGITS,
    QUANTITIES,
    Pair,
    Setting,
    Spread,
    layer_names,
    rounded,
    spread_of,
)
from resnet_edu.nets.cifar import CifarSpec

WEIGHT_NORM = "weight_norm"
NETS = ("plain", "residual")


def gradient_curves(setting: Setting, spreads: Mapping[int, Pair[Spread]], quantity: str) -> dict[str, Any]:
    """Return a quantity's median, band and first-to-last ratio by depth; a ``Sign`` replaces 0, infinity and NaN."""
    return {
        str(depth): {net: _spread(getattr(pair, net), quantity, spec) for net, spec in _specs(setting, depth)}
        for depth, pair in spreads.items()
    }


def first_steps_curves(setting: Setting, depth: int, moments: Mapping[int, Moment], quantity: str) -> dict[str, Any]:
    """Do the same by training step for one seed, also for the norm of every layer's weights."""
    curves: dict[str, Any] = {}
    for step, moment in moments.items():
        spreads = spread_of([moment.pair])
        curves[str(step)] = {}
        for net, spec in _specs(setting, depth):
            untrained = None if step else spec
            norms = getattr(moment, f"{net}_norms")
            curves[str(step)][net] = (
                {
                    "values": _values(norms, WEIGHT_NORM, untrained),
                    "ratio": norms[0] / norms[-1] if norms[-1] else "nan",
                }
                if quantity == WEIGHT_NORM
                else _spread(getattr(spreads, net), quantity, untrained)
            )
    return curves


def gradient_csv(setting: Setting, depth: int, pair: Pair[Spread]) -> str:
    """Return one row per layer: name, stage, median, lowest and highest of each quantity in both nets, and notes.

    A block's trunk gradient is in the row of its first layer.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [(net, quantity, part) for net in NETS for quantity in QUANTITIES for part in ("median", "low", "high")]
    writer.writerow(["layer", "name", "stage", *("_".join(column) for column in columns), "notes"])
    by_layer = {
        (net, quantity, part): _by_layer(getattr(getattr(getattr(pair, net), part), quantity), quantity)
        for net, quantity, part in columns
    }
    notes = {
        (net, quantity): _by_layer(signs(getattr(getattr(pair, net).median, quantity), quantity, spec), quantity)
        for net, spec in _specs(setting, depth)
        for quantity in QUANTITIES
    }
    for index, (name, stage, _) in enumerate(layer_names(depth)):
        told = "; ".join(f"{net} {quantity}: {each[index]}" for (net, quantity), each in notes.items() if each[index])
        writer.writerow([index + 1, name, stage, *(by_layer[column][index] for column in columns), told])
    return text.getvalue()


def scientific(value: float) -> str:
    """Format a number for a sentence: 0.073, 12, 1.5×10⁻⁹, 0, NaN, ∞."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if 0.001 <= abs(value) < 10_000:
        return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def tex(value: float) -> str:
    """Format the same number for a formula."""
    if not math.isfinite(value):
        return r"\text{NaN}" if math.isnan(value) else r"\infty"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    text = scientific(value)
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if "×" in text else text


def for_json(value: float) -> float | str:
    """Return the value itself, or "nan", "inf", "-inf", which JSON lacks."""
    return value if math.isfinite(value) else str(value)


def _specs(setting: Setting, depth: int) -> Iterator[tuple[str, CifarSpec]]:
    return zip(NETS, (experiment.net for experiment in setting.experiments(depth)), strict=True)


def _spread(spread: Spread, quantity: str, spec: CifarSpec | None) -> dict[str, Any]:
    low, ratio, high = map(for_json, spread.ratios[quantity])
    curve = {"values": _values(getattr(spread.median, quantity), quantity, spec), "ratio": ratio}
    if spread.low is spread.high:
        return curve
    band = {
        name: _values(rounded(list(getattr(each, quantity)), BAND_DIGITS), quantity, spec)
        for name, each in (("low", spread.low), ("high", spread.high))
    }
    return curve | band | {"range": [low, high]}


def _values(values: tuple[float, ...] | list[float], quantity: str, spec: CifarSpec | None) -> list[float | str]:
    return [str(sign) if sign else value for value, sign in zip(values, signs(values, quantity, spec), strict=True)]


def _by_layer(values: Any, quantity: str) -> list[Any]:
    """Expand values that belong to blocks to one per layer, at the first layer of each block."""
    if quantity != "trunk_gradient":
        return list(values)
    return ["", *(each for value in values for each in (value, ""))]
