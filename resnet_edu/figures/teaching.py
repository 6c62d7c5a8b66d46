"""Held-out accuracy by features and by number of training pictures, and the course of fine-tuning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_edu.colours import BLUE, GREY, GRID, ORANGE
from resnet_edu.figures.palette import SMALL, inked

HEIGHT = 340
TURNS = (0, -45)
"""Degrees that a name below its bar may be turned by. Turned so, it ends there, and the last stays on the screen."""


@dataclass(frozen=True)
class Bar:
    """A fraction with its interval; ``is_trained`` if it comes from a trained net."""

    name: str
    value: float
    low: float
    high: float
    is_trained: bool


def accuracy_bars(bars: Sequence[Bar], guessing: float, axis: str, dark: bool) -> go.Figure:
    """Plot each bar with its interval, and a dotted line for guessing."""
    figure = go.Figure(
        go.Bar(
            x=[bar.name for bar in bars],
            y=[bar.value for bar in bars],
            marker_color=[BLUE if bar.is_trained else GREY for bar in bars],
            error_y={
                "type": "data",
                "array": [bar.high - bar.value for bar in bars],
                "arrayminus": [bar.value - bar.low for bar in bars],
                "thickness": 2,
                "width": 7,
            },
            text=[f"{bar.value:.0%}" for bar in bars],
            textposition="inside",
            insidetextanchor="start",
            textfont={"size": SMALL, "color": "white"},
            hovertemplate="%{x}: %{y:.1%}<extra></extra>",
        )
    )
    figure.add_hline(guessing, line={"dash": "dot", "color": ORANGE, "width": 2})
    names = {"tickfont": {"size": SMALL}, "type": "category", "autotickangles": TURNS, "automargin": "height"}
    return _framed(figure, names, axis, dark)


def learning_curves(
    curves: Mapping[str, Sequence[tuple[int, float, float, float]]], guessing: float, axes: tuple[str, str], dark: bool
) -> go.Figure:
    """Plot (pictures, mean, worst, best) by name; the first line is blue, the second grey."""
    figure = go.Figure()
    for (name, points), colour in zip(curves.items(), (BLUE, GREY), strict=False):
        x = [point[0] for point in points]
        figure.add_scatter(
            x=x,
            y=[point[1] for point in points],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 3},
            marker={"size": 10},
            error_y={
                "type": "data",
                "array": [best - mean for _, mean, _, best in points],
                "arrayminus": [mean - worst for _, mean, worst, _ in points],
                "thickness": 1.5,
                "width": 5,
            },
            hovertemplate="%{x}: %{y:.0%}<extra></extra>",
        )
    figure.add_hline(guessing, line={"dash": "dot", "color": ORANGE, "width": 2})
    ticks = sorted({point[0] for points in curves.values() for point in points})
    framed = _framed(
        figure,
        {"type": "log", "tickvals": ticks, "ticktext": list(map(str, ticks)), "title": {"text": axes[0]}},
        axes[1],
        dark,
    )
    framed.update_layout(legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    return framed


def _framed(figure: go.Figure, x: Mapping[str, object], axis: str, dark: bool) -> go.Figure:
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 70, "r": 10, "t": 30, "b": 60},
        dragmode=False,
        xaxis={**x, "fixedrange": True},
        yaxis={"title": {"text": axis}, "tickformat": ".0%", "range": [0, 1.02], "fixedrange": True},
    )
    return inked(figure, dark)


@dataclass(frozen=True)
class TuningCurve:
    """A run by epoch: losses and accuracies on the training and on the held-out pictures."""

    name: str
    train_loss: Sequence[float]
    test_loss: Sequence[float]
    train_right: Sequence[float]
    test_right: Sequence[float]


def tuning_curves(runs: Sequence[TuningCurve], epochs: int, words: dict[str, str], dark: bool) -> go.Figure:
    """Plot loss and accuracy side by side: first run grey, second blue; held-out solid, training dotted.

    ``words`` holds the titles ``loss``, ``right`` and ``epoch``, and the legend's ``train`` and ``test`` with the
    ``item`` mark before them.
    """
    figure = make_subplots(1, 2, horizontal_spacing=0.15, subplot_titles=(words["loss"], words["right"]))
    for run, colour in zip(runs, (GREY, BLUE), strict=True):
        for column, (train, test) in enumerate(((run.train_loss, run.test_loss), (run.train_right, run.test_right)), 1):
            for values, dash, part in ((test, "solid", words["test"]), (train, "dot", words["train"])):
                figure.add_scatter(
                    row=1,
                    col=column,
                    x=list(range(1, len(values) + 1)),
                    y=list(values),
                    name=f"{run.name}{words['item']}{part}",
                    mode="lines+markers",
                    line={"color": colour, "dash": dash, "width": 3},
                    marker={"size": 8},
                    showlegend=column == 1,
                    hovertemplate="%{x}: %{y:.2f}<extra></extra>",
                )
    figure.update_layout(
        height=HEIGHT + 60,
        margin={"l": 40, "r": 10, "t": 110, "b": 60},
        dragmode=False,
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.12, "yanchor": "bottom", "x": 0},
    )
    figure = inked(figure, dark)
    figure.update_xaxes(range=[0.8, epochs + 0.2], title={"text": words["epoch"]}, fixedrange=True, dtick=1)
    figure.update_yaxes(fixedrange=True, gridcolor=GRID["dark" if dark else "light"])
    figure.update_yaxes(rangemode="tozero", col=1)
    figure.update_yaxes(tickformat=".0%", range=[0, 1.02], col=2)
    return figure
