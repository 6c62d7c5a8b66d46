"""How the answer falls, or rises, while the pixels that maps call important are covered, or shown."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from resnet_edu.colours import BLUE, GREEN, GREY, ORANGE, PINK
from resnet_edu.figures.palette import SMALL, inked

HEIGHT = 380
MAPS = ((BLUE, "solid"), (ORANGE, "dash"), (GREEN, "dashdot"), (PINK, "longdash"))
RANDOM = ((GREY, "dot"), (GREY, "dash"))


def probability_curves(
    maps: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    random: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    axis: tuple[str, str],
    dark: bool,
) -> go.Figure:
    """By name for the reader: (shares of the pixels, probabilities), up to four maps and two random ones."""
    figure = go.Figure()
    for looks, curves in ((RANDOM, random), (MAPS, maps)):
        for (colour, dash), (name, (shares, probabilities)) in zip(looks, curves.items(), strict=False):
            figure.add_scatter(
                x=[share * 100 for share in shares],
                y=[probability * 100 for probability in probabilities],
                name=name,
                mode="lines",
                line={"color": colour, "width": 3, "dash": dash},
                hovertemplate="%{x:.0f}%: %{y:.1f}%<extra></extra>",
            )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 60, "r": 10, "t": 10, "b": 60},
        xaxis={"title": {"text": axis[0]}, "range": [0, 100], "tickfont": {"size": SMALL}},
        yaxis={"title": {"text": axis[1]}, "range": [0, 102]},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)
