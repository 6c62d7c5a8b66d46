"""A trained net as Euler's method: its accuracy by the number of steps in each block."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import plotly.graph_objects as go

from resnet_edu.colours import BLUE, PINK
from resnet_edu.figures.intervals import WithInterval, add_line
from resnet_edu.figures.palette import SMALL, inked

HEIGHT = 390
LOOKS = ((PINK, "dash", "diamond"), (BLUE, "solid", "circle"))


def accuracy_by_steps(
    lines: Mapping[str, Sequence[WithInterval]], ticks: Sequence[str], axis: tuple[str, str], dark: bool
) -> go.Figure:
    """Plot each residual net's accuracy with its intervals; ``ticks`` say how many steps of which size."""
    figure = go.Figure()
    for (name, points), look in zip(lines.items(), cycle(LOOKS), strict=False):
        add_line(figure, name, ticks, points, look)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 70, "r": 10, "t": 10, "b": 70},
        xaxis={"title": {"text": axis[0]}, "type": "category", "tickfont": {"size": SMALL}},
        yaxis={"title": {"text": axis[1]}, "tickformat": ".0%", "range": [0, 1.02]},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)
