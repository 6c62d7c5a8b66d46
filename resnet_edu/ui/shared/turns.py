"""Runs of pages, as many at a time as a process can serve; whoever waits for one is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_edu.admission import Admission, Turn
from resnet_edu.ui.text.language import _

AT_ONCE = 4
"""Runs at a time. Python has one of them work, the others wait for the engine or the line to the browser."""
UNTOLD_SECONDS = 0.8
"""How long a reader waits for the turn before being told why; what the engine says comes after 0.7 s more."""
TOLD_SECONDS = 1.0
"""How often what the reader is told is brought up to date."""

_mine: ContextVar[Turn | None] = ContextVar("this run's turn", default=None)


@st.cache_resource(show_spinner=False)
def _admission() -> Admission:
    return Admission(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """Run a page when it is its turn."""
    mine = _admission().join()
    token = _mine.set(mine)
    try:
        wait_told(mine, _Notice())
        yield
    finally:
        _mine.reset(token)
        _admission().leave(mine)


@contextmanager
def aside() -> Iterator[None]:
    """While a run waits for something else, another has its turn."""
    mine = _mine.get()
    if mine is None:  # a fragment's
        yield
        return
    _admission().leave(mine)
    try:
        yield
    finally:
        _admission().resume(mine)


def wait_told(mine: Turn, tell: Callable[[int], object]) -> None:
    """Wait for the turn, telling the place in line soon and again and again."""
    patience = UNTOLD_SECONDS
    while not mine.wait(patience):
        tell(mine.place)  # a newer run of the session ends this one here
        patience = TOLD_SECONDS


class _Notice:
    """A note at the page's edge, which a reader sees wherever on the page they are."""

    def __init__(self) -> None:
        self._toast: DeltaGenerator | None = None

    def __call__(self, place: int) -> None:
        told = _("In line: {place} before you. The page follows by itself.", place=place)
        self._toast = (self._toast or st).toast(told)
