"""Which theme the reader has, for the figures that have to know."""

import streamlit as st


def is_dark() -> bool:
    """Whether the page is dark; False until the browser has said."""
    return st.context.theme.type == "dark"
