"""Accuracy on parts of pictures, and over scales."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from resnet_edu.colours import BLUE, GREEN, GREY, ORANGE
from resnet_edu.figures.intervals import WithInterval, add_line
from resnet_edu.figures.palette import SMALL, inked

HEIGHT = 430
LOOKS = ((BLUE, "solid", "circle"), (ORANGE, "dash", "diamond"))
DASHES = ("solid", "dash", "dot")


def part_lines(
    lines: Mapping[str, Sequence[WithInterval]],
    radii: Mapping[int, str],
    whole: tuple[str, float],
    axes: tuple[str, str],
    dark: bool,
) -> go.Figure:
    """Plot accuracy by radius, with intervals; ``radii`` have the labels of the axis, ``whole`` a level's name too."""
    figure = go.Figure()
    for (name, points), look in zip(lines.items(), LOOKS, strict=True):
        add_line(figure, name, list(radii), points, look)
    _level(figure, *whole, (min(radii), max(radii)), GREY, "dot")
    ticks = {"tickvals": list(radii), "ticktext": list(radii.values())}
    return _laid_out(figure, axes, dark).update_xaxes(**ticks)


def scale_lines(
    line: tuple[str, Mapping[float, WithInterval]],
    averages: Mapping[float, tuple[str, float]],
    axes: tuple[str, str],
    dark: bool,
) -> go.Figure:
    """Plot accuracy by scale, with intervals, and averages as levels from 1 / factor to factor."""
    figure = go.Figure()
    name, points = line
    add_line(figure, name, list(points), list(points.values()), LOOKS[0])
    for (factor, level), dash in zip(averages.items(), DASHES, strict=True):
        _level(figure, *level, (1 / factor, factor), GREEN, dash)
    ticks = {"tickvals": list(points), "ticktext": [f"{scale:g}" for scale in points]}
    return _laid_out(figure, axes, dark).update_xaxes(type="log", **ticks)


def _level(figure: go.Figure, name: str, share: float, ends: tuple[float, float], colour: str, dash: str) -> None:
    figure.add_scatter(
        x=ends,
        y=(share, share),
        name=name,
        mode="lines",
        line={"color": colour, "width": 3, "dash": dash},
        hovertemplate="%{y:.1%}<extra></extra>",
    )


def _laid_out(figure: go.Figure, axes: tuple[str, str], dark: bool) -> go.Figure:
    across, up = axes
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 70, "r": 10, "t": 10, "b": 100},
        xaxis={"title": {"text": across}, "tickfont": {"size": SMALL}, "tickangle": 0},
        yaxis={"title": {"text": up}, "tickformat": ".0%", "rangemode": "tozero"},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)
