"""A race: data for the ``race`` component, and the results of recorded races."""

import base64
from collections.abc import Iterable, Sequence
from typing import Any

import torch

from resnet_edu.figures.gradient_curves import for_json
from resnet_edu.measure.sweeps import rounded
from resnet_edu.training.points import SIDE, Points
from resnet_edu.training.race import LAP, Snapshot, Standing
from resnet_edu.training.race_record import Finish

MOST_LOSSES = 256
TOP = 1.5
LEVELS = 255


def race_data(snapshot: Snapshot, losses: Sequence[tuple[float, float]], points: Points) -> dict[str, Any]:
    """What the component draws. Maps and points are base64 of bytes, losses at most ``MOST_LOSSES + 1`` rows.

    The axis of the loss ends at ``TOP`` times the loss of guessing, that of the steps at the lap's end.
    """
    kept = thinned(snapshot.step + 1)
    return {
        "step": snapshot.step,
        "last": max(1, -(-snapshot.step // LAP)) * LAP,
        "guessing": points.guessing_loss,
        "top": TOP * points.guessing_loss,
        "losses": [[step, *(for_json(rounded(loss)) for loss in losses[step])] for step in kept],
        "plain": _standing(snapshot.plain),
        "residual": _standing(snapshot.residual),
        "points": _text(point_bytes(points)) if points.are_in_the_plane else "",
    }


def thinned(count: int) -> list[int]:
    """Return every first, second, fourth, ... number below ``count``, until they are few enough, and the last one."""
    stride = 1
    while count > MOST_LOSSES * stride:
        stride *= 2
    kept = list(range(0, count, stride))
    return kept if kept[-1] == count - 1 else [*kept, count - 1]


def point_bytes(points: Points) -> bytes:
    """Return three bytes per point: x from the left and y from the top of the square of ``SIDE``, and the class."""
    right, up = ((points.inputs.clamp(-SIDE, SIDE) + SIDE) / (2 * SIDE) * LEVELS).round().unbind(1)
    return torch.stack([right, LEVELS - up, points.labels], 1).to(torch.uint8).numpy().tobytes()


def per_cent(accuracy: float) -> str:
    """A whole number of per cent; 100 only where everything is right."""
    return f"{min(round(100 * accuracy), 99 if accuracy < 1 else 100)}%"


def accuracies(finishes: Iterable[Finish]) -> str:
    """Format the lowest and the highest accuracy, or a single number if they are equal."""
    shown = sorted(finish.accuracy for finish in finishes)
    low, high = per_cent(shown[0]), per_cent(shown[-1])
    return low if low == high else f"{low.removesuffix('%')}–{high}"


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "loss": for_json(rounded(standing.loss)),
        "right": per_cent(standing.accuracy),
        "gradients": [for_json(norm) for norm in rounded(list(standing.gradients))],
        "picture": _text(standing.picture),
    }


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
