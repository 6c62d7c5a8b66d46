"""The nets trained in this session: offered wherever a net can be chosen, gone when the session ends."""

import streamlit as st

from resnet_edu.vision.catalogue import Net

HELD = "taught nets"
MOST = 3
"""How many are kept; a fine-tuned net holds all its weights in memory."""


def taught_nets() -> dict[str, Net]:
    """Return the nets by id, newest first."""
    held: dict[str, Net] = st.session_state.get(HELD, {})
    return held


def keep_taught(net: Net) -> None:
    """Offer the net wherever this session chooses one; the oldest is dropped if there are too many."""
    held = {net.id: net, **{name: each for name, each in taught_nets().items() if name != net.id}}
    st.session_state[HELD] = dict(list(held.items())[:MOST])


def forget_taught(net: Net) -> None:
    """Stop offering the net."""
    st.session_state[HELD] = {name: each for name, each in taught_nets().items() if name != net.id}
