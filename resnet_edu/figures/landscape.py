"""The loss around two nets: surfaces that turn together, and one line through each."""

import math
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_edu.figures.palette import BLUE, GRID, INK, ORANGE, SMALL, inked
from resnet_edu.measure.landscape import Landscape
from resnet_edu.nets.cifar import Family

CAP = 10.0
"""A larger loss is drawn as this one."""
TICKS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
LEVELS = 4
"""Contour lines for each power of ten."""
BELOW = 0.5
"""How far under the lowest loss the contours lie, as a share of the drawn range."""
TURN = 10
"""Degrees from one step of the slider to the next."""
FIRST_TURN = 40
HEIGHT, LINES_HEIGHT = 560, 360
LOOK = {Family.PLAIN: (ORANGE, "diamond"), Family.RESIDUAL: (BLUE, "circle")}

Pair = Mapping[Family, Landscape]
"""A plain and a residual net of one depth."""


def surfaces(
    pair: Pair, seed: int, names: Mapping[Family, str], words: tuple[str, str, str, str], dark: bool
) -> go.Figure:
    """Both nets' loss over the plane of two directions, in one colour scale, logarithmic and capped.

    ``words`` are those for the loss, for both directions' axes, and for the slider that turns both scenes at once.
    """
    loss, *axes, turn = words
    figure = make_subplots(1, 2, specs=[[{"type": "surface"}] * 2], horizontal_spacing=0.02)
    heights = {family: _heights(recorded, seed) for family, recorded in pair.items()}
    lowest = min(min(map(min, rows)) for rows in heights.values())
    highest = max(max(map(max, rows)) for rows in heights.values())
    for column, (family, recorded) in enumerate(pair.items(), 1):
        figure.add_trace(_surface(recorded, seed, heights[family], (lowest, highest)), 1, column)
    ticks = _ticks(lowest, highest)
    scene = _scene((loss, *axes), ticks, (lowest - BELOW * (highest - lowest), highest), dark)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 36, "b": 90},
        scene={**scene, "domain": {"x": [0, 0.44], "y": [0, 1]}},
        scene2={**scene, "domain": {"x": [0.44, 0.88], "y": [0, 1]}},
        coloraxis={
            "colorscale": "Viridis",
            "cmin": lowest,
            "cmax": highest,
            "colorbar": {"title": {"text": loss, "side": "right"}, "len": 0.85, "x": 0.9, **ticks},
        },
        sliders=[_turning(turn)],
        annotations=[_title(names[family], x, LOOK[family][0]) for family, x in zip(pair, (0.22, 0.66), strict=True)],
    )
    return inked(figure, dark)


