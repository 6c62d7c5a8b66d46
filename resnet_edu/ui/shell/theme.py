"""The reader's theme, and plotly charts that follow it."""

from typing import Any

import streamlit as st

from resnet_edu.figures.palette import enlarged, still
from resnet_edu.ui.shell import lecture
from resnet_edu.ui.text.language import marks

NO_MODE_BAR = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
"""No toolbar, because a class only looks at the figure; the mouse wheel scrolls the page instead of zooming."""

AT_A_STOP = 0.9
"""Of a figure's height: there it shares the smallest projector's screen with its question and its controls."""


def is_dark() -> bool:
    """Return whether the page is dark; False until the browser has reported its theme."""
    return st.context.theme.type == "dark"


def chart(figure: Any, key: str, alt: str) -> None:
    """Show a plotly figure in its own colours, larger in lecture mode; ``alt`` describes it, values included.

    Dragging a finger over it scrolls the page; its axes stay fixed.
    """
    shown = enlarged(figure) if lecture.is_on() else figure
    if lecture.here() and shown.layout.height:
        shown.update_layout(height=AT_A_STOP * shown.layout.height)
    for trace in shown.data:
        if trace.hovertemplate:
            trace.hovertemplate = marks().written(trace.hovertemplate)
    st.plotly_chart(still(shown), key=key, theme=None, config=NO_MODE_BAR, alt=alt)
