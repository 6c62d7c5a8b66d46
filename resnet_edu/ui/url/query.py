"""The URL parameters a page accepts; a URL can contain anything, so every value is validated.

A parameter is declared once, with its name, its legal values and its default. The declaration reads the URL
(``Query``) and creates the control (``widgets``).
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import streamlit as st

from resnet_edu.ui.text.language import _, marks
from resnet_edu.ui.url.links import parameters

TOLD = "impossible values of which the reader knows"

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Parameter(Protocol[T_co]):
    """A parameter of the URL."""

    @property
    def name(self) -> str:
        """Name of the parameter in the URL."""

    @property
    def default(self) -> T_co:
        """Value if the URL does not give one."""

    def parse(self, text: str) -> tuple[T_co, bool]:
        """Return the legal value closest to the text, and whether the text gives exactly that value."""


@dataclass(frozen=True)
class OneOf(Generic[T]):
    """One of several values, written as by ``str``; anything else becomes the default."""

    name: str
    options: Iterable[T]
    default: T

    def parse(self, text: str) -> tuple[T, bool]:
        """Return the option, else the default."""
        for option in self.options:
            if str(option) == text:
                return option, True
        return self.default, False


@dataclass(frozen=True)
class Switch:
    """True or False, however that is written."""

    name: str
    default: bool = False

    def parse(self, text: str) -> tuple[bool, bool]:
        """Return what the text says, else the default."""
        value = {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
        return (self.default, False) if value is None else (value, True)


@dataclass(frozen=True)
class Nearest:
    """One of several numbers; any other number becomes the nearest of them."""

    name: str
    options: Sequence[int]
    default: int

    def parse(self, text: str) -> tuple[int, bool]:
        """Return the option nearest to the number."""
        number = _number(text)
        if math.isnan(number):
            return self.default, False
        nearest = min(self.options, key=lambda option: abs(option - number))
        return nearest, nearest == number


N = TypeVar("N", int, float)


@dataclass(frozen=True)
class Between(Generic[N]):
    """A number within bounds; an integer if the bounds are integers."""

    name: str
    low: N
    high: N
    default: N

    def parse(self, text: str) -> tuple[N, bool]:
        """Return the number, clamped to the bounds."""
        number = _number(text)
        if math.isnan(number):
            return self.default, False
        within = type(self.low)(min(max(number, self.low), self.high))
        return within, within == number


@dataclass(frozen=True)
class Several:
    """Several of the options, joined by commas in the given order; the default if none is valid."""

    name: str
    options: Collection[str]
    default: tuple[str, ...] = ()
    most: int | None = None

    def parse(self, text: str) -> tuple[tuple[str, ...], bool]:
        """Return the valid options among the names, without duplicates."""
        names = [name for name in text.split(",") if name]
        known = tuple(dict.fromkeys(name for name in names if name in self.options))[: self.most]
        return known or self.default, list(known) == names


@dataclass(frozen=True)
class NumberRow:
    """A row of numbers joined by commas, each clamped to its own bounds; integers where these are integers."""

    name: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    default: tuple[float, ...]

    def parse(self, text: str) -> tuple[tuple[float, ...], bool]:
        """Return the numbers, or the default if their count is wrong or one is not a number."""
        numbers = [_number(part) for part in text.split(",")]
        if len(numbers) != len(self.low) or any(map(math.isnan, numbers)):
            return self.default, False
        bounds = zip(numbers, self.low, self.high, strict=True)
        within = tuple(type(low)(min(max(number, low), high)) for number, low, high in bounds)
        return within, list(within) == numbers


class Query:
    """Reads values from the URL; an invalid one becomes the nearest legal one or the default, and is reported."""

    def __init__(self) -> None:
        self._mended: list[str] = []

    @property
    def mended(self) -> tuple[str, ...]:
        """Names of the values that had to be corrected."""
        return tuple(self._mended)

    def read(self, parameter: Parameter[T]) -> T:
        """Return the parameter's value."""
        text = parameters().get(parameter.name)
        if text is None:
            return parameter.default
        value, is_exact = parameter.parse(text)
        if not is_exact:
            self._mended.append(parameter.name)
        return value


def read(parameter: Parameter[T]) -> T:
    """Return a single value from the URL; if it is invalid, notify the reader once, wherever they are on the page."""
    query = Query()
    value = query.read(parameter)
    told = st.session_state.setdefault(TOLD, set())
    for name in query.mended:
        what = (name, parameters()[name])
        if what not in told:
            told.add(what)
            st.toast(_mended(query.mended), duration="long")
    return value


def note_mended(names: Collection[str]) -> None:
    """Tell the reader which values of the link were invalid."""
    if names:
        st.info(_mended(names))


def _mended(names: Collection[str]) -> str:
    return _(
        "The link asked for something impossible; the nearest possible value is shown: {names}",
        names=marks().listed(names),
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
