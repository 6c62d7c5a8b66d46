"""The URL parameters a page accepts; a URL can contain anything, so every value is validated.

A parameter is declared once, with its name, its legal values and its default. The declaration reads the URL
and creates the control (``widgets``).
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import streamlit as st

from resnet_edu.ui.text.language import _, marks
from resnet_edu.ui.url.links import choose_all, is_overtaken, parameters

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
        within = min(max(number, min(self.options)), max(self.options))
        nearest = min(self.options, key=lambda option: abs(option - within))
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


def read(parameter: Parameter[T]) -> T:
    """Return the parameter's value; for an invalid one the nearest legal one or the default, which ``tell`` reports."""
    text = parameters().get(parameter.name)
    if text is None:
        return parameter.default
    value, is_exact = parameter.parse(text)
    if not is_exact:
        _mended()[parameter.name] = text, None if value == parameter.default else _written(value)
    return value


def label(name: str, text: str) -> None:
    """Remember what the reader calls the parameter of that name."""
    _labels()[name] = text


def begin() -> None:
    """Forget what an earlier run has read. Call it before anything is read."""
    _mended().clear()


def tell() -> None:
    """Correct the invalid values in the address, and tell the reader, wherever they are on the page."""
    found = _mended()
    if not found or is_overtaken():
        return
    choose_all({name: value for name, (text, value) in found.items() if parameters().get(name) == text})
    names = [_labels().get(name) or _("“{name}” in the address", name=name) for name in found]
    said = _("Impossible in the link, so corrected: {names}", names=marks().listed(dict.fromkeys(names)))
    st.toast(said, duration="infinite")


def _mended() -> dict[str, tuple[str, str | None]]:
    """Return the invalid values that this session has read, each with what replaces it."""
    mended: dict[str, tuple[str, str | None]] = st.session_state.setdefault("invalid values of the link", {})
    return mended


def _labels() -> dict[str, str]:
    labels: dict[str, str] = st.session_state.setdefault("labels of parameters", {})
    return labels


def _written(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
