"""What was set stays: a page or a stop that one comes back to has the setting in which it was left."""

from collections.abc import Mapping

import streamlit as st

from resnet_edu.ui.text import language
from resnet_edu.ui.url.links import choose_all, parameters

LEFT = "settings as they were left"
OPEN = "page that is open"
WHERE = ("lecture", "plan", "stop", "seen", "notes", "show", "only", "hide", "ask", language.PARAMETER)
"""Parameters that say where one is, not what is set there."""


def settings() -> dict[str, str]:
    """The parameters of the URL that set something on the page."""
    return {name: value for name, value in parameters().items() if name not in WHERE}


def note(place: str) -> None:
    """Remember the present setting as that of a place."""
    _left()[place] = settings()


def recall(place: str) -> Mapping[str, str] | None:
    """The setting in which a place was left in this session."""
    return _left().get(place)


def come_back(page: str) -> None:
    """Before a page runs: a link that sets nothing leads to the page as it was left; one to a stop is prepared."""
    is_new = st.session_state.get(OPEN) != page
    st.session_state[OPEN] = page
    if is_new and "stop" not in parameters() and not settings() and (left := recall(page)):
        choose_all(left)


def _left() -> dict[str, dict[str, str]]:
    left: dict[str, dict[str, str]] = st.session_state.setdefault(LEFT, {})
    return left
