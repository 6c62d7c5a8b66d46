"""Bits that random nets keep about their input, layer by layer."""

from collections.abc import Mapping, Sequence
from statistics import median

import plotly.graph_objects as go

from resnet_edu.figures.palette import BLUE, ORANGE, SMALL, inked
from resnet_edu.measure.information import BITS, LAYERS, Kept
from resnet_edu.nets.cifar import Family

HEIGHT = 380
LOOK = {Family.PLAIN: (ORANGE, "diamond"), Family.RESIDUAL: (BLUE, "circle")}


def kept_bits(
    nets: Mapping[Family, Sequence[Kept]], names: Mapping[Family, str], axis: tuple[str, str], dark: bool
) -> go.Figure:
    """Every net a thin line; each family's median a thick one."""
    figure = go.Figure()
    for family, measured in nets.items():
        colour, symbol = LOOK[family]
        figure.add_scatter(
            x=[*LAYERS, None] * len(measured),
            y=[bits for each in measured for bits in (*each.bits, None)],
            mode="lines",
            line={"color": colour, "width": 1},
            opacity=0.45,
            showlegend=False,
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=LAYERS,
            y=[median(bits) for bits in zip(*(each.bits for each in measured), strict=True)],
            name=names[family],
            mode="lines+markers",
            line={"color": colour, "width": 3},
            marker={"size": 7, "symbol": symbol},
            hovertemplate="%{x}: %{y:.2f}<extra></extra>",
        )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 60, "r": 10, "t": 10, "b": 60},
        xaxis={"title": {"text": axis[0]}, "range": [-1, LAYERS[-1] + 1]},
        yaxis={"title": {"text": axis[1]}, "range": [-0.2, BITS + 0.2], "dtick": 2},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)


def told_apart(measured: Sequence[Kept], stage: int) -> str:
    """How many inputs are told apart: the median over the nets, and the fewest and the most where they differ."""
    counts = sorted(each.distinct[stage] for each in measured)
    span = f" ({counts[0]}–{counts[-1]})" if counts[0] < counts[-1] else ""
    return f"{median(counts):g}{span}"
