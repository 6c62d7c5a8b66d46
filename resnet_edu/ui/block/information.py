"""The data-processing inequality: no layer adds information; a shortcut makes it easy to keep."""

import streamlit as st

from resnet_edu.figures.information import kept_bits, told_apart
from resnet_edu.measure.information import (
    BITS,
    LAYERS,
    SEEDS,
    WIDTHS,
    InformationSetting,
    Kept,
    Numbers,
    information,
)
from resnet_edu.nets.cifar import Family
from resnet_edu.nets.fully_connected import LinearStart
from resnet_edu.ui.block.code import information_code
from resnet_edu.ui.components import component
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import OneOf, read

DEFAULT = InformationSetting()
FAMILIES = (Family.PLAIN, Family.RESIDUAL)
WIDTH = OneOf("cube_width", WIDTHS, DEFAULT.width)
START = OneOf("cube_start", LinearStart, DEFAULT.start)
NUMBERS = OneOf("cube_numbers", Numbers, DEFAULT.numbers)


@st.fragment
def show_information() -> None:
    """Show how much the nets know about their input, computed live and once per setting for all readers."""
    setting = InformationSetting(read(WIDTH), read(START), read(NUMBERS))
    _choose(setting)
    nets = {family: _measured(setting, family) for family in FAMILIES}
    plain, residual = (told_apart(each, -1) for each in nets.values())
    sentence = _(
        "After {layers} layers the plain nets still tell apart **{plain}** of {inputs} inputs, the residual nets"
        " **{residual}**: median and range of {nets} untrained nets each.",
        layers=LAYERS[-1],
        inputs=2**BITS,
        plain=plain,
        residual=residual,
        nets=len(SEEDS),
    )
    component("block/information")(
        key="information",
        data={
            "layers": LAYERS,
            "bits": BITS,
            "curves": kept_bits(nets),
            "labels": {
                "alt": sentence.replace("**", ""),
                "plain": _("Plain nets, median"),
                "residual": _("Residual nets, median"),
                "layers": _("Layers passed; thin: each net"),
                "bits": _("Bits known about the input"),
            },
        },
    )
    st.markdown(sentence)
    below("information", _("What no layer can bring back"), information_code(setting), "Cover and Thomas, § 2.8")


def _choose(now: InformationSetting) -> None:
    widths, starts, numbers = st.columns(3)
    with widths:
        neurons = {width: _("{width} neurons", width=width) for width in WIDTHS}
        widgets.segmented(WIDTH, now.width, _("Neurons a layer"), neurons)
    with starts:
        weights = {LinearStart.TORCH: _("PyTorch's first weights"), LinearStart.HE: _("He's first weights")}
        widgets.segmented(START, now.start, _("First weights"), weights)
    with numbers:
        precisions = {each: str(each) for each in Numbers}
        widgets.segmented(NUMBERS, now.numbers, _("Numbers between the blocks"), precisions)


@st.cache_resource(show_spinner=False, max_entries=64)
def _measured(setting: InformationSetting, family: Family) -> tuple[Kept, ...]:
    """Measure once for all readers of the same setting."""
    return information(setting, family)


def warm_up() -> None:
    """Measure the default setting, so that the first visitor finds it."""
    for family in FAMILIES:
        _measured(DEFAULT, family)
