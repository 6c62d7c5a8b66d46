"""Lecture mode: large type, the lesson alone on the screen, and keys that turn the pages in lecture order."""

from pathlib import Path

import streamlit as st

from resnet_edu.ui.components import component
from resnet_edu.ui.shell import navigation
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url.links import choose, keep, leave, parameters

STYLE = Path(__file__).with_name("lecture_mode.css")
PARAMETER = "lecture"
ON = "1"
CHOICE = "lecture chosen"
KEY = "lecture"
ENTER, LEAVE, PREVIOUS, NEXT = "enter", "leave", "previous", "next"


def is_on() -> bool:
    """Whether the URL says so; a URL without a word on it leaves it as it was on the page before."""
    if PARAMETER in parameters():
        return parameters()[PARAMETER] == ON
    return bool(st.session_state.get(CHOICE))


def lead(page: st.Page) -> None:
    """The switch of lecture mode; in it, the look, the keys, and the turning of pages from the one that is open."""
    st.session_state[CHOICE] = on = is_on()
    if on:
        keep(PARAMETER, ON)
        st.html(STYLE)
    ids = [lesson.id for lesson in navigation.PAGES]
    place = ids.index(page.url_path or navigation.HOME.id)
    neighbours = {PREVIOUS: ids[:place][-1:], NEXT: ids[place + 1 :][:1]}
    asked = component("shell/lecture")(
        key=KEY,
        data={
            "on": on,
            "place": f"{place + 1} / {len(ids)}",
            "labels": {
                ENTER: _("Lecture"),
                PREVIOUS: _("Previous page"),
                NEXT: _("Next page"),
                LEAVE: _("End lecture mode (Esc)"),
            },
        },
        on_asked_change=_enter_or_leave,
    ).asked
    for neighbour in neighbours.get(str(asked), []):
        leave()
        st.switch_page(navigation.page(neighbour))


def _enter_or_leave() -> None:
    """Before the page runs, so that it runs once."""
    asked = st.session_state[KEY].asked
    if asked in (ENTER, LEAVE):
        st.session_state[CHOICE] = asked == ENTER
        choose(PARAMETER, None)
