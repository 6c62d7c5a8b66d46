"""Remembers settings: a page or stop that is visited again shows the setting in which it was left."""

from collections.abc import Mapping

import streamlit as st

from resnet_edu.ui.text import language
from resnet_edu.ui.url.links import choose_all, parameters

LEFT = "settings as they were left"
OPEN = "page that is open"
WHERE = ("lecture", "plan", "stop", "seen", "worksheet", "notes", "show", "only", "hide", "ask", language.PARAMETER)
"""Parameters that say where the reader is, not what is set there."""


def settings() -> dict[str, str]:
    """Return the URL parameters that set something on the page."""
    return {name: value for name, value in parameters().items() if name not in WHERE}


def note(place: str) -> None:
    """Remember the current setting for a place."""
    _left()[place] = settings()


def recall(place: str) -> Mapping[str, str] | None:
    """Return the setting in which a place was left in this session, or None."""
    return _left().get(place)


def come_back(page: str) -> None:
    """Restore a page's earlier setting before it runs, unless the link sets something itself or names a stop."""
    is_new = st.session_state.get(OPEN) != page
    st.session_state[OPEN] = page
    if is_new and "stop" not in parameters() and not settings() and (left := recall(page)):
        choose_all(left)


def _left() -> dict[str, dict[str, str]]:
    left: dict[str, dict[str, str]] = st.session_state.setdefault(LEFT, {})
    return left
