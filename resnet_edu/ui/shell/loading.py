"""Imports the heavy libraries after the first page has been sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from resnet_edu.ui.text.language import _

_is_loaded = threading.Event()
_importing = threading.Lock()


def load() -> None:
    """Import the heavy libraries, one thread at a time.

    torchvision's modules import each other in a circle, so two threads that enter it at different places would see
    half-initialised modules and fail. Every page calls this before its own imports.
    """
    with _importing:
        import torchvision  # noqa: F401  # imported only to have it, and with it torch, in memory

        _is_loaded.set()


@contextmanager
def loading() -> Iterator[None]:
    """Wrap a page's imports that need torch; the first visitor may arrive before it has loaded."""
    if _is_loaded.is_set():  # true for most readers; a spinner costs a thread
        yield
        return
    with st.spinner(_("The networks are being loaded.")):
        load()
        yield
