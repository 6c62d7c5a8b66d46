"""Limits how many pages run at once; readers who wait see their place in the queue."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_edu.admission import Admission, Turn
from resnet_edu.ui.text.language import _

AT_ONCE = 4
"""Concurrent runs. Python executes one at a time; the others wait for the engine or the network."""
UNTOLD_SECONDS = 0.8
"""How long a reader waits for a turn before being told why; the engine's own notice follows 0.7 s later."""
TOLD_SECONDS = 1.0
"""How often the place shown to the reader is refreshed."""

_mine: ContextVar[Turn | None] = ContextVar("this run's turn", default=None)


@st.cache_resource(show_spinner=False)
def _admission() -> Admission:
    return Admission(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """Run a page once it is its turn."""
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


def wait_told(mine: Turn, tell: Callable[[int], object]) -> None:
    """Wait for the turn and show the place in the queue, refreshed regularly."""
    patience = UNTOLD_SECONDS
    while not mine.wait(patience):
        tell(mine.place)  # a newer run of the session ends this one here
        patience = TOLD_SECONDS


class _Notice:
    """A toast that shows the place in the queue, visible wherever the reader has scrolled to."""

    def __init__(self) -> None:
        self._toast: DeltaGenerator | None = None

    def __call__(self, place: int) -> None:
        told = _("In line: {place} before you. The page follows by itself.", place=place)
        self._toast = (self._toast or st).toast(told)
