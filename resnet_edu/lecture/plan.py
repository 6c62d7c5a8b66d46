"""The lecture plan: stops in order, each a figure at a prepared setting, with what to ask, do and say there.

All texts are English source strings; ``extract`` passes them to Babel.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, BinaryIO

from resnet_edu.paths import ASSETS, LECTURE

WHOLE, SHORT, LONG = NAMES = ("90", "45", "120")
"""The plans, by their length in minutes: the lecture, a shorter one, and one with the optional stops."""
NO_RIGHT = "none"
"""Replaces the correct answer's id if a question asks for an opinion."""


@dataclass(frozen=True)
class Choice:
    """One of a question's answers."""

    id: str
    text: str


@dataclass(frozen=True)
class VoteQuestion:
    """A question asked before the class sees the figure; ``right`` is an answer's id, None for an opinion."""

    id: str
    text: str
    answers: tuple[Choice, ...]
    right: str | None


@dataclass(frozen=True)
class Chapter:
    """A part of the story, as told on the home page without giving answers away."""

    id: str
    title: str
    text: str
    citation: str


@dataclass(frozen=True)
class Stop:
    """A step of the lecture: a section of a page with prepared settings.

    ``do`` and ``seen`` are for the lecturer and for readers of the lesson plan; ``note`` is what to say.
    ``hidden`` names controls that would give something away; ``covered`` says that the figure itself would,
    until it is revealed.
    """

    id: str
    chapter: Chapter
    title: str
    page: str
    section: str
    minutes: int
    do: str
    seen: str
    note: str
    question: VoteQuestion | None = None
    setting: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    covered: bool = False


@dataclass(frozen=True)
class LecturePlan:
    """The stops of a lecture, in order."""

    name: str
    stops: tuple[Stop, ...]

    @property
    def minutes(self) -> int:
        """How long it lasts; what its stops leave of that is for questions."""
        return int(self.name)

    @property
    def questions(self) -> tuple[VoteQuestion, ...]:
        """All questions asked."""
        return tuple(stop.question for stop in self.stops if stop.question)

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """The parts of the story it covers."""
        return tuple(dict.fromkeys(stop.chapter for stop in self.stops))

    def index(self, stop_id: str) -> int | None:
        """Return the index of a stop, from 0; None if the plan omits it."""
        return next((place for place, stop in enumerate(self.stops) if stop.id == stop_id), None)

    @cached_property
    def steps(self) -> tuple[tuple[Stop, bool], ...]:
        """What successive key presses show: each stop, and again with its figure if that was covered."""
        return tuple((stop, seen) for stop in self.stops for seen in ((False, True) if stop.covered else (False,)))

    def first_step_on(self, page: str) -> int:
        """Return the first step on a page, or 0 if the plan never goes there."""
        return next((number for number, (stop, _seen) in enumerate(self.steps) if stop.page == page), 0)

    def minutes_before(self, place: int) -> int:
        """Return the minutes from the start to a stop, if all goes to plan."""
        return sum(stop.minutes for stop in self.stops[:place])


@cache
def load_plan(name: str = WHOLE) -> LecturePlan:
    """The plan of that name, without stops whose records aren't there."""
    with (LECTURE / "plan.toml").open("rb") as file:
        read = tomllib.load(file)
    chapters = {each["id"]: Chapter(**each) for each in read["chapters"]}
    stops = ((each, _minutes(each["minutes"], name)) for each in read["stops"] if _has_its_records(each))
    return LecturePlan(name, tuple(_stop(each, chapters, minutes) for each, minutes in stops if minutes))


def extract(file: BinaryIO, *asked: object, **options: object) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield every text of the plan that a reader sees, for Babel."""
    for text in _words(tomllib.load(file)):
        yield 0, "mark", text, []


TOLD = ("title", "text", "do", "seen", "note")


def _words(read: Any) -> Iterator[str]:
    if isinstance(read, list):
        for each in read:
            yield from _words(each)
    elif isinstance(read, dict):
        for name, value in read.items():
            if name in TOLD:
                yield value
            else:
                yield from _words(value)


def _has_its_records(read: Mapping[str, Any]) -> bool:
    return all((ASSETS / record).is_file() for record in read.get("records", ()))


def _minutes(written: Mapping[str, int], name: str) -> int:
    """Return a stop's minutes in a plan, 0 if the plan leaves it out."""
    return written.get(name, written.get(WHOLE, 0) if name == LONG else 0)


def _stop(read: dict[str, Any], chapters: Mapping[str, Chapter], minutes: int) -> Stop:
    asked = read.get("question")
    told = {name: value for name, value in read.items() if name != "records"}
    return Stop(
        **{
            **told,
            "chapter": chapters[read["chapter"]],
            "minutes": minutes,
            "hidden": tuple(read.get("hidden", ())),
            "question": _question(asked) if asked else None,
        }
    )


def _question(read: dict[str, Any]) -> VoteQuestion:
    answers = tuple(Choice(**each) for each in read["answers"])
    right = None if read["right"] == NO_RIGHT else read["right"]
    return VoteQuestion(read["id"], read["text"], answers, right)
