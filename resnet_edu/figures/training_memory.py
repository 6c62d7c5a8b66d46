"""A training step: what is in memory from its first operation to its last."""

from collections.abc import Mapping

import plotly.graph_objects as go

from resnet_edu.colours import AMBER, BLUE, GREEN, GREY, ORANGE, PINK, SKY
from resnet_edu.figures.palette import SMALL, inked
from resnet_edu.measure.memory import MemoryMoment, Optimiser, TrainingStep

GIB = 2**30
MOMENTS = 300
COLOURS = {"weights": BLUE, "optimiser": SKY, "kept": GREEN, "passing": AMBER, "gradients": PINK}
PATTERNS = {"weights": "", "optimiser": "/", "kept": "", "passing": "x", "gradients": "\\"}


def training_memory(
    step: TrainingStep, batch: int, optimiser: Optimiser, capacity: int, words: Mapping[str, str], dark: bool = False
) -> go.Figure:
    """Plot stacked areas over the forward and backward pass; ``words`` names the parts, the axes and the limit."""
    weights, kept_by_optimiser = step.state(optimiser)
    moments = _thinned(step.moments, batch)
    parts = {
        "weights": [weights] * len(moments),
        "optimiser": [kept_by_optimiser] * len(moments),
        "gradients": [moment.gradients for moment in moments],
        "kept": [moment.kept * batch + moment.fixed for moment in moments],
        "passing": [moment.passing * batch for moment in moments],
    }
    figure = go.Figure()
    names = [moment.operation for moment in moments]
    for name, values in parts.items():
        if any(values):
            figure.add_scatter(
                x=list(range(len(moments))),
                y=[value / GIB for value in values],
                name=words[name],
                mode="lines",
                stackgroup="all",
                line={"width": 0.8, "color": COLOURS[name]},
                fillpattern={"shape": PATTERNS[name], "solidity": 0.25, "fillmode": "overlay"},
                text=names,
                hovertemplate="%{text}<br>%{y:.2f} GiB<extra>%{fullData.name}</extra>",
            )
    turn = next(index for index, moment in enumerate(moments) if moment.backward)
    peak = max(sum(values) for values in zip(*parts.values(), strict=True)) / GIB
    limit = capacity / GIB
    figure.add_hline(limit, line={"width": 3, "dash": "dash", "color": ORANGE})
    figure.add_vline(turn - 0.5, line={"width": 1.5, "dash": "dot", "color": GREY})
    figure.add_annotation(x=0, xref="paper", y=limit, yanchor="bottom", showarrow=False, text=words["limit"])
    for x, anchor, text in ((turn, "right", words["forward"]), (turn, "left", words["backward"])):
        figure.add_annotation(
            x=x, y=1, yref="paper", yanchor="bottom", xanchor=anchor, showarrow=False, text=f" {text} "
        )
    figure.update_layout(
        height=380,
        margin={"l": 60, "r": 10, "t": 34, "b": 80},
        xaxis={"visible": False},
        yaxis={"title": {"text": "GiB"}, "range": [0, 1.16 * max(peak, limit if limit < 8 * peak else 0)]},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": -0.04, "yanchor": "top", "x": 0},
    )
    return inked(figure, dark)


def _thinned(moments: tuple[MemoryMoment, ...], batch: int) -> list[MemoryMoment]:
    """Return few enough moments to plot: the fullest of each group of neighbours, so that the peak remains."""
    each = -(-len(moments) // MOMENTS)
    return [
        max(moments[start : start + each], key=lambda moment: moment.total(batch))
        for start in range(0, len(moments), each)
    ]
