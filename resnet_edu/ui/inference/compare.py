"""Pin a picture and a net, choose others, and every view shows both side by side, with the same controls."""

import streamlit as st

from resnet_edu.ui.components.pane import is_second
from resnet_edu.ui.inference.nets import is_usable
from resnet_edu.ui.shared import pictures
from resnet_edu.ui.shared.taught import taught_nets
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url.links import choose_all
from resnet_edu.ui.url.query import OneOf, read
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.image import Picture

NET = "pinned_net"


def pinned() -> tuple[Net, Picture] | None:
    """What stays beside the net and picture that are chosen, if anything does."""
    found = catalogue()
    nets = {**found.nets, **taught_nets()}
    picture = pictures.pinned_picture()
    net = nets[read(OneOf(NET, nets, found.default.id))]
    return (net, picture) if picture is not None and is_usable(net) else None


def offer(is_pinned: bool, net: Net, picture: Picture) -> None:
    """The button that pins, or takes the pin out."""
    if is_pinned:
        st.button(
            _("Unpin"),
            key="unpin",
            icon=":material/close:",
            on_click=lambda: choose_all({pictures.PINNED.name: None, NET: None}),
        )
    else:
        st.button(
            _("Pin, to compare with another picture or net"),
            key="pin",
            icon=":material/push_pin:",
            on_click=lambda: choose_all({pictures.PINNED.name: pictures.pin(picture), NET: net.id}),
        )


def tell(beside: tuple[Net, Picture] | None, net: Net, picture: Picture) -> None:
    """What to do next, as long as both are the same."""
    if beside is not None and (net, picture.sha256) == (beside[0], beside[1].sha256):
        st.info(_("Pinned. Now choose another picture or another network above: both will stand side by side."))


def title(net: Net) -> None:
    """Over each pane."""
    said = _("Pinned: {net}", net=net.title) if is_second() else _("Chosen: {net}", net=net.title)
    st.markdown(f"**{said}**")
