"""Which theme the reader has, and plotly charts that follow it."""

from typing import Any

import streamlit as st

from resnet_edu.figures.palette import enlarged, still
from resnet_edu.ui.components.pane import keyed
from resnet_edu.ui.shell import lecture
from resnet_edu.ui.text.language import marks

NO_MODE_BAR = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
"""No buttons in a figure that a hall only looks at; a wheel turned over it scrolls the page."""


def is_dark() -> bool:
    """Whether the page is dark; False until the browser has said."""
    return st.context.theme.type == "dark"


def chart(figure: Any, key: str, alt: str) -> None:
    """A plotly figure in its own colours, larger in a lecture; ``alt`` tells what it shows, with its values.

    A finger drawn over it scrolls the page, and its axes stay as they are.
    """
    shown = enlarged(figure) if lecture.is_on() else figure
    for trace in shown.data:
        if trace.hovertemplate:
            trace.hovertemplate = marks().written(trace.hovertemplate)
    st.plotly_chart(still(shown), key=keyed(key), theme=None, config=NO_MODE_BAR, alt=alt)
