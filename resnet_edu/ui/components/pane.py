"""Two panes of a page can show one view of two things: what is drawn in the second has keys of its own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

FIRST, SECOND = "", "-pinned"
"""What keys end in."""
P = ParamSpec("P")

_pane: ContextVar[str | None] = ContextVar("the pane that is being drawn", default=None)


def keyed(key: str) -> str:
    """An element's key in the pane that is being drawn."""
    return key + (_pane.get() or "")


def is_second() -> bool:
    """Whether the second pane is being drawn."""
    return _pane.get() == SECOND


def is_alone() -> bool:
    """Whether a view is drawn without another next to it."""
    return _pane.get() is None


def halves() -> Sequence[DeltaGenerator]:
    """Two columns where a view stands alone; below each other in a pane, which is a column itself."""
    return st.columns(2, gap="large") if is_alone() else [st.container(), st.container()]


@contextmanager
def pane(ending: str) -> Iterator[None]:
    """Draw ``FIRST`` or ``SECOND``."""
    before = _pane.get()
    _pane.set(ending)
    try:
        yield
    finally:
        _pane.set(before)


def fragment(draw: Callable[P, None]) -> Callable[P, None]:
    """``st.fragment`` where a view stands alone; of two, both run together, as they have the same controls."""

    @wraps(draw)
    def drawn(*args: P.args, **options: P.kwargs) -> None:
        (st.fragment(draw) if is_alone() else draw)(*args, **options)

    return drawn
