"""The nets trained in this session: offered wherever a net can be chosen, gone when the session ends."""

from collections.abc import Collection

import streamlit as st

from resnet_edu.vision.catalogue import Net

HELD = "taught nets"
REQUESTED = "taught nets kept on request"
MOST = 3
"""How many are kept; a fine-tuned net holds all its weights in memory."""


def taught_nets() -> dict[str, Net]:
    """Return the nets by id, newest first."""
    held: dict[str, Net] = st.session_state.get(HELD, {})
    return held


def keep_taught(net: Net, *, on_request: bool = False) -> None:
    """Offer the net wherever this session chooses one; if there are too many, one is dropped.

    That is the oldest which nobody has asked to keep.
    """
    requested: frozenset[str] = st.session_state.get(REQUESTED, frozenset())
    st.session_state[REQUESTED] = requested = requested | ({net.id} if on_request else set())
    held = {net.id: net, **{name: each for name, each in taught_nets().items() if name != net.id}}
    st.session_state[HELD] = {name: held[name] for name in kept(list(held), requested)}


def kept(names: list[str], requested: Collection[str]) -> list[str]:
    """Return which of these are kept, the newest first: it always is, then what was requested."""
    newest, *others = names
    wanted = sorted(others, key=lambda name: name not in requested)[: MOST - 1]
    return [newest, *(name for name in others if name in wanted)]


def forget_taught(net: Net) -> None:
    """Stop offering the net."""
    st.session_state[HELD] = {name: each for name, each in taught_nets().items() if name != net.id}
