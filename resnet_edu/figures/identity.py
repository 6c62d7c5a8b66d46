"""The identity experiment: data for the ``identity`` component."""

from typing import Any

from resnet_edu.measure.identity import IdentityRecord, Insert
from resnet_edu.vision.deepened import Answers

DIGITS = 3


def identity_curves(record: IdentityRecord) -> list[dict[str, Any]]:
    """By what is inserted: k, mean, least and greatest error in per cent."""
    return [
        {
            "insert": insert,
            "points": [
                [k, *map(_percent, (sum(errors) / len(errors), min(errors), max(errors)))]
                for k, errors in curve.errors.items()
            ],
        }
        for insert, curve in record.curves.items()
    ]


def error_range(record: IdentityRecord, insert: Insert, k: int) -> str:
    """The error with k insertions in per cent, least and greatest where the draws differ."""
    errors = record.curves[insert].errors[k]
    low, high = (f"{_percent(error):.1f}" for error in (min(errors), max(errors)))
    return f"{low}%" if low == high else f"{low}–{high}%"


def identity_answers(answers: Answers) -> dict[str, Any]:
    """For every k and picture the class and its probability."""
    return {
        "classes": answers.classes,
        "shares": [[round(share, DIGITS) for share in row] for row in answers.probabilities],
    }


def _percent(error: float) -> float:
    """What the component gets and the sentences show, so that both round the same number."""
    return round(100 * error, DIGITS)


def chance(classes: int) -> float:
    """The error in per cent of guessing among so many classes that are equally frequent."""
    return 100 * (1 - 1 / classes)
