"""Survival by block in stochastic depth, and one draw."""

from collections.abc import Sequence

import plotly.graph_objects as go

from resnet_edu.colours import BLUE, INK, ORANGE
from resnet_edu.figures.palette import SMALL, inked

HEIGHT = 300
MANY = 60
"""More blocks are counted in groups."""
GROUP = 25


def survival_by_block(
    probabilities: Sequence[float], survives: Sequence[bool], names: tuple[str, str], axis: tuple[str, str], dark: bool
) -> go.Figure:
    """Plot each block at its probability; ``names`` are those of the surviving blocks and of the others."""
    figure = go.Figure()
    for name, kept, colour, symbol in zip(names, (True, False), (BLUE, ORANGE), ("circle", "x"), strict=True):
        places = [at for at, each in enumerate(survives) if each is kept]
        figure.add_scatter(
            x=[at + 1 for at in places],
            y=[probabilities[at] for at in places],
            name=name,
            mode="markers",
            marker={"color": colour, "size": 11, "symbol": symbol},
            hovertemplate="%{x}: %{y:.1%}<extra></extra>",
        )
    return _laid_out(figure, len(probabilities), axis, dark)


def survival_by_group(
    probabilities: Sequence[float],
    survives: Sequence[bool],
    names: tuple[str, str, str],
    axis: tuple[str, str],
    dark: bool,
) -> go.Figure:
    """Count the surviving and the other blocks in groups of ``GROUP``; ``names`` ends with that of the probability."""
    figure = go.Figure()
    groups = [survives[start : start + GROUP] for start in range(0, len(survives), GROUP)]
    spans = [f"{at * GROUP + 1}–{at * GROUP + len(group)}" for at, group in enumerate(groups)]
    for name, kept, colour, pattern in zip(names, (True, False), (BLUE, ORANGE), ("", "/"), strict=False):
        figure.add_bar(
            x=[at * GROUP + (len(group) + 1) / 2 for at, group in enumerate(groups)],
            y=[group.count(kept) / len(group) for group in map(list, groups)],
            width=[0.9 * len(group) for group in groups],
            name=name,
            marker={"color": colour, "pattern": {"shape": pattern, "fgcolor": "white", "fillmode": "overlay"}},
            customdata=spans,
            hovertemplate="%{customdata}: %{y:.0%}<extra></extra>",
        )
    figure.add_scatter(
        x=list(range(1, len(probabilities) + 1)),
        y=list(probabilities),
        name=names[-1],
        mode="lines",
        line={"color": INK["dark" if dark else "light"], "width": 3},
        hovertemplate="%{x}: %{y:.1%}<extra></extra>",
    )
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    return _laid_out(figure, len(probabilities), axis, dark)


def _laid_out(figure: go.Figure, blocks: int, axis: tuple[str, str], dark: bool) -> go.Figure:
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 70, "r": 10, "t": 10, "b": 60},
        xaxis={"title": {"text": axis[0]}, "range": [0, blocks + 1]},
        yaxis={"title": {"text": axis[1]}, "tickformat": ".0%", "range": [0, 1.06]},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)
