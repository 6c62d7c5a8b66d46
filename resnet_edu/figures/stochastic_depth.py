"""Survival by block in stochastic depth, and one draw."""

from collections.abc import Sequence

import plotly.graph_objects as go

from resnet_edu.colours import BLUE, ORANGE
from resnet_edu.figures.palette import SMALL, inked

HEIGHT = 300
MANY = 60
"""With more blocks the marks get smaller."""


def survival_by_block(
    probabilities: Sequence[float], survives: Sequence[bool], names: tuple[str, str], axis: tuple[str, str], dark: bool
) -> go.Figure:
    """Plot each block at its probability; ``names`` are those of the surviving blocks and of the others."""
    figure = go.Figure()
    size = 11 if len(probabilities) <= MANY else 6
    for name, kept, colour, symbol in zip(names, (True, False), (BLUE, ORANGE), ("circle", "x"), strict=True):
        places = [at for at, each in enumerate(survives) if each is kept]
        figure.add_scatter(
            x=[at + 1 for at in places],
            y=[probabilities[at] for at in places],
            name=name,
            mode="markers",
            marker={"color": colour, "size": size, "symbol": symbol},
            hovertemplate="%{x}: %{y:.1%}<extra></extra>",
        )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 70, "r": 10, "t": 10, "b": 60},
        xaxis={"title": {"text": axis[0]}, "range": [0, len(probabilities) + 1]},
        yaxis={"title": {"text": axis[1]}, "tickformat": ".0%", "range": [0, 1.06]},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)
