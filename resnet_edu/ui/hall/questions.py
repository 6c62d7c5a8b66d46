"""The plan's questions and stops as a phone may know them: without the right answer."""

from functools import cache
from typing import Any

from resnet_edu.halls.protocol import Whereabouts
from resnet_edu.lecture.plan import Stop, VoteQuestion, load_plan
from resnet_edu.ui.shell.navigation import PAGES
from resnet_edu.ui.text.language import translated

TITLES = {lesson.id: lesson.title for lesson in PAGES}


@cache
def stops() -> dict[str, Stop]:
    """By id."""
    return {stop.id: stop for stop in load_plan().stops}


@cache
def questions() -> dict[str, VoteQuestion]:
    """By id."""
    return {question.id: question for question in load_plan().questions}


def is_answer(question: str, answer: object) -> bool:
    """Whether the plan has this question with this answer."""
    asked = questions().get(question)
    return asked is not None and answer in {each.id for each in asked.answers}


@cache
def shown(question: str, language: str) -> dict[str, Any]:
    """A question in a language."""
    asked = questions()[question]
    return {
        "id": asked.id,
        "text": translated(asked.text, language),
        "answers": [{"id": each.id, "text": translated(each.text, language)} for each in asked.answers],
    }


def on_page(page: str, language: str) -> list[dict[str, Any]]:
    """What the plan asks on a page."""
    return [shown(stop.question.id, language) for stop in stops().values() if stop.question and stop.page == page]


def title(place: Whereabouts, language: str) -> str:
    """Where a lecturer is, in words."""
    page = translated(TITLES[place.page], language)
    stop = stops().get(place.stop)
    return f"{page} · {translated(stop.title, language)}" if stop else page
