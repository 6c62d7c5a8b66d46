"""Published errors by depth, one line for each design."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from resnet_edu.colours import AMBER, BLUE, GREEN, SKY
from resnet_edu.figures.palette import SMALL, inked
from resnet_edu.nets.depth_limits import AtDepth, Design

HEIGHT = 390
LOOK = {
    Design.ORIGINAL: (BLUE, "solid", "circle"),
    Design.PRE_ACTIVATION: (SKY, "dash", "diamond"),
    Design.STOCHASTIC_DEPTH: (AMBER, "dot", "star"),
    Design.WIDE: (GREEN, "solid", "square"),
}
TICKS = (20, 50, 100, 200, 500, 1000)


def depth_limits(
    errors: Mapping[Design, Sequence[AtDepth]], names: Mapping[Design, str], axis: tuple[str, str], dark: bool
) -> go.Figure:
    """Plot the errors over the depth, which is logarithmic."""
    figure = go.Figure()
    for design, points in errors.items():
        colour, dash, symbol = LOOK[design]
        figure.add_scatter(
            x=[each.depth for each in points],
            y=[each.error for each in points],
            name=names[design],
            mode="markers" if design is Design.WIDE else "lines+markers",  # they differ in width, not in depth alone
            line={"color": colour, "width": 3, "dash": dash},
            marker={"color": colour, "size": 12, "symbol": symbol},
            customdata=[each.citation for each in points],
            hovertemplate="%{x}: %{y:.2f}%<br>%{customdata}<extra></extra>",
        )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 70, "r": 10, "t": 10, "b": 70},
        xaxis={"title": {"text": axis[0]}, "type": "log", "tickvals": TICKS, "ticktext": [f"{n:,}" for n in TICKS]},
        yaxis={"title": {"text": axis[1]}, "rangemode": "tozero"},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)
