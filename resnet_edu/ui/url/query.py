"""What a page can be asked for in its URL, where anything may stand.

A parameter is declared once, with its name, what it may be and what it is when nothing is said. The declaration
reads the URL (``Query``) and makes the control (``widgets``).
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import streamlit as st

from resnet_edu.ui.text.language import _
from resnet_edu.ui.url.links import parameters

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Parameter(Protocol[T_co]):
    """A parameter of the URL."""

    @property
    def name(self) -> str:
        """Its name in the URL."""

    @property
    def default(self) -> T_co:
        """What it is when the URL says nothing."""

    def parse(self, text: str) -> tuple[T_co, bool]:
        """The legal value nearest to the text, and whether the text says exactly that."""


@dataclass(frozen=True)
class OneOf(Generic[T]):
    """One of a few values, written as ``str`` writes them; anything else becomes the default."""

    name: str
    options: Iterable[T]
    default: T

    def parse(self, text: str) -> tuple[T, bool]:
        """The option, else the default."""
        for option in self.options:
            if str(option) == text:
                return option, True
        return self.default, False


def switch(name: str, *, default: bool = False) -> OneOf[bool]:
    """True or False, written like this."""
    return OneOf(name, (False, True), default)


@dataclass(frozen=True)
class Nearest:
    """One of a few numbers; another one becomes the nearest of them."""

    name: str
    options: Sequence[int]
    default: int

    def parse(self, text: str) -> tuple[int, bool]:
        """The option nearest to the number."""
        number = _number(text)
        if math.isnan(number):
            return self.default, False
        nearest = min(self.options, key=lambda option: abs(option - number))
        return nearest, nearest == number


N = TypeVar("N", int, float)


@dataclass(frozen=True)
class Between(Generic[N]):
    """A number within bounds, whole if they are."""

    name: str
    low: N
    high: N
    default: N

    def parse(self, text: str) -> tuple[N, bool]:
        """The number, moved into the bounds."""
        number = _number(text)
        if math.isnan(number):
            return self.default, False
        within = type(self.low)(min(max(number, self.low), self.high))
        return within, within == number


@dataclass(frozen=True)
class Several:
    """Some of the options, joined by commas and in the order given; the default when none of them is left."""

    name: str
    options: Collection[str]
    default: tuple[str, ...] = ()
    most: int | None = None

    def parse(self, text: str) -> tuple[tuple[str, ...], bool]:
        """The options among the names, each once."""
        names = [name for name in text.split(",") if name]
        known = tuple(dict.fromkeys(name for name in names if name in self.options))[: self.most]
        return known or self.default, list(known) == names


@dataclass(frozen=True)
class Row:
    """A few numbers joined by commas, each moved into its own bounds; whole where these are."""

    name: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    default: tuple[float, ...]

    def parse(self, text: str) -> tuple[tuple[float, ...], bool]:
        """The numbers, or the default where there are more or fewer of them, or one is none."""
        numbers = [_number(part) for part in text.split(",")]
        if len(numbers) != len(self.low) or any(map(math.isnan, numbers)):
            return self.default, False
        bounds = zip(numbers, self.low, self.high, strict=True)
        within = tuple(type(low)(min(max(number, low), high)) for number, low, high in bounds)
        return within, list(within) == numbers


class Query:
    """Values from the URL; a bad one becomes the default or the nearest possible one, and is named."""

    def __init__(self) -> None:
        self._mended: list[str] = []

    @property
    def mended(self) -> tuple[str, ...]:
        """The names of the values that had to be changed."""
        return tuple(self._mended)

    def read(self, parameter: Parameter[T]) -> T:
        """The parameter's value."""
        text = parameters().get(parameter.name)
        if text is None:
            return parameter.default
        value, is_exact = parameter.parse(text)
        if not is_exact:
            self._mended.append(parameter.name)
        return value


def read(parameter: Parameter[T]) -> T:
    """A single value from the URL; a bad one is corrected silently."""
    return Query().read(parameter)


def note_mended(names: Collection[str]) -> None:
    """Tell the reader which values of the link were impossible."""
    if names:
        st.info(
            _(
                "The link asked for something impossible; the nearest possible value is shown: {names}",
                names=", ".join(names),
            )
        )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
