"""A hall as seen by a phone and by its lecturer."""

from collections.abc import Mapping
from typing import Any

from resnet_edu.halls.protocol import ROUNDS, Hall, OpenQuestion
from resnet_edu.ui.hall import questions


def for_phone(hall: Hall, language: str) -> dict[str, Any]:
    """Return a state that changes only when the lecturer acts; live counts would be sent to everyone all the time."""
    return {
        "hall": hall.code,
        "born": hall.born,
        "place": _place(hall, language),
        "asked": _asked(hall, hall.asked, language, has_bars=bool(hall.asked and hall.asked.is_revealed)),
    }


def for_lecturer(hall: Hall, language: str) -> dict[str, Any]:
    """Return the numbers of participants and answers; also their distribution once revealed, or while bars are live."""
    asked = hall.asked
    has_bars = asked is not None and (asked.is_revealed or hall.is_live)
    stop = questions.stops().get(hall.place.stop) if hall.place else None
    return {
        **for_phone(hall, language),
        "asked": _asked(hall, asked, language, has_bars=has_bars),
        "answered": hall.tally(asked.question, asked.round).answered if asked else 0,
        "hands": dict(hall.tally(asked.question, asked.round).hands) if asked else {},
        "joined": hall.joined,
        "present": hall.present,
        "following": hall.following,
        "live": hall.is_live,
        "next": questions.shown(stop.question.id, language) if stop and stop.question else None,
    }


def rows(hall: Hall) -> list[tuple[str, int, str, int, int]]:
    """Return a hall's answers as rows: question, round, answer, count on phones, count by show of hands."""
    return [
        (question, number, answer.id, tally.phones.get(answer.id, 0), tally.hands.get(answer.id, 0))
        for (question, number), tally in sorted(hall.tallies.items(), key=lambda each: each[0])
        for answer in questions.questions()[question].answers
    ]


def _place(hall: Hall, language: str) -> dict[str, str | bool | int] | None:
    if hall.place is None:
        return None
    place = hall.place
    return {
        "page": place.page,
        "query": place.query,
        "section": questions.stops()[place.stop].section if place.stop in questions.stops() else "",
        "covered": place.is_covered,
        "followers": place.followers,
        "title": questions.title(place, language),
    }


def _asked(hall: Hall, asked: OpenQuestion | None, language: str, *, has_bars: bool) -> dict[str, Any] | None:
    if asked is None:
        return None
    return {
        **questions.shown(asked.question, language),
        "round": asked.round,
        "open": asked.is_open,
        "revealed": asked.is_revealed,
        "passed": _is_passed(hall, asked),
        "count": hall.count_of(asked.question),
        "bars": _bars(hall, asked.question) if has_bars else None,
    }


def _is_passed(hall: Hall, asked: OpenQuestion) -> bool:
    """Return whether the lecturer has gone on from the stop that asks this question."""
    stop = questions.stops().get(hall.place.stop) if hall.place else None
    return hall.place is not None and not (stop and stop.question and stop.question.id == asked.question)


def _bars(hall: Hall, question: str) -> list[Mapping[str, int]]:
    """Return the counts of each round that has been asked, in order."""
    counts = [hall.tally(question, number).counts for number in ROUNDS]
    return [dict(each) for each in (counts if counts[1] else counts[:1])]
