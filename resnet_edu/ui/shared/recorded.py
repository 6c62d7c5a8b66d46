"""Records of a net: shown only if they were made with the weights that are here, not others of the same name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import streamlit as st

from resnet_edu.nets.card import sha256_of
from resnet_edu.paths import is_readable
from resnet_edu.vision.catalogue import Net


class OfWeights(Protocol):
    """A record with the SHA-256 of the weights that it was made with."""

    @property
    def weights(self) -> str:
        """As of ``sha256_of``."""


RecordT = TypeVar("RecordT", bound=OfWeights)


def record_of(net: Net, path: Path, load: Callable[[Path], RecordT]) -> RecordT | None:
    """Return the record at ``path``, or None if there is none that was made with the net's weights."""
    if not is_readable(path) or not is_readable(net.path):
        return None
    record: RecordT = _read(path, path.stat().st_mtime_ns, load)
    return record if record.weights == _sha256(net.path, net.changed) else None


@st.cache_resource(show_spinner=False, max_entries=32)
def _read(path: Path, changed: int, _load: Callable[[Path], Any]) -> Any:
    """Read the file once for each of its versions."""
    return _load(path)


@st.cache_resource(show_spinner=False, max_entries=32)
def _sha256(path: Path, changed: int) -> str:
    """Hash the file once for each of its versions."""
    return sha256_of(path)
