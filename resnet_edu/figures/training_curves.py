"""Recorded runs side by side: data for the ``training`` component."""

from collections.abc import Iterable
from typing import Any

from resnet_edu.figures.gradient_curves import for_json
from resnet_edu.nets.published import NETS, Protocol, Result, Series
from resnet_edu.training.record import ProbeRecord, RunRecord

QUANTITIES = ("weight_gradient", "relative_gradient", "input_gradient", "response_std")
DIGITS = 3


def training_curves(records: Iterable[RunRecord]) -> list[dict[str, Any]]:
    """Return errors in per cent by epoch, signals by layer at the recorded epochs, and the paper's final error."""
    return [
        {
            "name": record.name,
            "family": record.architecture["family"],
            "depth": record.architecture["depth"],
            "train": [round(100 * epoch.train_error, DIGITS) for epoch in record.epochs],
            "test": [round(100 * epoch.test_error, DIGITS) for epoch in record.epochs],
            "probes": {str(probe.epoch): _signals(probe) for probe in record.probes},
            "paper": published.error if (published := published_error(record)) else None,
        }
        for record in records
    ]


def published_error(record: RunRecord) -> Result | None:
    """Return the final test error printed in He15 for this net after 164 epochs on the original pictures."""
    if record.architecture["family"] != "residual":
        return None  # figure 6 plots the plain nets' final errors, but no number is printed
    return _PUBLISHED.get(record.architecture["depth"])


_PUBLISHED = {
    net.depth: result
    for net in NETS
    if net.series is Series.RESNET
    for result in net.printed
    if result.protocol is Protocol.CIFAR10
}


def _signals(probe: ProbeRecord) -> dict[str, list[float | str]]:
    layers = [layer for layer in probe.signals.layers if not layer.is_side_branch]
    return {name: [for_json(_rounded(getattr(layer, name))) for layer in layers] for name in QUANTITIES}


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
