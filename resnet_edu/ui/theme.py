"""Which theme the reader has, for the figures that have to know."""

import streamlit as st

NO_MODE_BAR = {"displayModeBar": False}
"""For ``st.plotly_chart``: no buttons in a figure that a hall only looks at."""


def is_dark() -> bool:
    """Whether the page is dark; False until the browser has said."""
    return st.context.theme.type == "dark"
