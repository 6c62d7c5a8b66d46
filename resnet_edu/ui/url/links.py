"""The URL is the state of a page: every choice is read from it and written back to it.

A browser sends its address with every click. With a slow line that address is older than the choice before, which
is still on its way back. So a session holds the parameters itself, and takes the browser's only with a message that
reports no click on one of our controls: a link, Back, an address typed in. Streamlit runs such a message in a thread
of its own (``fastReruns``), and the callbacks of what was clicked before anything else.
"""

from collections.abc import Mapping
from contextvars import ContextVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

HELD = "parameters of the URL"
ARRIVALS = "links followed"

_of_this_thread: ContextVar[Mapping[str, str] | None] = ContextVar("parameters that its runs read", default=None)


def parameters() -> Mapping[str, str]:
    """The URL's parameters; a run that has been overtaken by another still reads its own."""
    mine = _of_this_thread.get()
    if mine is None:
        mine = st.session_state.get(HELD)
        if mine is None or _is_from_outside():
            mine = st.query_params.to_dict()
            if mine != st.session_state.get(HELD):
                st.session_state[ARRIVALS] = arrivals() + 1
        _hold(mine)
    return mine


def arrivals() -> int:
    """How many links have been followed in this session; a click on a control is none."""
    count: int = st.session_state.get(ARRIVALS, 0)
    return count


def _is_from_outside() -> bool:
    """Whether this is the page's own run and no callback has asked before it: then none of our controls was clicked."""
    run = get_script_run_ctx()
    return run is not None and run.has_script_started and not run.fragment_ids_this_run


def is_overtaken() -> bool:
    """Whether a later run of this session has changed the parameters since this one read them."""
    held = st.session_state.get(HELD)
    return held is not None and parameters() is not held


def choose(name: str, value: object) -> None:
    """In a callback: put a choice into the URL."""
    choose_all({name: value})


def choose_all(changes: Mapping[str, object]) -> None:
    """In a callback: put choices into the URL; None takes a parameter out."""
    held = dict(st.session_state.get(HELD, parameters()))
    for name, value in changes.items():
        if value is None:
            held.pop(name, None)
        else:
            held[name] = str(value)
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


def keep_in_address() -> None:
    """Show the parameters in the browser's address: a link to the page on which it stands only sets them."""
    if parameters() or st.query_params:
        st.query_params.from_dict(parameters())


def leave() -> None:
    """Before ``st.switch_page``: the page to come reads the parameters that it is given."""
    _of_this_thread.set(None)


def _hold(held: Mapping[str, str]) -> None:
    st.session_state[HELD] = held
    _of_this_thread.set(held)
