"""How much a linear probe reads from each stage, by question."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from resnet_edu.colours import AMBER, BLUE, GREEN, ORANGE, PINK
from resnet_edu.figures.intervals import WithInterval, add_line
from resnet_edu.figures.palette import SMALL, inked

HEIGHT = 430
LOOKS = (
    (BLUE, "solid", "circle"),
    (ORANGE, "dash", "diamond"),
    (GREEN, "dashdot", "square"),
    (PINK, "longdash", "triangle-up"),
    (AMBER, "dot", "x"),
)


def probe_lines(
    lines: Mapping[str, Sequence[WithInterval]], stages: Sequence[str], axis: tuple[str, str], dark: bool
) -> go.Figure:
    """Plot each question's line over the stages, with its intervals."""
    figure = go.Figure()
    for (name, points), look in zip(lines.items(), LOOKS, strict=True):
        add_line(figure, name, stages, points, look)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 70, "r": 10, "t": 10, "b": 70},
        xaxis={"title": {"text": axis[0]}, "type": "category", "tickfont": {"size": SMALL}, "tickangle": 0},
        yaxis={"title": {"text": axis[1]}, "tickformat": ".0%", "range": [0, 1.02]},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)
