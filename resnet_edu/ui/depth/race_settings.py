"""The setting of the race: the URL holds it, its controls change it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.fully_connected import LinearStart
from resnet_edu.training.points import PointSet
from resnet_edu.training.race import DEPTHS, RaceSpec
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url.links import choose
from resnet_edu.ui.url.query import Query

DEFAULT = RaceSpec()
WIDTHS = (4, 8, 16, 32, 64)
RATES = ("0.0003", "0.001", "0.003", "0.01", "0.03", "0.1")
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
    """What the URL asks for; ``mended`` names bad values."""

    spec: RaceSpec
    mended: tuple[str, ...]


def parameter(field: str) -> str:
    """The URL's name for a field of the specification."""
    return f"race_{field.removeprefix('learning_')}"


def choose_spec(spec: RaceSpec) -> None:
    """Put a race into the URL; what is the default is left out."""
    for field in fields(RaceSpec):
        value = getattr(spec, field.name)
        if value == getattr(DEFAULT, field.name):
            st.query_params.pop(parameter(field.name), None)
        else:
            choose(parameter(field.name), str(value))


def chosen() -> ChosenRace:
    """Read the URL; a bad value becomes the nearest legal one or the default, and is named."""
    query = Query()
    spec = RaceSpec(
        points=query.option(parameter("points"), PointSet, DEFAULT.points),
        depth=query.number(parameter("depth"), DEFAULT.depth, DEPTHS),
        width=query.number(parameter("width"), DEFAULT.width, WIDTHS),
        learning_rate=float(query.text(parameter("learning_rate"), RATES, str(DEFAULT.learning_rate))),
        normalisation=query.option(parameter("normalisation"), Normalisation, DEFAULT.normalisation),
        start=query.option(parameter("start"), LinearStart, DEFAULT.start),
        seed=int(query.between(parameter("seed"), DEFAULT.seed, SEEDS.start, SEEDS.stop - 1, whole=True)),
    )
    return ChosenRace(spec, query.mended)


def choose_all(now: RaceSpec) -> None:
    """A control for everything but the seed, in a row."""
    columns = iter(st.columns([9, 13, 6, 8, 8, 10], vertical_alignment="bottom"))
    _select(next(columns), "points", _("Points to learn"), list(PointSet), now.points)
    with next(columns):
        _slider("depth", _("Layers of each net"), DEPTHS, now.depth)
    _select(next(columns), "width", _("Width"), WIDTHS, now.width)
    _select(next(columns), "learning_rate", _("Learning rate"), RATES, str(now.learning_rate))
    _select(next(columns), "normalisation", _("Normalisation"), list(Normalisation), now.normalisation)
    _select(next(columns), "start", _("First weights"), list(LinearStart), now.start)


def name_of(value: Any) -> str:
    """An option's name in the reader's language."""
    return _(NAMES[value]) if value in NAMES else str(value)


def _select(column: Any, field: str, label: str, options: Sequence[Any], value: Any) -> None:
    key = parameter(field)
    st.session_state[key] = value
    titles = {option: name_of(option) for option in options}
    column.selectbox(
        label, options, format_func=titles.__getitem__, key=key, on_change=_remember, args=(key,), filter_mode=None
    )


def _slider(field: str, label: str, options: Sequence[int], value: int) -> None:
    key = parameter(field)
    st.session_state[key] = value
    step = options[1] - options[0]
    st.slider(label, options[0], options[-1], step=step, key=key, on_change=_remember, args=(key,))


def _remember(key: str) -> None:
    choose(key, str(st.session_state[key]))
