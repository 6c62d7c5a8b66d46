"""The loss around two nets: surfaces that turn together, and a line through each."""

import math
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_edu.colours import BLUE, CLEAR, GRID, INK, ORANGE
from resnet_edu.figures.palette import SMALL, inked
from resnet_edu.measure.landscape import Landscape
from resnet_edu.nets.cifar import Family

CAP = 10.0
"""Larger losses are drawn at this height."""
TICKS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
LEVELS = 4
"""Contour lines per power of ten."""
BELOW = 0.5
"""How far below the lowest loss the contours are drawn, as a fraction of the loss range."""
ABOVE = 0.02
"""How far above the highest loss the axis ends, so that capped values aren't cut off."""
TURN = 10
"""Degrees between two steps of the slider."""
FIRST_TURN = 40
HEIGHT, LINES_HEIGHT = 560, 360
UNDER = {"orientation": "h", "x": 0.5, "y": -0.18, "yanchor": "top", "thickness": 18}
"""Places the colour scale below, so that both scenes have room on a phone."""
LOOK = {Family.PLAIN: (ORANGE, "diamond"), Family.RESIDUAL: (BLUE, "circle")}

LandscapePair = Mapping[Family, Landscape]
"""A plain and a residual net of the same depth."""


def surfaces(
    pair: LandscapePair, seed: int, names: Mapping[Family, str], words: tuple[str, str, str, str], dark: bool
) -> go.Figure:
    """Plot both nets' loss over the plane of two directions, with one logarithmic, capped colour scale.

    ``words`` name the loss, the two directions' axes, and the slider that turns both scenes at once.
    """
    loss, first, second, turn = words
    theme = "dark" if dark else "light"
    figure = make_subplots(1, 2, specs=[[{"type": "surface"}] * 2], horizontal_spacing=0)
    heights = {family: _heights(recorded, seed) for family, recorded in pair.items()}
    lowest = min(min(map(min, rows)) for rows in heights.values())
    highest = max(max(map(max, rows)) for rows in heights.values())
    for column, (family, recorded) in enumerate(pair.items(), 1):
        figure.add_trace(_surface(recorded, seed, heights[family], (lowest, highest), INK[theme]), 1, column)
    ticks, span = _ticks(lowest, highest), highest - lowest
    scene = _scene((first, second), ticks, (lowest - BELOW * span, highest + ABOVE * span), theme)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 60, "b": 160},
        scene=scene,
        scene2=scene,
        coloraxis={
            "colorscale": "Viridis",
            "cmin": lowest,
            "cmax": highest,
            "colorbar": {"title": {"text": loss}, "len": 0.8, **UNDER, **ticks},
        },
        sliders=[_turning(turn, theme)],
        annotations=[_title(names[family], x, LOOK[family][0]) for family, x in zip(pair, (0.25, 0.75), strict=True)],
    )
    return inked(figure, dark)


def lines(
    pair: LandscapePair, seed: int, quantity: str, names: Mapping[Family, str], axis: tuple[str, str], dark: bool
) -> go.Figure:
    """Plot both nets along the first direction; ``quantity`` is "losses" (logarithmic) or "errors" (per cent)."""
    figure = go.Figure()
    scale = {"losses": 1, "errors": 100}[quantity]
    for family, recorded in pair.items():
        colour, symbol = LOOK[family]
        figure.add_scatter(
            x=recorded.coordinates,
            y=[scale * each for each in getattr(recorded.line(seed), quantity)],
            name=names[family],
            mode="lines+markers",
            line={"color": colour, "width": 2.5},
            marker={"size": 7, "symbol": symbol},
            hovertemplate="%{x:.2f}: %{y:.3g}<extra></extra>",
        )
    figure.update_layout(
        height=LINES_HEIGHT,
        margin={"l": 70, "r": 10, "t": 10, "b": 60},
        xaxis={"title": {"text": axis[0]}, "tickfont": {"size": SMALL}},
        yaxis={
            "title": {"text": axis[1]},
            "tickfont": {"size": SMALL},
            **({"type": "log", "dtick": 1} if quantity == "losses" else {"range": [0, 100]}),
        },
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)


def _heights(recorded: Landscape, seed: int) -> list[list[float]]:
    """Return the losses' base-10 logarithms; NaN is drawn at the cap."""
    return [[math.log10(min(CAP, loss)) for loss in row.losses] for row in recorded.slices[seed]]


def _surface(
    recorded: Landscape, seed: int, heights: list[list[float]], drawn: tuple[float, float], ink: str
) -> go.Surface:
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
                "color": ink,
                "width": 2,
                "project": {"z": True},
                "start": math.floor(drawn[0]),
                "end": drawn[1] - 1 / (2 * LEVELS),  # the capped part is flat and has no contour
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
    titles: tuple[str, str], ticks: dict[str, list[Any]], heights: tuple[float, float], theme: str
) -> dict[str, Any]:
    axis = {
        "gridcolor": GRID[theme],
        "color": INK[theme],
        "showbackground": False,
        "showspikes": False,
        "zeroline": False,
        "tickfont": {"size": SMALL - 2},
    }
    first, second = titles
    return {
        "xaxis": {**axis, "title": {"text": first}, "nticks": 3},
        "yaxis": {**axis, "title": {"text": second}, "nticks": 3},
        "zaxis": {**axis, "title": {"text": ""}, "range": list(heights), **ticks},
        "aspectmode": "manual",
        "aspectratio": {"x": 1, "y": 1, "z": 0.9},
        "camera": _camera(FIRST_TURN),
        "dragmode": False,
    }


def _camera(degrees: float) -> dict[str, Any]:
    turned = math.radians(degrees)
    return {
        "eye": {"x": 1.65 * math.cos(turned), "y": 1.65 * math.sin(turned), "z": 0.9},
        "center": {"x": 0, "y": 0, "z": -0.12},
    }


def _turning(label: str, theme: str) -> dict[str, Any]:
    """Return a slider that moves both cameras within the browser."""
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
        "currentvalue": {"prefix": f"{label} ", "font": {"size": SMALL, "color": INK[theme]}},
        "bgcolor": GRID[theme],
        "bordercolor": INK[theme],
        "tickcolor": CLEAR,
        "font": {"color": CLEAR},
        "x": 0.05,
        "len": 0.78,
        "y": 0,
        "pad": {"t": 10},
    }


def _title(text: str, x: float, colour: str) -> dict[str, Any]:
    return {
        "text": f"<b>{text.replace(', ', ',<br>')}</b>",
        "font": {"color": colour},
        "x": x,
        "y": 1.0,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
    }
