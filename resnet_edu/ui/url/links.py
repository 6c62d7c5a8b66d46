"""The URL is the state of a page: every choice is read from it and written back to it.

A browser sends its address with every click. On a slow connection that address may predate the previous choice, whose
answer is still on its way. So a session keeps the parameters itself and takes the browser's only from a message that
reports no click on one of our controls: a link, Back, a typed address. Streamlit runs such a message in a thread of
its own (``fastReruns``), and for a click it runs the callbacks before anything else.
"""

from collections.abc import Mapping
from contextvars import ContextVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

HELD = "parameters of the URL"
ARRIVALS = "links followed"
CLICKS = "clicks heard"
PAGE = "page whose address was kept"

_of_this_thread: ContextVar[Mapping[str, str] | None] = ContextVar("parameters that its runs read", default=None)


def parameters() -> Mapping[str, str]:
    """Return the URL's parameters; a run that a newer one has replaced keeps reading its own."""
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
    """Return how many links have been followed in this session; a click on a control does not count."""
    count: int = st.session_state.get(ARRIVALS, 0)
    return count


def _is_from_outside() -> bool:
    """Return whether the page runs without a callback before it: then none of our controls was clicked."""
    run = get_script_run_ctx()
    return run is not None and run.has_script_started and not run.fragment_ids_this_run


def is_overtaken() -> bool:
    """Return whether a later run of this session has changed the parameters since this one read them."""
    held = st.session_state.get(HELD)
    return held is not None and parameters() is not held


def choose(name: str, value: object) -> None:
    """Write a choice into the URL. Call it in a callback."""
    choose_all({name: value})


def choose_all(changes: Mapping[str, object]) -> None:
    """Write several choices into the URL; None removes a parameter. Call it in a callback."""
    held = dict(st.session_state.get(HELD, parameters()))
    for name, value in changes.items():
        if value is None:
            held.pop(name, None)
        else:
            held[name] = str(value)
    _hold(held)
    st.query_params.from_dict(held)


def heard() -> None:
    """Serve as callback of a control without a URL parameter: its click must not revert to an older address."""
    st.session_state[CLICKS] = clicks() + 1
    choose_all({})


def clicks() -> int:
    """Return how many such clicks there have been in this session."""
    count: int = st.session_state.get(CLICKS, 0)
    return count


def keep(name: str, value: str) -> None:
    """Write into the URL, during a run, a value that applies even without it."""
    if parameters().get(name) != value and not is_overtaken():
        _hold({**parameters(), name: value})
        st.query_params[name] = value


def keep_in_address() -> None:
    """Restore the parameters in the browser's address after a link to the current page, which only sets its own.

    A link to another page sets them itself. The browser, which still shows the page that is left, would note them as a
    setting of that one, and Back would lead there. Call it once ``st.navigation`` has said which page this is.
    """
    run = get_script_run_ctx()
    page = run.page_script_hash if run else ""
    is_another, st.session_state[PAGE] = st.session_state.get(PAGE) != page, page
    if is_another and parameters() == st.query_params.to_dict():
        return
    if parameters() or st.query_params:
        st.query_params.from_dict(parameters())


def leave() -> None:
    """Forget this thread's parameters before ``st.switch_page``, so that the next page reads the ones it is given."""
    _of_this_thread.set(None)


def _hold(held: Mapping[str, str]) -> None:
    st.session_state[HELD] = held
    _of_this_thread.set(held)
