"""Requests to the engine: the answer if it comes soon, else the reader's place in the queue."""

import logging
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

import streamlit as st

from resnet_edu.errors import UserError
from resnet_edu.ui.components.pane import keyed
from resnet_edu.ui.shared import turns
from resnet_edu.ui.shared.engines import engine, session_id
from resnet_edu.ui.text.language import _, explain
from resnet_edu.ui.url.links import heard
from resnet_edu.vision.engine.protocol import OwnNets, Superseded, Task, Ticket, TryLater

PATIENCE_SECONDS = 0.7
"""How long a reader waits before being told why."""
TOLD_SECONDS = 0.5
"""How often the status shown to the reader is refreshed."""
RUN_SECONDS = 3.0
"""How long a run of the page waits for an answer, which costs only a thread, before it goes on and polls: a poll is a
run, and many pollers slow each other down."""
TOGETHER_SECONDS = 1.0
"""How long a run waits for several long tasks, all together."""

T = TypeVar("T")

log = logging.getLogger(__name__)


def ask(task: Task[T] | OwnNets[T], panel: str, title: str = "", patience: float = PATIENCE_SECONDS) -> T | None:
    """Return the result if it is ready soon; else show the status and return None.

    Each panel of a page has one open request; a newer one replaces it. A ``title`` marks a long task: it has a
    progress bar with that title and can be stopped, and the page goes on after ``patience`` seconds.
    """
    panel = keyed(panel)
    held = f"ticket of {panel}"
    if st.session_state.get(f"stopped {held}") == task.key:
        _offer_again(held, title)
        return None
    pause = TryLater.seconds  # a full queue must not be asked again at once, endlessly
    try:
        ticket = _ticket(task, held, panel)
        with turns.aside():
            has_ended = ticket.wait(turns.patience(patience)) or (not title and _ends_soon(ticket))
        if has_ended:
            return ticket.result()
    except TryLater as reason:
        st.session_state.pop(held, None)
        st.info(explain(reason))
        pause = reason.seconds
    except Superseded:
        st.session_state.pop(held, None)
    except UserError as error:
        st.session_state.pop(held, None)
        st.error(explain(error))
        return None
    except Exception:  # our bug: full details to the log, a short message to the reader, and the page goes on
        st.session_state.pop(held, None)
        log.exception("A task failed")
        st.error(
            _(
                "That went wrong on our side. Choose the picture again; if it happens again, tell"
                " whoever runs this server."
            )
        )
        return None
    st.fragment(_wait, run_every=_poll_seconds(held))(held, title, time.monotonic() + pause)
    return None


def ask_each(
    panel: str, tasks: Mapping[str, Task[T]], title: Callable[[str], str], known: Iterable[str] = ()
) -> dict[str, T | None]:
    """Ask for long tasks by name; returns each one's result, or None while it is computed.

    Those of the ``known`` names that are not asked for are withdrawn.
    """
    for name in known:
        if name not in tasks:
            forget(f"{panel} {name}")
    until = time.monotonic() + TOGETHER_SECONDS
    return {
        name: ask(task, f"{panel} {name}", title(name), max(0.05, until - time.monotonic()))
        for name, task in tasks.items()
    }


def forget(panel: str) -> None:
    """Withdraw the panel's request because nobody looks at the panel any more."""
    known: tuple[Hashable, Ticket[Any]] | None = st.session_state.pop(f"ticket of {keyed(panel)}", None)
    if known is not None:
        known[1].stop()


def _ticket(task: Task[T] | OwnNets[T], held: str, panel: str) -> Ticket[T]:
    """Return the session's ticket for this task; a rerun of the page does not queue it twice."""
    known: tuple[Hashable, Ticket[T]] | None = st.session_state.get(held)
    if known is None or known[0] != task.key:
        known = (task.key, engine().submit(task, f"{session_id()} {panel}"))
        st.session_state[held] = known
    return known[1]


def _ends_soon(ticket: Ticket[Any]) -> bool:
    """Show the reader the status while waiting; False if the answer takes too long for this run of the page."""
    told = st.empty()
    until = time.monotonic() + RUN_SECONDS
    while time.monotonic() < until:
        told.info(_state(ticket))  # a newer run of the session ends this one here
        if ticket.wait(TOLD_SECONDS):
            break
    told.empty()
    return ticket.wait(0)


def _poll_seconds(held: str) -> float:
    known: tuple[Hashable, Ticket[Any]] | None = st.session_state.get(held)
    return turns.between_news(known[1].place if known else 0)


def _state(ticket: Ticket[Any]) -> str:
    if place := ticket.place:
        return _("In line: {place} before you. The answer appears here by itself.", place=place)
    return _("The net is at work.")


def _wait(held: str, title: str, earliest: float) -> None:
    known: tuple[Hashable, Ticket[Any]] | None = st.session_state.get(held)
    if known is None or known[1].wait(0):
        if time.monotonic() > earliest:
            st.rerun()
        return
    text = _state(known[1])
    if not title:
        st.info(text)
        return
    bar, button = st.columns([5, 1], vertical_alignment="center")
    bar.progress(known[1].progress, f"{title} · {text}")
    if button.button(_("Stop"), key=f"stop {held}", on_click=heard):
        st.session_state[f"stopped {held}"] = known[0]
        known[1].stop()
        st.rerun()


def _offer_again(held: str, title: str) -> None:
    """Offer to restart a task that the reader has stopped; it does not restart by itself."""
    text, button = st.columns([5, 1], vertical_alignment="center")
    stopped = _("Stopped.")
    text.info(f"{title} · {stopped}" if title else stopped)
    button.button(_("Compute it"), key=f"again {held}", on_click=_resume, args=(held,))


def _resume(held: str) -> None:
    heard()
    st.session_state.pop(f"stopped {held}", None)
