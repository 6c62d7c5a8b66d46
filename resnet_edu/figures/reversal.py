"""A recorded race of two encoders: data for the ``reversal`` component."""

from collections.abc import Sequence
from typing import Any

from resnet_edu.measure.sweeps import rounded
from resnet_edu.training.reversal import LENGTH, STEPS, Reversal, ReversalStanding

NETS = ("without", "shortcuts")


def reversal_data(race: Reversal, all_seeds: Sequence[Reversal]) -> dict[str, Any]:
    """Return both nets at every step, and the accuracy of the nets of all seeds."""
    return {
        "steps": list(STEPS),
        "length": LENGTH,
        "layers": race.spec.depth,
        "sequence": list(race.sequence),
        "nets": {net: _net(getattr(race, net)) for net in NETS},
        "seeds": {net: [_accuracy(getattr(each, net)) for each in all_seeds] for net in NETS},
    }


def _net(standings: Sequence[ReversalStanding]) -> dict[str, Any]:
    return {
        "loss": rounded([each.loss for each in standings]),
        "accuracy": _accuracy(standings),
        "answer": [list(each.answer) for each in standings],
        "attention": [each.attention for each in standings],
    }


def _accuracy(standings: Sequence[ReversalStanding]) -> Any:
    return rounded([each.accuracy for each in standings])
