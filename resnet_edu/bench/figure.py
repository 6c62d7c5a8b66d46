"""One measured figure, and the table of all of them."""

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from resnet_edu.text_table import text_table


@dataclass(frozen=True)
class Figure:
    """A median in seconds, or an amount in ``unit``; ``bare`` is the same without this app, None if impossible.

    ``goal`` is the limit for ``ours``, in the same unit; None if nothing is promised.
    """

    name: str
    ours: float
    bare: float | None
    goal: float | None = None
    goal_text: str = ""
    unit: str = "s"

    @property
    def ratio(self) -> float | None:
        """The app's figure as a multiple of the bare library's."""
        return None if self.bare is None else self.ours / self.bare

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None if there is none."""
        return None if self.goal is None else self.ours <= self.goal


def medians(*jobs: Callable[[], float], repeats: int) -> list[float]:
    """Return the median of each job's seconds; jobs alternate, so that a busy moment affects all of them."""
    rounds = [[job() for job in jobs] for _ in range(repeats)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def rows_of(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return the figures as plain values, with ratios and whether goals are reached."""
    return [{**asdict(figure), "ratio": figure.ratio, "reached": figure.reached} for figure in figures]


def to_json(figures: Sequence[Figure]) -> str:
    """Return the figures as JSON."""
    return json.dumps(rows_of(figures), indent=1)


def from_json(text: str) -> list[Figure]:
    """Invert ``to_json``."""
    names = [field.name for field in fields(Figure)]
    return [Figure(**{name: row[name] for name in names}) for row in json.loads(text)]


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a text table."""
    return text_table([_row(figure) for figure in figures], "lrrrll", ("", "ours", "bare", "ratio", "goal", ""))


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        _amount(figure.ours, figure.unit),
        _amount(figure.bare, figure.unit),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        figure.goal_text,
        {True: "reached", False: "MISSED", None: ""}[figure.reached],
    )


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value * 1000:.1f} ms" if unit == "s" else f"{value:,.0f} {unit}".rstrip()
