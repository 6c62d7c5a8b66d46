"""The look of plotly figures: type, text and grid in the page's colours."""

import math
from typing import Any

import plotly.graph_objects as go

from resnet_edu.colours import CLEAR, GRID, INK

TEXT = 16
SMALL = 15
LARGER = 1.3
"""Magnification in a lecture."""


def inked(figure: go.Figure, dark: bool) -> go.Figure:
    """Style a figure's text and grid to be readable on the page's background, which shows through."""
    theme = "dark" if dark else "light"
    axis = {"gridcolor": GRID[theme], "linecolor": GRID[theme], "zeroline": False}
    figure.update_layout(
        template="none",
        font={"color": INK[theme], "size": TEXT, "family": "Source Sans, Noto Sans CJK SC, sans-serif"},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        hoverlabel={"font": {"size": TEXT}},
        xaxis=axis,
        yaxis=axis,
    )
    return figure


def still(figure: go.Figure) -> go.Figure:
    """Fix a figure's axes, so that no drag, pinch or double click moves them."""
    return figure.update_layout(dragmode=False).update_xaxes(fixedrange=True).update_yaxes(fixedrange=True)


def enlarged(figure: go.Figure, times: float = LARGER) -> go.Figure:
    """Enlarge a figure's type and the margins around it by ``times``."""
    return go.Figure(_grown(figure.to_dict(), times, ""))


def _grown(part: Any, times: float, name: str) -> Any:
    """Enlarge a part of a figure's description; ``name`` is its key in the whole."""
    if isinstance(part, dict):
        return {key: each * times if _grows(name, key) else _grown(each, times, key) for key, each in part.items()}
    if isinstance(part, list | tuple):
        return [_grown(each, times, name) for each in part]
    return part


def _grows(name: str, key: str) -> bool:
    return name == "margin" or key == "minsize" or (name.endswith("font") and key == "size")


def log_ticks(low: float, high: float) -> list[float]:
    """Return 1, 2, 5, 10, ... between two powers of ten, given by their exponents."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    return [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)]
