"""Reading a page's setting out of its URL, where anything may stand."""

import math
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import TypeVar

import streamlit as st

from resnet_edu.ui.text.language import _
from resnet_edu.ui.url.links import is_unknown, linked

E = TypeVar("E", bound=StrEnum)


class Query:
    """Values from the URL; a bad one becomes the default or the nearest possible one, and is named."""

    def __init__(self) -> None:
        self._mended: list[str] = []

    @property
    def mended(self) -> tuple[str, ...]:
        """The names of the values that had to be changed."""
        return tuple(self._mended)

    def text(self, name: str, options: Collection[str], default: str) -> str:
        """One of the options."""
        if is_unknown(name, options):
            self._mended.append(name)
        return linked(name, options, default)

    def option(self, name: str, kind: type[E], default: E, without: E | None = None) -> E:
        """A value of an enumeration, ``without`` excepted."""
        return kind(self.text(name, [each for each in kind if each is not without], default))

    def switch(self, name: str) -> bool:
        """True or False, written like this."""
        return self.text(name, ("False", "True"), "False") == "True"

    def number(self, name: str, default: int, options: Sequence[int]) -> int:
        """The option nearest to the number."""
        value = self._parsed(name, default)
        nearest = min(options, key=lambda option: abs(option - value))
        if nearest != value:
            self._mended.append(name)
        return nearest

    def between(self, name: str, default: float, low: float, high: float, *, whole: bool = False) -> float:
        """The number within the bounds."""
        value = self._parsed(name, default)
        within = min(max(value, low), high)
        mended = float(int(within)) if whole else within
        if mended != value:
            self._mended.append(name)
        return mended

    def _parsed(self, name: str, default: float) -> float:
        try:
            value = float(st.query_params.get(name, default))
        except ValueError:
            value = math.nan
        if math.isnan(value):
            self._mended.append(name)
            return default
        return value


def note_mended(names: Collection[str]) -> None:
    """Tell the reader which values of the link were impossible."""
    if names:
        st.info(
            _(
                "The link asked for something impossible; the nearest possible value is shown: {names}",
                names=", ".join(names),
            )
        )
