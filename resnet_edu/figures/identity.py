"""The identity experiment: data for the ``identity`` component."""

from typing import Any

from resnet_edu.measure.identity import IdentityRecord, Insert
from resnet_edu.vision.deepened import Answers

DIGITS = 3


def identity_curves(record: IdentityRecord) -> list[dict[str, Any]]:
    """Return, by what is inserted, k with the mean, least and greatest error in per cent."""
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
    """Format the error with k insertions in per cent, as a range if the draws differ."""
    errors = record.curves[insert].errors[k]
    low, high = (f"{_percent(error):.1f}" for error in (min(errors), max(errors)))
    return f"{low}%" if low == high else f"{low}–{high}%"


def identity_answers(answers: Answers) -> dict[str, Any]:
    """Return the class and its probability for every k and picture."""
    return {
        "classes": answers.classes,
        "shares": [[round(share, DIGITS) for share in row] for row in answers.probabilities],
    }


def _percent(error: float) -> float:
    """Round to the percentage used by the component and the sentences, so that they agree."""
    return round(100 * error, DIGITS)


def chance(classes: int) -> float:
    """Return the error in per cent of guessing among ``classes`` equally frequent classes."""
    return 100 * (1 - 1 / classes)
