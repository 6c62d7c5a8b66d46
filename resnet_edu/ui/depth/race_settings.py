"""The race's settings, kept in the URL, and their controls."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.fully_connected import LinearStart
from resnet_edu.training.points import PointSet
from resnet_edu.training.race import DEPTHS, RaceSpec
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import choose_all
from resnet_edu.ui.url.query import Between, Nearest, OneOf, Parameter, read

DEFAULT = RaceSpec()
WIDTHS = (4, 8, 16, 32, 64)
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
SEEDS = range(10_000)

NAMES: dict[Any, str] = {
    PointSet.SPIRAL: mark("spiral"),
    PointSet.RINGS: mark("rings"),
    PointSet.MOONS: mark("moons"),
    PointSet.DIGITS: mark("handwritten digits"),
    Normalisation.NONE: mark("none"),
    Normalisation.BATCH: mark("batch"),
    LinearStart.TORCH: mark("PyTorch's default"),
    LinearStart.HE: "He",
}


@dataclass(frozen=True)
class ChosenRace:
    """The race in the URL."""

    spec: RaceSpec


def parameter(field: str) -> str:
    """Return the URL parameter of a field of the specification."""
    return f"race_{field.removeprefix('learning_')}"


POINTS = OneOf(parameter("points"), PointSet, DEFAULT.points)
DEPTH = Nearest(parameter("depth"), DEPTHS, DEFAULT.depth)
WIDTH = Nearest(parameter("width"), WIDTHS, DEFAULT.width)
RATE = OneOf(parameter("learning_rate"), RATES, DEFAULT.learning_rate)
NORMALISATION = OneOf(parameter("normalisation"), Normalisation, DEFAULT.normalisation)
START = OneOf(parameter("start"), LinearStart, DEFAULT.start)
SEED = Between(parameter("seed"), SEEDS.start, SEEDS.stop - 1, DEFAULT.seed)


def choose_spec(spec: RaceSpec) -> None:
    """Write a race into the URL, leaving out default values."""
    names = [field.name for field in fields(RaceSpec)]
    values = {name: getattr(spec, name) for name in names}
    choose_all({parameter(name): None if values[name] == getattr(DEFAULT, name) else values[name] for name in names})


def chosen() -> ChosenRace:
    """Read the race from the URL, correcting invalid values."""
    spec = RaceSpec(
        points=read(POINTS),
        depth=read(DEPTH),
        width=read(WIDTH),
        learning_rate=read(RATE),
        normalisation=read(NORMALISATION),
        start=read(START),
        seed=read(SEED),
    )
    return ChosenRace(spec)


def choose_details(now: RaceSpec) -> None:
    """Show a row with a control for each setting except the seed."""
    columns = iter(st.columns([9, 13, 6, 8, 8, 10], vertical_alignment="bottom"))
    _select(next(columns), POINTS, _("Points to learn"), PointSet, now.points)
    with next(columns):
        widgets.slider(DEPTH, now.depth, _("Layers of each net"))
    _select(next(columns), WIDTH, _("Width"), WIDTHS, now.width)
    _select(next(columns), RATE, _("Learning rate"), RATES, now.learning_rate)
    _select(next(columns), NORMALISATION, _("Normalisation"), Normalisation, now.normalisation)
    _select(next(columns), START, _("First weights"), LinearStart, now.start)


def name_of(value: Any) -> str:
    """Return an option's name in the reader's language."""
    return _(NAMES[value]) if value in NAMES else str(value)


def _select(column: Any, parameter: Parameter[Any], label: str, options: Iterable[Any], value: Any) -> None:
    with column:
        titles = {option: name_of(option) for option in options}
        widgets.select(parameter, value, label, titles, filter_mode=None)
