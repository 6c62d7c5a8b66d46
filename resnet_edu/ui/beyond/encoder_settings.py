"""The settings of the sections about Transformers, kept in the URL."""

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.measure.transformers import DEEPEST, DEPTHS, HEADS, WIDTHS, EncoderSetting
from resnet_edu.nets.encoder import NormPlace
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Nearest, OneOf, read

DEFAULT = EncoderSetting()
QUANTITIES = {"stream": mark("Gradient of the stream"), "weights": mark("Gradient of the MLP's weights")}
PLACES = {
    NormPlace.POST: mark("Post-LN"),
    NormPlace.PRE: mark("Pre-LN"),
    NormPlace.NONE: mark("No normalisation"),
}
HEAD = Nearest("encoder_heads", HEADS, DEFAULT.heads)
WIDTH = Nearest("encoder_width", WIDTHS, DEFAULT.width)
PLACE = OneOf("encoder_norm", tuple(NormPlace), NormPlace.POST)
LAYERS = Nearest("encoder_layers", range(1, DEEPEST + 1), 8)
DEPTH = Nearest("encoder_depth", DEPTHS, 24)
QUANTITY = OneOf("encoder_quantity", tuple(QUANTITIES), "stream")


def read_size() -> EncoderSetting:
    """Read what both sections share."""
    return EncoderSetting(read(HEAD), read(WIDTH))


def is_recorded(setting: EncoderSetting) -> bool:
    """Whether it is the recorded setting, with several seeds."""
    return setting == DEFAULT


def choose_place(place: NormPlace) -> None:
    """Show the control for the normalisation."""
    widgets.segmented(PLACE, place, _("Layer normalisation"), {each: _(PLACES[each]) for each in PLACES})


def choose_quantity(quantity: str) -> None:
    """Show the control for the quantity."""
    widgets.segmented(QUANTITY, quantity, _("Quantity"), {each: _(QUANTITIES[each]) for each in QUANTITIES})


def choose_size(setting: EncoderSetting, section: str) -> None:
    """Show the controls for heads and width, which both sections share."""
    left, right = st.columns(2)
    with left:
        titles = {heads: str(heads) for heads in HEADS}
        widgets.select(HEAD, setting.heads, _("Heads"), titles, key=f"{section}-heads")
    with right:
        titles = {width: str(width) for width in WIDTHS}
        widgets.select(WIDTH, setting.width, _("Width of the stream"), titles, key=f"{section}-width")
