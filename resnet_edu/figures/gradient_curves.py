"""Plain against residual, layer by layer: data for the ``gradients`` component, and CSV."""

import csv
import io
import math
from collections.abc import Mapping
from typing import Any

from resnet_edu.measure.sweeps import QUANTITIES, Curve, Pair, layer_names


def gradient_curves(pairs: Mapping[int, Pair]) -> dict[str, Any]:
    """Every depth's curves by quantity; what JSON can't hold becomes "nan", "inf" or "-inf"."""
    return {
        str(depth): {"plain": _curve(pair.plain), "residual": _curve(pair.residual)} for depth, pair in pairs.items()
    }


def gradient_csv(depth: int, pair: Pair) -> str:
    """One row a layer: name, stage, and each quantity of both nets."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["layer", "name", "stage", *(f"{net}_{name}" for net in ("plain", "residual") for name in QUANTITIES)]
    )
    for index, (name, stage, _) in enumerate(layer_names(depth)):
        values = [getattr(curve, quantity)[index] for curve in (pair.plain, pair.residual) for quantity in QUANTITIES]
        writer.writerow([index + 1, name, stage, *values])
    return text.getvalue()


def scientific(value: float) -> str:
    """A number for a sentence: 0.073, 12, 1.5×10⁻⁹; "0" is underflow."""
    if value == 0 or not math.isfinite(value):
        return str(value).removesuffix(".0")
    if 0.001 <= abs(value) < 10_000:
        return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def _curve(curve: Curve) -> dict[str, Any]:
    columns = {name: [_plain(value) for value in getattr(curve, name)] for name in QUANTITIES}
    return {"loss": _plain(curve.loss), **columns}


def _plain(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
