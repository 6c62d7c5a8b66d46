"""One benchmarked figure, and the table of all of them."""

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields

from resnet_edu.text_table import text_table


@dataclass(frozen=True)
class Figure:
    """Medians in seconds, or amounts in ``unit``. ``bare`` is the same without us, None where there is no such thing.

    ``goal`` bounds ``ours``, in the same unit; None where nothing is promised.
    """

    name: str
    ours: float
    bare: float | None
    goal: float | None = None
    goal_text: str = ""
    unit: str = "s"

    @property
    def ratio(self) -> float | None:
        """How many times the bare library's ours is."""
        return None if self.bare is None else self.ours / self.bare

    @property
    def reached(self) -> bool | None:
        """Whether the goal, if there is one, is reached."""
        return None if self.goal is None else self.ours <= self.goal


def medians(*jobs: Callable[[], float], repeats: int) -> list[float]:
    """The median of each job's seconds; the jobs take turns, so that a busy moment hits all of them."""
    rounds = [[job() for job in jobs] for _ in range(repeats)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def to_json(figures: Sequence[Figure]) -> str:
    """The figures for machines, with what follows from them."""
    rows = [{**asdict(figure), "ratio": figure.ratio, "reached": figure.reached} for figure in figures]
    return json.dumps(rows, indent=1)


def from_json(text: str) -> list[Figure]:
    """The inverse of ``to_json``."""
    names = [field.name for field in fields(Figure)]
    return [Figure(**{name: row[name] for name in names}) for row in json.loads(text)]


def table(figures: Sequence[Figure]) -> str:
    """The figures as a text table."""
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
