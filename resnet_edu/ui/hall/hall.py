"""What every page shows of a hall, and how it follows the lecturer."""

from typing import Any
from urllib.parse import parse_qsl

import streamlit as st

from resnet_edu.halls.choice import lecturer_key
from resnet_edu.ui.components import component
from resnet_edu.ui.hall import questions
from resnet_edu.ui.hall.addresses import base
from resnet_edu.ui.hall.asked import ASKED_FIRST
from resnet_edu.ui.hall.share import exercise
from resnet_edu.ui.hall.visitors import LECTURER
from resnet_edu.ui.hall.words import words
from resnet_edu.ui.shell import lecture, navigation
from resnet_edu.ui.shell.frame import ONLY
from resnet_edu.ui.text.language import _, current
from resnet_edu.ui.url.links import choose_all, leave, parameters

KEY = "hall"
GO = "place of the lecturer"
PAGE = "page that the hall's script was told"
OWN = ("lecture", "plan", "stop", "seen", "worksheet", "notes", "show", "lang")
"""Parameters that are not part of the lecturer's place; a reader who goes there keeps their own."""


def is_lecturer() -> bool:
    """Return whether this session's browser has presented the lecturer's key."""
    return lecturer_key().admits(st.context.cookies.get(LECTURER))


def keys() -> list[tuple[str, str]]:
    """List the lecturer's extra keyboard shortcuts and what they do."""
    return [("Q", _("code to join the hall")), ("V", _("hall and votes"))] if is_lecturer() else []


def attend(page: st.Page) -> None:
    """Show the bar on a phone that has joined, the lecturer's panel, or questions for a solo reader."""
    lesson = page.url_path or navigation.HOME.id
    st.session_state[PAGE] = lesson
    language, asked = current(), exercise()
    component("hall/hall")(
        key=KEY,
        data={
            "lecturer": is_lecturer(),
            "lecture": lecture.is_on(),
            "page": lesson,
            "base": base(),
            "language": language,
            "labels": words(language),
            "questions": [] if ONLY in parameters() or lecture.task() else _others(lesson, language),
            "exercise": asked and questions.shown(asked.id, language),
        },
        on_goto_change=_take,
        height="content",
    )
    if place := st.session_state.pop(GO, None):
        leave()
        st.switch_page(navigation.page(place[0]), query_params=place[1])


def _others(lesson: str, language: str) -> list[dict[str, Any]]:
    """Return the page's questions, except one that the page itself already asks."""
    return [each for each in questions.on_page(lesson, language) if each["id"] != ASKED_FIRST.get(lesson)]


def _take() -> None:
    """Go there before the page runs, so that it runs only once; switching pages has to wait for the run."""
    lesson, _, query = str(st.session_state[KEY].goto or "").partition("?")
    if lesson not in questions.TITLES:
        return
    setting = {name: value for name, value in parse_qsl(query) if name not in OWN}
    kept = {name: value for name, value in parameters().items() if name in OWN}
    if lesson == st.session_state.get(PAGE):
        choose_all({**dict.fromkeys(parameters()), **setting, **kept})
    else:
        st.session_state[GO] = lesson, {**setting, **kept}
