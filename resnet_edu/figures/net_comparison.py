"""Published accuracy versus the cost of a net."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import plotly.graph_objects as go

from resnet_edu.colours import AMBER, BLUE, GREEN, GREY, ORANGE, PINK, SKY
from resnet_edu.figures.palette import SMALL, inked, log_ticks
from resnet_edu.nets.published import Series

LOOK = {
    Series.PLAIN: (ORANGE, "diamond"),
    Series.RESNET: (BLUE, "circle"),
    Series.WIDE: (GREEN, "square"),
    Series.RESNEXT: (PINK, "triangle-up"),
    Series.DENSENET: (AMBER, "star"),
    Series.VGG: (SKY, "x"),
    Series.VGG_BN: (SKY, "cross"),
    Series.HIGHWAY: (GREY, "pentagon"),
}
WIDTH, HEIGHT = 1180, 430
"""The plot's size in pixels on a projector, used to keep labels apart."""


@dataclass(frozen=True)
class Point:
    """A net with its cost and its published top-1 accuracy in per cent; ``recipe`` says how it was trained again."""

    name: str
    series: Series
    cost: float
    accuracy: float
    citation: str
    recipe: str = ""


def net_comparison(
    points: Sequence[Point],
    x_title: str,
    y_title: str,
    number: Callable[[float], str],
    title: Callable[[Series], str],
    dark: bool = False,
) -> go.Figure:
    """Plot one line per series and recipe in order of cost, on a logarithmic axis; later recipes dashed."""
    logs = [math.log10(point.cost) for point in points]
    heights = [point.accuracy for point in points]
    x_range = _padded(min(logs), max(logs), 0.09)
    y_range = _padded(min(heights), max(heights), 0.12)
    places = _label_places(points, x_range, y_range)
    figure = go.Figure()
    for mine in _lines(points):
        colour, symbol = LOOK[mine[0].series]
        figure.add_scatter(
            x=[point.cost for point in mine],
            y=[point.accuracy for point in mine],
            name=" ".join(filter(None, (title(mine[0].series), mine[0].recipe))),
            mode="lines+markers+text",
            text=[point.name for point in mine],
            textposition=[places[point] for point in mine],
            textfont={"size": SMALL},
            customdata=[[number(point.cost), point.citation] for point in mine],
            hovertemplate="<b>%{text}</b><br>%{customdata[0]}<br>%{y:.2f}%<br>%{customdata[1]}<extra></extra>",
            line={"color": colour, "width": 2, "dash": "dash" if mine[0].recipe else "solid"},
            marker={"size": 12, "symbol": f"{symbol}-open" if mine[0].recipe else symbol, "color": colour},
            cliponaxis=False,
        )
    figure.update_layout(
        height=HEIGHT + 90,
        margin={"l": 70, "r": 10, "t": 10, "b": 60},
        xaxis={
            "type": "log",
            "range": x_range,
            "tickvals": log_ticks(*x_range),
            "exponentformat": "none",  # a "k" would appear next to a unit in the reader's language
            "title": {"text": x_title},
        },
        yaxis={"range": y_range, "title": {"text": y_title}},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)


def _lines(points: Sequence[Point]) -> list[list[Point]]:
    """Return the points of each series and recipe in order of cost."""
    every = dict.fromkeys((point.series, point.recipe) for point in points)
    return [sorted((p for p in points if (p.series, p.recipe) == line), key=lambda p: p.cost) for line in every]


def _padded(low: float, high: float, share: float) -> list[float]:
    room = share * ((high - low) or 1)
    return [low - room, high + room]


def _label_places(points: Sequence[Point], x_range: list[float], y_range: list[float]) -> dict[Point, str]:
    """Choose for every label the position around its point that covers least of what is already there."""
    at = {
        point: (
            (math.log10(point.cost) - x_range[0]) / (x_range[1] - x_range[0]) * WIDTH,
            (point.accuracy - y_range[0]) / (y_range[1] - y_range[0]) * HEIGHT,
        )
        for point in points
    }
    taken = [(x - 8, y - 8, x + 8, y + 8) for x, y in at.values()]
    for line in _lines(points):
        for (x0, y0), (x1, y1) in pairwise(at[point] for point in line):
            steps = [step / 40 for step in range(41)]
            along = [(x0 + (x1 - x0) * step, y0 + (y1 - y0) * step) for step in steps]
            taken += [(x - 3, y - 3, x + 3, y + 3) for x, y in along]
    places = {}
    for point in sorted(points, key=lambda point: point.cost):
        x, y = at[point]
        wide = 8.3 * len(point.name)
        boxes = {
            "top center": (x - wide / 2, y + 9, x + wide / 2, y + 27),
            "bottom center": (x - wide / 2, y - 27, x + wide / 2, y - 9),
            "middle right": (x + 10, y - 9, x + 10 + wide, y + 9),
            "middle left": (x - 10 - wide, y - 9, x - 10, y + 9),
            "top right": (x + 6, y + 6, x + 6 + wide, y + 24),
            "bottom right": (x + 6, y - 24, x + 6 + wide, y - 6),
            "top left": (x - 6 - wide, y + 6, x - 6, y + 24),
            "bottom left": (x - 6 - wide, y - 24, x - 6, y - 6),
        }
        best = min(boxes, key=lambda place: _covered(boxes[place], taken))
        taken.append(boxes[best])
        places[point] = best
    return places


Box = tuple[float, float, float, float]


def _covered(box: Box, taken: Sequence[Box]) -> float:
    outside = max(0.0, -box[0]) + max(0.0, box[2] - WIDTH) + max(0.0, -box[1]) + max(0.0, box[3] - HEIGHT)
    overlap = sum(
        max(0.0, min(box[2], other[2]) - max(box[0], other[0]))
        * max(0.0, min(box[3], other[3]) - max(box[1], other[1]))
        for other in taken
    )
    return overlap + 20 * outside
