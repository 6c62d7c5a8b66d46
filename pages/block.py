"""What is a residual block? Build one, break it, mend it, take it home."""

import streamlit as st

from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.loading import loading
from resnet_edu.ui.text.language import _, lesson

frame.header("block")
with loading():
    from resnet_edu.ui.block import block, by_hand, figure_3, information, settings, stacking, two_orders
    from resnet_edu.ui.shared import notebook
    from resnet_edu.ui.url import query


@st.fragment  # what changes with the block; the rest of the page stays as it is
def build() -> None:
    """The block and what can be done with it."""
    now = settings.assembled()
    settings.choose_preset(now)
    query.note_mended(now.mended)
    block.show_diagram(now)
    block.show_facts(now)
    settings.choose_own(now)

    frame.heading(_("Turn the residual down"), "turned-down")
    st.markdown(lesson("turned-down"))
    block.turn_down(now)

    frame.heading(_("Take it home"), "code")
    block.show_code(now)


build()

frame.heading(_("One block by hand"), "by-hand")
by_hand.show_by_hand()

frame.heading(_("Where the order matters"), "order")
two_orders.show_two_orders()
block.compare_orders()
block.compare_shortcuts()

frame.heading(_("What no layer can bring back"), "information")
st.markdown(lesson("information"))
information.show_information()

frame.heading(_("Stack it"), "stack")
figure_3.show_figure_3()
frame.heading(_("Any net, block by block"), "any-net")
stacking.show_stack()

frame.try_this(
    ("block", _("A stride of 2 on an identity shortcut: what breaks?"), block.BROKEN),
    ("block", _("No shortcut at all: what is left at F = 0?"), {"block": "own", "kind": "plain"}),
    ("block", _("All of ResNet-1202: how many blocks are that?"), {"net": "residual-1202"}),
)

st.markdown(lesson("block"))
notebook.offer("block", "block", "turned-down", "information")
