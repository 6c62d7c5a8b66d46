"""The settings of the sections about Transformers, kept in the URL."""

from dataclasses import dataclass

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.measure.transformers import DEEPEST, DEPTHS, HEADS, WIDTHS, EncoderSetting
from resnet_edu.nets.encoder import NormPlace
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Nearest, OneOf, Query, note_mended

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


@dataclass(frozen=True)
class ChosenEncoder:
    """The setting in the URL."""

    setting: EncoderSetting
    place: NormPlace
    layers: int
    depth: int
    quantity: str

    @property
    def is_recorded(self) -> bool:
        """Whether it is the recorded setting, with several seeds."""
        return self.setting == DEFAULT


def chosen() -> ChosenEncoder:
    """Read the setting from the URL, correcting invalid values."""
    query = Query()
    setting = EncoderSetting(query.read(HEAD), query.read(WIDTH))
    now = ChosenEncoder(setting, query.read(PLACE), query.read(LAYERS), query.read(DEPTH), query.read(QUANTITY))
    note_mended(query.mended)
    return now


def choose_place(now: ChosenEncoder) -> None:
    """Show the control for the normalisation."""
    widgets.segmented(PLACE, now.place, _("Layer normalisation"), {place: _(PLACES[place]) for place in PLACES})


def choose_quantity(now: ChosenEncoder) -> None:
    """Show the control for the quantity."""
    widgets.segmented(QUANTITY, now.quantity, _("Quantity"), {each: _(QUANTITIES[each]) for each in QUANTITIES})


def choose_size(now: ChosenEncoder, section: str) -> None:
    """Show the controls for heads and width, which both sections share."""
    left, right = st.columns(2)
    with left:
        titles = {heads: str(heads) for heads in HEADS}
        widgets.select(HEAD, now.setting.heads, _("Heads"), titles, key=f"{section}-heads")
    with right:
        titles = {width: str(width) for width in WIDTHS}
        widgets.select(WIDTH, now.setting.width, _("Width of the stream"), titles, key=f"{section}-width")
