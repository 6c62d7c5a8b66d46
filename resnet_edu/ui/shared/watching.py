"""Live measurements: redrawn as results arrive, with progress and a way to stop them."""

import logging
from collections.abc import Callable
from typing import Any, Protocol

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.ui.text.language import _

MEASURED = mark("Measured here and now: {done} of {all}")
POLL_SECONDS = 0.8

log = logging.getLogger(__name__)


class Growing(Protocol):
    """A measurement in the background that ends with ``count`` results."""

    results: dict[int, Any]
    count: int
    error: BaseException | None

    @property
    def is_running(self) -> bool:
        """Whether more results are on their way."""

    def stop(self) -> None:
        """Stop measuring."""

    def look(self) -> None:
        """Note that somebody is watching, so that it is worth going on."""


def watch(measurement: Growing, draw: Callable[[dict[int, Any]], None], key: str, *, progress: str = MEASURED) -> None:
    """Draw the results in order; while more arrive, redraw them without running the page.

    ``progress``, a source string, says how many of what are ``{done}`` and how many there are in ``{all}``.
    """
    if measurement.error:
        tell(measurement.error)
    running = measurement.is_running
    st.fragment(_look, run_every=POLL_SECONDS if running else None)(measurement, draw, key, progress, running)


def _look(measurement: Growing, draw: Callable[[dict[int, Any]], None], key: str, progress: str, polled: bool) -> None:
    measurement.look()
    running = measurement.is_running
    results = measurement.results  # read last, so that a measurement that has just ended is shown complete
    if polled and not running:
        st.rerun()  # ends the polling
    if results:
        draw(dict(sorted(results.items())))
    if not running:
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    text = _(progress, done=len(results), all=measurement.count)
    left.progress(len(results) / measurement.count, text)
    if right.button(_("Stop"), key=f"stop-{key}"):
        measurement.stop()
        st.session_state[f"stopped {key}"] = True
        st.rerun()


def was_stopped_here(key: str) -> bool:
    """Return whether this session has stopped the measurement; another reader's Stop is not ours."""
    return bool(st.session_state.get(f"stopped {key}"))


def go_on(key: str) -> None:
    """Forget that this session has stopped the measurement."""
    st.session_state.pop(f"stopped {key}", None)


def tell(error: BaseException) -> None:
    """Handle a bug of ours: full details to the log, a short message to the reader, and the page goes on."""
    log.error("A measurement failed", exc_info=error)
    st.error(
        _(
            "That measurement went wrong on our side. Choose another setting; if it happens again,"
            " tell whoever runs this server."
        )
    )
