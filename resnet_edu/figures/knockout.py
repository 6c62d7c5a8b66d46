"""The effect of deleting blocks, and how much gradient paths of each length carry."""

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from statistics import mean
from typing import Any

import plotly.graph_objects as go

from resnet_edu.colours import BLUE, GREEN, GREY, ORANGE
from resnet_edu.figures.palette import SMALL, TEXT, inked
from resnet_edu.measure.knockout import Knockout
from resnet_edu.measure.paths import PathGradients, Share
from resnet_edu.measure.reorder import Reordered

HEIGHT = 390
TITLE_WIDTH, WIDE_WIDTH = 26, 14
"""Letters, and Chinese characters, of an axis title that fit into one line on a phone in a lecture."""
CLAUSE = re.compile(r"(?<=[;；])\s*|(?=（)")
CHANCE = 0.9
"""The error of guessing among ten classes."""
BAND = 0.3
FAINT = 0.5
FINE = 2**12
"""With fewer paths than this, every power of ten on the axis is labelled; with more, every third."""
LOOK = {"residual": (BLUE, "circle"), "plain": (ORANGE, "diamond")}


def single_deletions(records: Sequence[tuple[str, str, Knockout]], axis: tuple[str, str], dark: bool) -> go.Figure:
    """Plot the test error after deleting one block; ``records`` are (kind, name for the reader, record)."""
    figure = go.Figure()
    for kind, name, record in records:
        colour, symbol = LOOK[kind]
        figure.add_scatter(
            x=[_place(name) for name in record.single],
            y=[error * 100 for error in record.single.values()],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 11, "symbol": symbol},
            hovertemplate="%{x}: %{y:.1f}%<extra></extra>",
        )
        figure.add_hline(y=record.error * 100, line={"color": colour, "width": 1.5, "dash": "dot"})
    return _errors(figure, axis, dark).update_xaxes(type="category", nticks=9, tickangle=0)


def _place(block: str) -> str:
    """Turn layer2.0 into 2.1, a label rather than a number."""
    stage, index = block.removeprefix("layer").split(".")
    return f"{stage}.{int(index) + 1}"


def several_deletions(records: Sequence[tuple[str, str, Knockout]], axis: tuple[str, str], dark: bool) -> go.Figure:
    """Plot the test error after deleting several blocks at random: mean, smallest and largest."""
    figure = go.Figure()
    for kind, name, record in records:
        colour, symbol = LOOK[kind]
        counts = [0, *record.several]
        errors = [(record.error,), *record.several.values()]
        means = [sum(each) / len(each) * 100 for each in errors]
        figure.add_scatter(
            x=counts,
            y=means,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 11, "symbol": symbol},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [max(each) * 100 - mean for each, mean in zip(errors, means, strict=True)],
                "arrayminus": [mean - min(each) * 100 for each, mean in zip(errors, means, strict=True)],
            },
            hovertemplate="%{x}: %{y:.1f}%<extra></extra>",
        )
    return _errors(figure, axis, dark)


def reordered(record: Reordered, names: tuple[str, str], axis: tuple[str, str], dark: bool) -> go.Figure:
    """Plot the test error of every drawn order by its rank correlation with the net's own, and each number's mean."""
    figure = go.Figure()
    every = [(swaps, drawn) for swaps, several in record.draws.items() for drawn in several]
    figure.add_scatter(
        x=[drawn.tau for _, drawn in every],
        y=[drawn.error * 100 for _, drawn in every],
        name=names[0],
        mode="markers",
        marker={"size": 8, "color": BLUE, "opacity": FAINT},
        customdata=[swaps for swaps, _ in every],
        hovertemplate="%{customdata}: τ = %{x:.2f}, %{y:.1f}%<extra></extra>",
    )
    figure.add_scatter(
        x=[1, *(mean(each.tau for each in several) for several in record.draws.values())],
        y=[record.error * 100, *(mean(each.error for each in several) * 100 for several in record.draws.values())],
        name=names[1],
        mode="lines+markers+text",
        text=["0", *map(str, record.draws)],
        textposition="top left",
        line={"color": BLUE, "width": 2.5},
        marker={"size": 11},
        hovertemplate="τ = %{x:.2f}: %{y:.1f}%<extra></extra>",
    )
    figure.add_hline(y=record.error * 100, line={"color": BLUE, "width": 1.5, "dash": "dot"})
    return _errors(figure, axis, dark).update_xaxes(autorange="reversed")


def path_lengths(paths: PathGradients, names: tuple[str, str, str], axis: tuple[str, str], dark: bool) -> go.Figure:
    """Plot by length, logarithmically: share of all paths, gradient of one path, and of all paths of that length.

    The bands are their 95% intervals.
    """
    total = 2**paths.blocks
    counted = {length: Share(*(count / total,) * 3) for length, count in paths.counts.items()}
    figure = go.Figure()
    for name, values, colour, dash in zip(
        names, (counted, paths.single, paths.lengthwise), (GREY, GREEN, BLUE), ("dot", "dash", "solid"), strict=True
    ):
        figure.add_scatter(
            x=[*values, *reversed(values)],
            y=[*(each.low for each in values.values()), *(each.high for each in reversed(values.values()))],
            mode="none",
            fill="toself",
            fillcolor=colour,
            opacity=BAND,
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=list(values),
            y=[each.mean for each in values.values()],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2.5, "dash": dash},
            marker={"size": 9},
            customdata=[(each.low, each.high) for each in values.values()],
            hovertemplate="%{x}: %{y:.2g} (%{customdata[0]:.2g} – %{customdata[1]:.2g})<extra></extra>",
        )
    return _framed(figure, axis, dark, {"type": "log", "exponentformat": "power", "dtick": 1 if total < FINE else 3})


def _errors(figure: go.Figure, axis: tuple[str, str], dark: bool) -> go.Figure:
    figure.add_hline(y=CHANCE * 100, line={"color": GREY, "width": 1.5, "dash": "dash"})
    return _framed(figure, axis, dark, {"range": [0, 100]})


def _wrapped(title: str) -> str:
    is_wide = any(unicodedata.east_asian_width(each) == "W" for each in title)
    width = WIDE_WIDTH if is_wide else TITLE_WIDTH
    return "<br>".join(line for clause in CLAUSE.split(title) for line in textwrap.wrap(clause, width))


def _framed(figure: go.Figure, axis: tuple[str, str], dark: bool, y: dict[str, Any]) -> go.Figure:
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 70, "r": 10, "t": 10, "b": 80},
        xaxis={"title": {"text": _wrapped(axis[0]), "font": {"size": TEXT}}, "tickfont": {"size": SMALL}},
        yaxis={"title": {"text": axis[1], "font": {"size": TEXT}}, **y},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)
