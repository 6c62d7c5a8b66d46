"""What answers a stream's frames: a page's run says it, under a name that only its own browser is told."""

import secrets
import threading
from collections.abc import Mapping
from typing import Any, Protocol
from weakref import WeakValueDictionary

import streamlit as st

NAME = "name of this session's stream"
VIEWER = "what answers this session's stream"


class Unreadable(Exception):
    """What came is no frame that our script sends."""


class StreamViewer(Protocol):
    """A page's setting for its stream; the next frame is answered by the newest one."""

    def look(self, content: bytes, slot: int) -> Mapping[str, Any]:
        """The answer to a frame, as JSON; raises ``Unreadable``. One frame is in each ``slot`` at a time."""


_viewers: WeakValueDictionary[str, StreamViewer] = WeakValueDictionary()
"""A session holds its own, which goes with it."""
_lock = threading.Lock()


def show(viewer: StreamViewer) -> str:
    """In a run: from now on this answers the session's stream. The name under which its browser sends frames."""
    name: str = st.session_state.setdefault(NAME, secrets.token_urlsafe(16))
    put(name, viewer)
    st.session_state[VIEWER] = viewer
    return name


def put(name: str, viewer: StreamViewer) -> None:
    """From now on this answers the frames that come under the name."""
    with _lock:
        _viewers[name] = viewer


def find(name: str) -> StreamViewer | None:
    """What answers those frames; None where no page has said so."""
    with _lock:
        return _viewers.get(name)
