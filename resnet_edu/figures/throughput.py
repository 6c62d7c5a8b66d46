"""Images per second by batch size, one line per net, each with the bound set by the device's arithmetic."""

import math
from collections.abc import Collection, Mapping, Sequence

import plotly.graph_objects as go

from resnet_edu.colours import AMBER, BLUE, GREEN, ORANGE, PINK
from resnet_edu.figures.palette import SMALL, inked, log_ticks
from resnet_edu.vision.throughput import Speed

COLOURS = (BLUE, AMBER, GREEN, PINK)
SYMBOLS = ("circle", "diamond", "square", "triangle-up")
HEIGHT = 420


def throughput(
    speeds: Mapping[str, Sequence[Speed]], plain: Collection[str], axis: tuple[str, str], dark: bool
) -> go.Figure:
    """Plot ``speeds`` by net; those in ``plain`` are orange. Both axes are logarithmic."""
    figure = go.Figure()
    for index, (name, measured) in enumerate(speeds.items()):
        colour = ORANGE if name in plain else COLOURS[index % len(COLOURS)]
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
    every = [speed for measured in speeds.values() for speed in measured]
    images = [value for speed in every for value in (speed.images, speed.bound)]
    ticks = log_ticks(math.log10(min(images)), math.log10(max(images)))
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 80, "r": 10, "t": 10, "b": 70},
        xaxis={
            "type": "log",
            "title": {"text": axis[0]},
            "tickvals": sorted({speed.batch for speed in every}),
            "tickfont": {"size": SMALL},
        },
        yaxis={"type": "log", "title": {"text": axis[1]}, "tickvals": ticks},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)
