"""What is a residual block? Build one, break it, repair it, take it home."""

import streamlit as st

from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.loading import loading
from resnet_edu.ui.text.language import _, lesson

frame.header("block")
with loading():
    from resnet_edu.ui.block import block, by_hand, figure_3, information, settings, stacking, two_orders
    from resnet_edu.ui.shared import notebook


@st.fragment  # changes with the block, while the rest of the page stays as it is
def build() -> None:
    """Show the block and the controls that change it."""
    now = settings.assembled()
    with frame.section("block"):
        settings.choose_preset(now)
        block.show_diagram(now)
        with frame.about():
            block.show_facts(now)
        settings.choose_own(now)

    with frame.section("turned-down", _("Turn the residual down")):
        frame.intro("turned-down")
        block.turn_down(now)

    with frame.section("code", _("Take it home")):
        block.show_code(now)


build()

with frame.section("by-hand", _("One block by hand")):
    by_hand.show_by_hand()

with frame.section("order", _("Where the order matters")):
    two_orders.show_two_orders()
    block.compare_orders()
    block.compare_shortcuts()

with frame.section("information", _("What no layer can bring back")):
    frame.intro("information")
    information.show_information()
    with frame.about():
        st.markdown(lesson("information-seen"))

with frame.section("stack", _("Stack it")):
    figure_3.show_figure_3()

with frame.section("any-net", _("Any net, block by block")):
    stacking.show_stack()

with frame.section("more"):
    frame.try_this(
        ("block", _("A stride of 2 on an identity shortcut: what breaks?"), block.BROKEN),
        ("block", _("No shortcut at all: what is left at F = 0?"), {"block": "own", "kind": "plain"}),
        ("block", _("All of ResNet-1202: how many blocks are that?"), {"net": "residual-1202", "show": "any-net"}),
    )
    st.markdown(lesson("block"))
    notebook.offer("block", "block", "turned-down", "information", "information-seen")
