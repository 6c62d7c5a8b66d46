"""The URL is the state of a page: every choice is read from it and written back to it.

A browser sends its address with every click. With a slow line that address is older than the choice before, which
is still on its way back. So a session holds the parameters itself, and takes the browser's only when a run starts
without a click on one of our controls: a link, Back, an address typed in.
"""

from collections.abc import Mapping
from contextvars import ContextVar

import streamlit as st

HELD = "parameters of the URL"

_of_this_run: ContextVar[Mapping[str, str] | None] = ContextVar("parameters that this run reads", default=None)
_is_click: ContextVar[bool] = ContextVar("this run answers a click on one of our controls", default=False)


def parameters() -> Mapping[str, str]:
    """The URL's parameters; a run that has been overtaken by another still reads its own."""
    mine = _of_this_run.get()
    if mine is None:
        mine = st.session_state.get(HELD)
        if mine is None:
            return st.query_params.to_dict()
        _of_this_run.set(mine)
    return mine


def is_overtaken() -> bool:
    """Whether a later run of this session has changed the parameters since this one read them."""
    return parameters() is not st.session_state.get(HELD, parameters())


def choose(name: str, value: object) -> None:
    """In a callback: put a choice into the URL."""
    choose_all({name: value})


def choose_all(changes: Mapping[str, object]) -> None:
    """In a callback: put choices into the URL; None takes a parameter out."""
    latest = st.session_state.get(HELD)
    held = dict(st.query_params.to_dict() if latest is None else latest)
    for name, value in changes.items():
        if value is None:
            held.pop(name, None)
        else:
            held[name] = str(value)
    _is_click.set(True)
    _hold(held)
    st.query_params.from_dict(held)


def heard() -> None:
    """The callback of a control that has nothing to say to the URL: its click makes no older address valid."""
    choose_all({})


def keep(name: str, value: str) -> None:
    """In a run: have the URL say what holds without it."""
    if parameters().get(name) != value and not is_overtaken():
        _hold({**parameters(), name: value})
        st.query_params[name] = value


def settle() -> None:
    """At the start of a run: find out which parameters hold, and show them in the browser's address.

    A link to the page on which it stands only sets them.
    """
    if not _is_click.get():
        _hold(st.query_params.to_dict())
    _is_click.set(False)
    if st.query_params:
        st.query_params.from_dict(parameters())


def _hold(held: Mapping[str, str]) -> None:
    st.session_state[HELD] = held
    _of_this_run.set(held)
