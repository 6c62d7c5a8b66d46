"""The nets trained in this session: offered wherever a net can be chosen, gone when the session ends."""

from collections.abc import Collection
from dataclasses import replace

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.teaching.example import KINDS
from resnet_edu.teaching.taught import renamed
from resnet_edu.training.hyperparameters import TunedPart
from resnet_edu.ui.text.language import _, marks
from resnet_edu.vision.catalogue import Net

HELD = "taught nets"
EXAMPLES = "taught nets of the examples"
REQUESTED = "taught nets kept on request"
"""Of each, which part was fine-tuned."""
TUNED = {
    TunedPart.LAST_STAGE: mark("last stage fine-tuned"),
    TunedPart.ALL: mark("all layers fine-tuned"),
}
MOST = 3
"""How many are kept; a fine-tuned net holds all its weights in memory."""


def taught_nets() -> dict[str, Net]:
    """Return the nets by id, newest first. The examples' classes have their names in the reader's language."""
    names, examples, requested = tuple(_(kind.name) for kind in KINDS), _examples(), _requested()
    return {
        name: _shown(net, names if name in examples else net.classes, requested.get(name))
        for name, net in _held().items()
    }


def keep_taught(net: Net, *, is_example: bool, tuned: TunedPart | None = None) -> None:
    """Offer the net wherever this session chooses one; if there are too many, one is dropped.

    That is the oldest which nobody has asked to keep. ``is_example`` says that its classes are those of ``KINDS``,
    ``tuned`` which part was fine-tuned: such a net is kept on request.
    """
    if is_example:
        st.session_state[EXAMPLES] = _examples() | {net.id}
    st.session_state[REQUESTED] = requested = _requested() | ({net.id: tuned} if tuned else {})
    held = {net.id: net, **{name: each for name, each in _held().items() if name != net.id}}
    st.session_state[HELD] = {name: held[name] for name in kept(list(held), requested)}


def kept(names: list[str], requested: Collection[str]) -> list[str]:
    """Return which of these are kept, the newest first: it always is, then what was requested."""
    newest, *others = names
    wanted = sorted(others, key=lambda name: name not in requested)[: MOST - 1]
    return [newest, *(name for name in others if name in wanted)]


def forget_taught(net: Net) -> None:
    """Stop offering the net."""
    st.session_state[HELD] = {name: each for name, each in _held().items() if name != net.id}


def _examples() -> frozenset[str]:
    found: frozenset[str] = st.session_state.get(EXAMPLES, frozenset())
    return found


def _held() -> dict[str, Net]:
    found: dict[str, Net] = st.session_state.get(HELD, {})
    return found


def _requested() -> dict[str, TunedPart]:
    found: dict[str, TunedPart] = st.session_state.get(REQUESTED, {})
    return found


def _shown(net: Net, classes: tuple[str, ...], tuned: TunedPart | None) -> Net:
    shown = renamed(net, classes, marks().listed(classes))
    return replace(shown, title=f"{shown.title} · {_(TUNED[tuned])}") if tuned else shown
