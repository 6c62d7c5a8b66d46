"""Depth and error of the nets of the timeline, from the oldest down."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from resnet_edu.colours import BLUE, GREEN, GREY, PINK
from resnet_edu.figures.palette import SMALL, inked
from resnet_edu.nets.milestones import ErrorMeasure

ROW = 40
AROUND = 150
"""Height of axis and legend."""
ABOVE = 0.42
"""Distance of a name from its line, in rows."""
SHALLOWEST, DEEPEST = 5, 2000
"""Ends of the axis."""
LOOK = {
    ErrorMeasure.MNIST: (GREY, "diamond"),
    ErrorMeasure.TOP_5: (GREEN, "square"),
    ErrorMeasure.TOP_1: (PINK, "triangle-right"),
    ErrorMeasure.CIFAR10: (BLUE, "circle"),
    None: (GREY, "pentagon"),
}


@dataclass(frozen=True)
class TimelineRow:
    """A net's name with its year, its depth or 0, how its error, if any, was measured, and what is said beside it."""

    name: str
    depth: int
    measure: ErrorMeasure | None
    said: str


def depths_over_time(
    rows: Sequence[TimelineRow], measures: Mapping[ErrorMeasure, str], axis: str, dark: bool = False
) -> go.Figure:
    """Plot a line as long as each net is deep, on a logarithmic axis, marked by the measure of its error."""
    figure = go.Figure()
    places = {row.name: -at for at, row in enumerate(rows)}
    for row in rows:
        figure.add_scatter(
            x=[SHALLOWEST, row.depth or SHALLOWEST],
            y=[places[row.name]] * 2,
            mode="lines",
            line={"color": LOOK[row.measure][0], "width": 3},
            showlegend=False,
            hoverinfo="skip",
        )
    figure.add_scatter(  # above the lines, where a phone has room for it too
        x=[SHALLOWEST] * len(rows),
        y=[places[row.name] + ABOVE for row in rows],
        mode="text",
        text=[f"<b>{row.name}</b> {row.said}" for row in rows],
        textposition="middle right",
        textfont={"size": SMALL},
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )
    for measure, title in (*measures.items(), (None, "")):
        mine = [row for row in rows if row.measure is measure]
        colour, symbol = LOOK[measure]
        figure.add_scatter(
            x=[row.depth or SHALLOWEST for row in mine],
            y=[places[row.name] for row in mine],
            name=title,
            mode="markers",
            showlegend=measure is not None,
            customdata=[f"{row.name} {row.said}" for row in mine],
            marker={"color": colour, "symbol": [symbol if row.depth else f"{symbol}-open" for row in mine], "size": 12},
            hovertemplate="%{customdata}<extra></extra>",
            cliponaxis=False,
        )
    figure.update_layout(
        height=ROW * len(rows) + AROUND,
        margin={"l": 14, "r": 10, "t": 10, "b": 55},
        xaxis={
            "type": "log",
            "range": [math.log10(SHALLOWEST * 0.98), math.log10(DEEPEST)],
            "tickvals": [10, 100, 1000],
            "ticktext": ["10", "100", "1,000"],
            "title": {"text": axis},
        },
        yaxis={"range": [0.5 - len(rows), 0.9], "visible": False},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.01, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)
