"""The most probable classes as bars."""

from collections.abc import Callable
from typing import Any, Protocol

from resnet_edu.vision.predict import ClassScore


class Ranked(Protocol):
    """Whatever has most probable classes."""

    @property
    def top(self) -> tuple[ClassScore, ...]:
        """The most probable first."""


def top_classes(prediction: Ranked, translate: Callable[[str], str]) -> list[dict[str, Any]]:
    """Return rows for the ``bars`` component, most probable first: name, probability in [0, 1] and its text."""
    return [
        {"name": translate(score.name), "share": score.probability, "text": percent(score.probability)}
        for score in prediction.top
    ]


def percent(share: float) -> str:
    """Format a probability as a percentage, with more digits if it is small: 97.3%, 0.42%, < 0.01%."""
    if share < 0.0001:
        return "< 0.01%"
    return f"{share * 100:.2f}%" if share < 0.01 else f"{share * 100:.1f}%"