def loss_lines(
    pair: Pair, seed: int, names: Mapping[Family, str], words: tuple[str, str, str], dark: bool
) -> go.Figure:
    """Both nets' loss and error along the first direction alone; ``words`` are those of the axis and of both."""
    along, loss, error = words
    figure = make_subplots(1, 2, horizontal_spacing=0.12)
    for family, recorded in pair.items():
        colour, symbol = LOOK[family]
        line = recorded.line(seed)
        for column, values in ((1, line.losses), (2, [100 * each for each in line.errors])):
            figure.add_scatter(
                x=recorded.coordinates,
                y=values,
                name=names[family],
                mode="lines+markers",
                line={"color": colour, "width": 2.5},
                marker={"size": 7, "symbol": symbol},
                showlegend=column == 1,
                hovertemplate="%{x:.2f}: %{y:.3g}<extra></extra>",
                row=1,
                col=column,
            )
    inked(figure, dark)
    axis = {"gridcolor": GRID["dark" if dark else "light"], "zeroline": False, "tickfont": {"size": SMALL}}
    figure.update_xaxes(title={"text": along}, fixedrange=True, **axis)
    figure.update_yaxes(fixedrange=True, **axis)
    figure.update_layout(
        height=LINES_HEIGHT,
        dragmode=False,
        margin={"l": 70, "r": 10, "t": 10, "b": 60},
        yaxis={"type": "log", "title": {"text": loss}},
        yaxis2={"range": [0, 100], "title": {"text": error}},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


def _heights(recorded: Landscape, seed: int) -> list[list[float]]:
    """The losses' powers of ten; what is no number lies at the cap."""
    return [[math.log10(min(CAP, loss)) for loss in row.losses] for row in recorded.slices[seed]]


def _surface(recorded: Landscape, seed: int, heights: list[list[float]], drawn: tuple[float, float]) -> go.Surface:
    rows = recorded.slices[seed]
    return go.Surface(
        x=recorded.coordinates,
        y=recorded.coordinates,
        z=heights,
        text=[
            [f"{loss:.3g} · {error:.0%}" for loss, error in zip(row.losses, row.errors, strict=True)] for row in rows
        ],
        hovertemplate="%{x:.2f}, %{y:.2f}: %{text}<extra></extra>",
        coloraxis="coloraxis",
        contours={
            "z": {
                "show": True,
                "usecolormap": True,
                "project": {"z": True},
                "start": math.floor(drawn[0]),
                "end": drawn[1],
                "size": 1 / LEVELS,
            }
        },
        lighting={"ambient": 0.8, "diffuse": 0.5, "specular": 0.05},
    )


def _ticks(lowest: float, highest: float) -> dict[str, list[Any]]:
    shown = [tick for tick in TICKS if lowest <= math.log10(tick) <= highest]
    return {
        "tickvals": [math.log10(tick) for tick in shown],
        "ticktext": [f"≥ {tick:g}" if tick == CAP else f"{tick:g}" for tick in shown],
    }


def _scene(
    titles: tuple[str, ...], ticks: dict[str, list[Any]], heights: tuple[float, float], dark: bool
) -> dict[str, Any]:
    theme = "dark" if dark else "light"
    axis = {
        "gridcolor": GRID[theme],
        "color": INK[theme],
        "showbackground": False,
        "showspikes": False,
        "tickfont": {"size": SMALL - 2},
    }
    loss, first, second = titles
    return {
        "xaxis": {**axis, "title": {"text": first}, "nticks": 3},
        "yaxis": {**axis, "title": {"text": second}, "nticks": 3},
        "zaxis": {**axis, "title": {"text": loss}, "range": list(heights), **ticks},
        "aspectmode": "manual",
        "aspectratio": {"x": 1, "y": 1, "z": 0.9},
        "camera": _camera(FIRST_TURN),
        "dragmode": False,
    }


def _camera(degrees: float) -> dict[str, Any]:
    turned = math.radians(degrees)
    return {
        "eye": {"x": 1.5 * math.cos(turned), "y": 1.5 * math.sin(turned), "z": 0.85},
        "center": {"x": 0, "y": 0, "z": -0.12},
    }


def _turning(label: str) -> dict[str, Any]:
    """A slider that moves both cameras, in the browser alone."""
    angles = [(FIRST_TURN + step) % 360 for step in range(0, 361, TURN)]
    return {
        "active": 0,
        "steps": [
            {
                "method": "relayout",
                "label": f"{step * TURN}°",
                "args": [{"scene.camera": _camera(angle), "scene2.camera": _camera(angle)}],
            }
            for step, angle in enumerate(angles)
        ],
        "currentvalue": {"prefix": f"{label} ", "font": {"size": SMALL}},
        "tickcolor": "rgba(0,0,0,0)",
        "font": {"color": "rgba(0,0,0,0)"},
        "x": 0.05,
        "len": 0.78,
        "y": 0,
        "pad": {"t": 10},
    }


def _title(text: str, x: float, colour: str) -> dict[str, Any]:
    return {
        "text": f"<b>{text}</b>",
        "font": {"color": colour},
        "x": x,
        "y": 1.0,
        "xref": "paper",
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
    }
