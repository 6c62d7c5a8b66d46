"""The views of what happens inside a net; a new one is a line in VIEWS.

A view can be shown next to itself for what is pinned, so it is a ``pane.fragment``, and a key that no component, chart
or control of ours makes goes through ``keyed``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.ui.components.pane import FIRST, SECOND, pane
from resnet_edu.ui.inference import attributions, compare, feature_maps, knockout, throughput
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import OneOf, read
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.image import Picture


@dataclass(frozen=True)
class View:
    """A view: its title, a source string, and the function that shows it for a net that is ready."""

    title: str
    show: Callable[[Net, Picture], None]


VIEWS: dict[str, View] = {
    "maps": View(mark("Feature maps"), feature_maps.show_feature_maps),
    "attributions": View(mark("Attributions"), attributions.show_attributions),
    "knockout": View(mark("Knock out blocks"), knockout.show_knockout),
    "throughput": View(mark("Throughput"), throughput.show_throughput),
}
VIEW = OneOf("view", VIEWS, "maps")


def show(net: Net, picture: Picture) -> None:
    """Show the control that chooses a view, and the view."""
    view = read(VIEW)
    pinned = compare.pinned()
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        widgets.segmented(VIEW, view, _("Look inside"), {name: _(each.title) for name, each in VIEWS.items()})
        compare.offer(pinned is not None, net, picture)
    compare.tell(pinned, net, picture)
    if pinned is None:
        VIEWS[view].show(net, picture)
    else:
        _side_by_side(view, (net, picture), pinned)


@st.fragment
def _side_by_side(view: str, *shown: tuple[Net, Picture]) -> None:
    """A control of either pane moves both."""
    for column, ending, (net, picture) in zip(st.columns(2, gap="large"), (FIRST, SECOND), shown, strict=True):
        with column, st.container(key=f"pane{ending}"), pane(ending):
            compare.title(net)
            VIEWS[view].show(net, picture)
