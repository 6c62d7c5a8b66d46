"""Plain against residual, layer by layer: data for the ``gradients`` component, and CSV."""

import csv
import io
import math
from collections.abc import Mapping
from typing import Any

from resnet_edu.measure.first_steps import Moment
from resnet_edu.measure.sweeps import QUANTITIES, Curve, Pair, layer_names


def gradient_curves(pairs: Mapping[int, Pair]) -> dict[str, Any]:
    """Every depth's curves by quantity; what JSON can't hold becomes "nan", "inf" or "-inf"."""
    return {
        str(depth): {"plain": _curve(pair.plain), "residual": _curve(pair.residual)} for depth, pair in pairs.items()
    }


def first_steps_curves(moments: Mapping[int, Moment]) -> dict[str, Any]:
    """The same by step of training, with the norm of every layer's weights besides."""
    curves = gradient_curves({step: moment.pair for step, moment in moments.items()})
    for step, moment in moments.items():
        for net, norms in (("plain", moment.plain_norms), ("residual", moment.residual_norms)):
            curves[str(step)][net]["weight_norm"] = [for_json(norm) for norm in norms]
    return curves


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
    """A number for a sentence: 0.073, 12, 1.5×10⁻⁹; "0" is underflow, "NaN" and "∞" are what came out."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if 0.001 <= abs(value) < 10_000:
        return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def tex(value: float) -> str:
    """The same number for a formula."""
    if not math.isfinite(value):
        return r"\text{NaN}" if math.isnan(value) else r"\infty"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    text = scientific(value)
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if "×" in text else text


def _curve(curve: Curve) -> dict[str, Any]:
    columns = {name: [for_json(value) for value in getattr(curve, name)] for name in QUANTITIES}
    return {"loss": for_json(curve.loss), **columns}


def for_json(value: float) -> float | str:
    """The value itself, or "nan", "inf", "-inf", which JSON does not have."""
    return value if math.isfinite(value) else str(value)
