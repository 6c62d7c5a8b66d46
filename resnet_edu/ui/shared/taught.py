"""The nets that this session has taught: they go where a net can be chosen, and with the session."""

import streamlit as st

from resnet_edu.vision.catalogue import Net

HELD = "taught nets"
MOST = 3
"""One that was fine-tuned has all its weights in memory."""


def taught_nets() -> dict[str, Net]:
    """By their names, the newest first."""
    held: dict[str, Net] = st.session_state.get(HELD, {})
    return held


def keep_taught(net: Net) -> None:
    """Offer the net wherever this session chooses one; the oldest makes room."""
    held = {net.id: net, **{name: each for name, each in taught_nets().items() if name != net.id}}
    st.session_state[HELD] = dict(list(held.items())[:MOST])


def forget_taught(net: Net) -> None:
    """Take the net back."""
    st.session_state[HELD] = {name: each for name, each in taught_nets().items() if name != net.id}
