"""A question asked before its answering figure is shown, for solo readers; in a lecture, the stop asks it."""

from typing import Any

from resnet_edu.ui.hall import questions
from resnet_edu.ui.hall.addresses import base
from resnet_edu.ui.hall.share import HIDE, exercise
from resnet_edu.ui.hall.words import words
from resnet_edu.ui.shell import frame, lecture
from resnet_edu.ui.text.language import _, current
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Parameter, read

ASKED_FIRST = {"depth": "deeper"}
"""The question that each page asks above its figure."""


def ask_first(page: str, parameter: Parameter[str], shows: str, *, is_open: bool) -> None:
    """Ask the page's question; answering it sets ``parameter`` to ``shows``, which reveals its figure."""
    if lecture.here() or exercise() or read(HIDE) or _task() not in (None, ASKED_FIRST[page]):
        return
    _ask(ASKED_FIRST[page], parameter, shows, is_open=is_open)


def ask_task() -> None:
    """Name the worksheet's stop that is open and ask its question; answering reveals a figure that would answer it."""
    now, question = lecture.task(), _task()
    if now is None:
        return
    frame.title(_(now.stop.chapter.title), _(now.stop.title))
    if question and question not in ASKED_FIRST.values():
        _ask(question, lecture.SEEN, True, is_open=not now.seen)


def _task() -> str | None:
    now = lecture.task()
    return now.stop.question.id if now and now.stop.question else None


def _ask(question: str, parameter: Parameter[Any], shows: object, *, is_open: bool) -> None:
    language = current()
    widgets.component(
        "hall/asked",
        key="asked",
        data={
            "question": questions.shown(question, language),
            "labels": words(language),
            "base": base(),
            "language": language,
            "open": is_open,
            "shows": shows,
        },
        url={"shown": parameter},
    )
