"""The heavy libraries come behind the first page."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from resnet_edu.ui.text.language import _

_is_loaded = threading.Event()
_importing = threading.Lock()


def load() -> None:
    """Import the heavy libraries, one thread at a time.

    torchvision's modules import each other in a circle: two threads that enter it at different
    places find half of a module, and fail. Every page calls this before its own imports.
    """
    with _importing:
        import torchvision  # noqa: F401  # both are only needed in memory here

        _is_loaded.set()


@contextmanager
def loading() -> Iterator[None]:
    """Around a page's imports of what needs torch: the first visitor may come before it is in."""
    if _is_loaded.is_set():  # for most readers; a spinner costs a thread
        yield
        return
    with st.spinner(_("The networks are being loaded.")):
        load()
        yield
