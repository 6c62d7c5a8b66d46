"""Images a second by batch size, a line a net, each with the bound of the device's arithmetic."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from resnet_edu.figures.palette import AMBER, BLUE, GREEN, PINK, SMALL, inked
from resnet_edu.vision.throughput import Speed

COLOURS = (BLUE, AMBER, GREEN, PINK)
SYMBOLS = ("circle", "diamond", "square", "triangle-up")
HEIGHT = 420


def throughput(speeds: Mapping[str, Sequence[Speed]], axis: tuple[str, str], dark: bool) -> go.Figure:
    """``speeds`` by the net's name; both axes are logarithmic."""
    figure = go.Figure()
    for index, (name, measured) in enumerate(speeds.items()):
        colour = COLOURS[index % len(COLOURS)]
        batches = [speed.batch for speed in measured]
        figure.add_scatter(
            x=batches,
            y=[speed.images for speed in measured],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2.5},
            marker={"size": 11, "symbol": SYMBOLS[index % len(SYMBOLS)]},
            hovertemplate="%{x}: %{y:.0f}<extra></extra>",
        )
        figure.add_scatter(
            x=batches,
            y=[speed.bound for speed in measured],
            mode="lines",
            line={"color": colour, "width": 1.5, "dash": "dot"},
            showlegend=False,
            hoverinfo="skip",
        )
    ticks = sorted({speed.batch for measured in speeds.values() for speed in measured})
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 80, "r": 10, "t": 10, "b": 70},
        xaxis={"type": "log", "title": {"text": axis[0]}, "tickvals": ticks, "tickfont": {"size": SMALL}},
        yaxis={"type": "log", "title": {"text": axis[1]}},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)
