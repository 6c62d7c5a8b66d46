"""Limits how many pages run at once; readers who wait see their place in the queue."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_edu.admission import Admission, Turn
from resnet_edu.ui.text.language import _

AT_ONCE = 2
"""Concurrent runs. Python executes one at a time, and whoever waits for the engine steps aside: with more, the loop
that sends their messages waits for all of them. The second lets others pass one that computes for long."""
UNTOLD_SECONDS = 0.8
"""How long a reader waits for a turn before being told why."""
IN_ALL_SECONDS = 1.4
"""How long a reader waits in all, for turns and for the engine, before being told why."""
TOLD_SECONDS, MOST_SECONDS = 1.0, 5.0
"""How often the place shown to the reader is refreshed, at the head of the queue and far from it."""
A_SECOND = 8
"""Places that the queue moves on in a second, roughly, when it is served at full speed."""

_mine: ContextVar[Turn | None] = ContextVar("this run's turn", default=None)
_began: ContextVar[float | None] = ContextVar("when this run began", default=None)


@st.cache_resource(show_spinner=False)
def _admission() -> Admission:
    return Admission(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """Run a page once it is its turn."""
    mine = _admission().join()
    tokens = _mine.set(mine), _began.set(time.monotonic())
    try:
        wait_told(mine, _Notice())
        yield
    finally:
        _mine.reset(tokens[0])
        _began.reset(tokens[1])
        _admission().leave(mine)


@contextmanager
def aside() -> Iterator[None]:
    """Give up the turn while a run waits for something else."""
    mine = _mine.get()
    if mine is None:  # a fragment has no turn
        yield
        return
    _admission().leave(mine)
    try:
        yield
    finally:
        _admission().come_back(mine)
        wait_told(mine, _Notice())


def patience(seconds: float) -> float:
    """Return how long this run may go on waiting untold: ``seconds``, or less after other waits."""
    began = _began.get()
    return seconds if began is None else max(0.0, min(seconds, began + IN_ALL_SECONDS - time.monotonic()))


def between_news(place: int) -> float:
    """Return the seconds until a reader is told their place again, or asks for it.

    News costs the server as much as a small answer; every second for all would leave no time for answers.
    """
    return min(MOST_SECONDS, max(TOLD_SECONDS, place / A_SECOND))


def wait_told(mine: Turn, tell: Callable[[int], object]) -> None:
    """Wait for the turn and show the place in the queue, refreshed regularly."""
    seconds = patience(UNTOLD_SECONDS)
    while not mine.wait(seconds):
        tell(place := mine.place)  # a newer run of the session ends this one here
        seconds = between_news(place)


class _Notice:
    """A toast that shows the place in the queue, visible wherever the reader has scrolled to."""

    def __init__(self) -> None:
        self._toast: DeltaGenerator | None = None

    def __call__(self, place: int) -> None:
        told = _("In line: {place} before you. The page follows by itself.", place=place)
        self._toast = (self._toast or st).toast(told)
