"""The plan's questions and stops as phones may see them, and what a reader alone may see after answering."""

from functools import cache
from typing import Any

from resnet_edu.halls.protocol import Whereabouts
from resnet_edu.lecture.plan import LONG, Stop, VoteQuestion, load_plan
from resnet_edu.ui.shell.navigation import PAGES
from resnet_edu.ui.text.language import translated

TITLES = {lesson.id: lesson.title for lesson in PAGES}


@cache
def stops() -> dict[str, Stop]:
    """Return all stops by id."""
    return {stop.id: stop for stop in load_plan(LONG).stops}


@cache
def questions() -> dict[str, VoteQuestion]:
    """Return all questions by id."""
    return {question.id: question for question in load_plan(LONG).questions}


def is_answer(question: str, answer: str) -> bool:
    """Return whether the plan has this question and it has this answer."""
    return (question, answer) in _answers()


@cache
def _answers() -> frozenset[tuple[str, str]]:
    return frozenset((asked.id, each.id) for asked in questions().values() for each in asked.answers)


@cache
def shown(question: str, language: str) -> dict[str, Any]:
    """Return a question in the given language."""
    asked = questions()[question]
    return {
        "id": asked.id,
        "text": translated(asked.text, language),
        "answers": [{"id": each.id, "text": translated(each.text, language)} for each in asked.answers],
    }


@cache
def solution(question: str, language: str) -> dict[str, Any]:
    """Return a question's right answer, None for an opinion, and what its stop shows, in the given language."""
    [stop] = [each for each in stops().values() if each.question and each.question.id == question]
    assert stop.question
    return {"right": stop.question.right, "seen": translated(stop.seen, language)}


def on_page(page: str, language: str) -> list[dict[str, Any]]:
    """Return the plan's questions on a page."""
    return [shown(stop.question.id, language) for stop in stops().values() if stop.question and stop.page == page]


def title(place: Whereabouts, language: str) -> str:
    """Describe in words where a lecturer is."""
    page = translated(TITLES[place.page], language)
    stop = stops().get(place.stop)
    return f"{page} · {translated(stop.title, language)}" if stop else page
