"""What of a detector is its ResNet."""

from collections.abc import Sequence

import plotly.graph_objects as go

from resnet_edu.colours import BLUE, GREY, GROUND, ORANGE
from resnet_edu.figures.palette import SMALL, inked

HEIGHT = 380
LARGE = 20


def backbone_bars(
    names: Sequence[str], parts: Sequence[tuple[str, Sequence[int]]], axis: str, unit: float, dark: bool
) -> go.Figure:
    """Plot each net's parameters by part, in ``unit``; the first part's share of the net is written in its bar."""
    totals = [sum(counts) for counts in zip(*(counts for _, counts in parts), strict=True)]
    figure = go.Figure()
    for (title, counts), colour in zip(parts, (BLUE, ORANGE, GREY), strict=True):
        figure.add_bar(
            y=list(names),
            x=[count / unit for count in counts],
            name=title,
            orientation="h",
            marker={"color": colour, "line": {"color": GROUND["dark" if dark else "light"], "width": 2}},
            text=[f"{count / total:.0%}" for count, total in zip(counts, totals, strict=True)]
            if not figure.data
            else None,
            textfont={"color": "white", "size": LARGE},
            insidetextanchor="middle",
            textangle=0,
            hovertemplate="%{y}: %{x:.2f}<extra></extra>",
        )
    figure.update_layout(
        height=HEIGHT,
        barmode="stack",
        margin={"l": 120, "r": 10, "t": 10, "b": 60},
        xaxis={"title": {"text": axis}},
        yaxis={"autorange": "reversed", "tickfont": {"size": SMALL}},
        legend={
            "font": {"size": SMALL},
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "traceorder": "normal",
        },
    )
    return inked(figure, dark)
