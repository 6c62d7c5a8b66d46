"""Values from the URL: a bad one becomes the nearest legal one, and its name is noted."""

import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import streamlit as st

from resnet_edu.ui.links import is_unknown, linked


def option(name: str, kind: type[StrEnum], default: Any, mended: list[str]) -> Any:
    """One of an enumeration's values."""
    if is_unknown(name, list(kind)):
        mended.append(name)
    return kind(linked(name, list(kind), default))


def nearest(name: str, default: int, options: Sequence[int], mended: list[str]) -> int:
    """The option nearest to the number in the URL."""
    value = _parsed(name, default, float, mended)
    found = min(options, key=lambda each: abs(each - value))
    if found != value:
        mended.append(name)
    return found


def between(
    name: str, default: float, bounds: tuple[float, float], kind: Callable[[float], Any], mended: list[str]
) -> Any:
    """The number in the URL, kept within its bounds; ``kind`` is int or float."""
    value = _parsed(name, default, float, mended)
    within = min(max(value, bounds[0]), bounds[1])
    if within != value or kind(within) != within:
        mended.append(name)
    return kind(within)


def _parsed(name: str, default: float, kind: Callable[[str], float], mended: list[str]) -> float:
    text = st.query_params.get(name)
    if text is None:
        return default
    try:
        value = kind(text)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        mended.append(name)
        return default
    return value
