"""Measured fractions with whiskers."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

WithInterval = tuple[float, float, float]
"""A fraction, and the ends of its interval."""


def add_line(
    figure: go.Figure, name: str, x: Sequence[Any], points: Sequence[WithInterval], look: tuple[str, str, str]
) -> None:
    """Add a line through the points in the look of its colour, dash and symbol."""
    colour, dash, symbol = look
    figure.add_scatter(
        x=list(x),
        y=[share for share, _, _ in points],
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 3, "dash": dash},
        marker={"size": 10, "symbol": symbol},
        error_y={
            "type": "data",
            "array": [high - share for share, _, high in points],
            "arrayminus": [share - low for share, low, _ in points],
            "thickness": 1.5,
            "width": 5,
        },
        hovertemplate="%{x}: %{y:.1%}<extra></extra>",
    )
