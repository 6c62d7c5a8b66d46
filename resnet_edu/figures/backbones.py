"""What of a detector is its ResNet, and the grid of a map over a picture."""

from collections.abc import Sequence

import plotly.graph_objects as go
from PIL import Image

from resnet_edu.colours import AMBER, BLUE, GREY, ORANGE, PINK
from resnet_edu.figures.palette import SMALL, inked

HEIGHT = 380
SIDE = 460
"""Pixels that the picture takes on the screen."""


def backbone_bars(
    names: Sequence[str], parts: Sequence[tuple[str, Sequence[int]]], axis: str, unit: float, dark: bool
) -> go.Figure:
    """Plot each net's parameters by part, one above the other, in ``unit``."""
    figure = go.Figure()
    for (title, counts), colour in zip(parts, (BLUE, ORANGE, GREY), strict=True):
        figure.add_bar(
            y=list(names),
            x=[count / unit for count in counts],
            name=title,
            orientation="h",
            marker_color=colour,
            hovertemplate="%{y}: %{x:.2f}<extra></extra>",
        )
    figure.update_layout(
        height=HEIGHT,
        barmode="stack",
        margin={"l": 120, "r": 10, "t": 10, "b": 60},
        xaxis={"title": {"text": axis}},
        yaxis={"autorange": "reversed", "tickfont": {"size": SMALL}},
        legend={"font": {"size": SMALL}, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return inked(figure, dark)


def grid_over(image: Image.Image, stride: int, field: int, objects: Sequence[int], dark: bool) -> go.Figure:
    """Draw a map's positions over a square picture, the middle one's receptive field, and squares as objects."""
    side = image.width
    figure = go.Figure(go.Scatter(x=[None], y=[None], showlegend=False, hoverinfo="skip"))
    figure.add_layout_image(source=image, x=0, y=0, sizex=side, sizey=side, xref="x", yref="y", layer="below")
    shapes = [_line(at, side, upright) for at in range(0, side + 1, stride) for upright in (True, False)]
    middle = side / 2
    half = min(field, side) / 2
    shapes.append(_square(middle, half, BLUE, "dash"))
    shapes += [_square(middle, pixels / 2, AMBER if pixels < side else PINK, "solid") for pixels in objects]
    figure.update_layout(shapes=shapes, width=SIDE, height=SIDE, margin={"l": 4, "r": 4, "t": 4, "b": 4})
    figure = inked(figure, dark)
    figure.update_xaxes(range=[0, side], visible=False)
    figure.update_yaxes(range=[side, 0], visible=False, scaleanchor="x")
    return figure


def _line(at: int, side: int, upright: bool) -> dict[str, object]:
    ends = {"x0": at, "x1": at, "y0": 0, "y1": side} if upright else {"x0": 0, "x1": side, "y0": at, "y1": at}
    return {"type": "line", **ends, "line": {"color": "rgba(255,255,255,.55)", "width": 0.7}}


def _square(middle: float, half: float, colour: str, dash: str) -> dict[str, object]:
    return {
        "type": "rect",
        "x0": middle - half,
        "x1": middle + half,
        "y0": middle - half,
        "y1": middle + half,
        "line": {"color": colour, "width": 4, "dash": dash},
    }
