"""The settings of the block page, kept in the URL: a preset, or every detail chosen by the reader."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.nets.block_options import Order, StrideOn
from resnet_edu.nets.block_presets import PRESETS, BlockPreset
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.kinds import KINDS
from resnet_edu.nets.layers import Shape
from resnet_edu.nets.vocabulary import Shortcut
from resnet_edu.ui.shell import lecture
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import choose_all
from resnet_edu.ui.url.query import Between, Nearest, OneOf, Parameter, Switch, read

OWN = "own"
CHANNELS = (1, 4096)
SIZES = (1, 512)
STRIDES = (1, 2, 4)
EXPANSIONS = (1, 2, 4, 8)
GROUPS = (1, 2, 4, 8, 16, 32, 64)

NAMES: dict[str, str] = {
    Shortcut.NONE: mark("none"),
    Shortcut.IDENTITY: mark("identity"),
    Shortcut.A: mark("A: zero padding"),
    Shortcut.B: mark("B: projection if needed"),
    Shortcut.C: mark("C: always a projection"),
    Order.ORIGINAL: mark("(a) original"),
    Order.BN_AFTER_ADDITION: mark("(b) BN after addition"),
    Order.RELU_BEFORE_ADDITION: mark("(c) ReLU before addition"),
    Order.RELU_ONLY_PRE_ACTIVATION: mark("(d) ReLU-only pre-activation"),
    Order.FULL_PRE_ACTIVATION: mark("(e) full pre-activation"),
    StrideOn.FIRST_1X1: mark("first 1×1 (v1)"),
    StrideOn.CONV_3X3: mark("3×3 (v1.5)"),
    Normalisation.BATCH: mark("batch"),
    Normalisation.NONE: mark("none"),
    Activation.RELU: "ReLU",
    Activation.TANH: "tanh",
    Activation.SIGMOID: "sigmoid",
}
CHOICES: dict[str, tuple[str, tuple[Any, ...]]] = {
    "stride": (mark("Stride"), STRIDES),
    "shortcut": (mark("Shortcut"), tuple(Shortcut)),
    "order": (mark("Order"), tuple(Order)),
    "expansion": (mark("Expansion"), EXPANSIONS),
    "groups": (mark("Groups"), GROUPS),
    "stride_on": (mark("The stride sits on"), tuple(StrideOn)),
    "normalisation": (mark("Normalisation"), tuple(Normalisation)),
    "activation": (mark("Activation"), tuple(Activation)),
}
DEFAULT = BlockSpec()
BLOCK = OneOf("block", (*(preset.id for preset in PRESETS), OWN), PRESETS[0].id)
SIZE = Between("size", *SIZES, 56)
BACKWARD = Switch("backward")
CHANNELS_IN = Between("channels_in", *CHANNELS, DEFAULT.channels_in)
CHANNELS_OUT = Between("channels_out", *CHANNELS, DEFAULT.channels_out)
FIELDS: dict[str, Parameter[Any]] = {
    parameter.name: parameter
    for parameter in (
        OneOf("kind", KINDS, DEFAULT.kind),
        CHANNELS_IN,
        CHANNELS_OUT,
        Nearest("stride", STRIDES, DEFAULT.stride),
        Between("expansion", *CHANNELS, DEFAULT.expansion),
        Between("groups", *CHANNELS, DEFAULT.groups),
        OneOf("shortcut", Shortcut, DEFAULT.shortcut),
        OneOf("order", Order, DEFAULT.order),
        OneOf("stride_on", StrideOn, DEFAULT.stride_on),
        OneOf("normalisation", Normalisation, DEFAULT.normalisation),
        OneOf("activation", Activation, DEFAULT.activation),
    )
}
"""URL parameters of the fields of a ``BlockSpec``."""


@dataclass(frozen=True)
class Assembled:
    """The block in the URL and the shape of its input; ``preset`` is None if the reader set it up."""

    preset: BlockPreset | None
    spec: BlockSpec
    shape: Shape
    backward: bool


def assembled() -> Assembled:
    """Read the block from the URL, correcting invalid values."""
    name = read(BLOCK)
    preset = next((each for each in PRESETS if each.id == name), None)
    if preset:
        spec, shape = preset.spec, preset.shape
    else:
        spec = BlockSpec(**{name: read(parameter) for name, parameter in FIELDS.items()})
        size = read(SIZE)
        shape = (spec.channels_in, size, size)
    return Assembled(preset, spec, shape, read(BACKWARD))


def choose_preset(now: Assembled) -> None:
    """Show the papers' blocks as buttons."""
    titles = {preset.id: _(preset.title) for preset in PRESETS} | {OWN: _("Your own")}
    widgets.segmented(BLOCK, now.preset.id if now.preset else OWN, _("Block"), titles, changes=_preset_changes)


def choose_own(now: Assembled) -> None:
    """Show a control for every detail of the kind; the first change turns the preset into the reader's own block."""
    if lecture.here():
        return
    uses = KINDS[now.spec.kind].uses
    names = [name for name in CHOICES if name in uses]
    columns = iter(st.columns(5) + st.columns(5) + st.columns(5))
    with next(columns):
        kinds = {name: _(kind.title) for name, kind in KINDS.items()}
        widgets.select(FIELDS["kind"], now.spec.kind, _("Kind"), kinds, changes=_changes_of("kind"))
    for parameter, label, value in (
        (CHANNELS_IN, _("Channels in"), now.spec.channels_in),
        (CHANNELS_OUT, _("Channels out"), now.spec.channels_out),
        (SIZE, _("Height and width"), now.shape[1]),
    ):
        with next(columns):
            widgets.number(parameter, value, label, step=1, changes=_changes_of(parameter.name))
    for name, column in zip(names, columns, strict=False):
        label, options = CHOICES[name]
        value = getattr(now.spec, name)
        titles = {option: _name(option) for option in (*options, value)}
        with column:
            widgets.select(FIELDS[name], value, _(label), titles, changes=_changes_of(name))


def take(spec: BlockSpec) -> None:
    """Make ``spec`` the block on the page, as a repair does."""
    choose_all(link_to(spec, assembled().shape[1]))


def _changes_of(name: str) -> widgets.Changes:
    """Return changes that make the current block the reader's own, with one detail replaced."""
    return lambda value: link_to((now := assembled()).spec, now.shape[1]) | {name: str(value)}


def link_to(spec: BlockSpec, size: int) -> dict[str, str]:
    """Return the URL parameters of a block."""
    return {"block": OWN, "size": str(size), **{name: str(value) for name, value in asdict(spec).items()}}


def _name(value: Any) -> str:
    return _(NAMES[value]) if value in NAMES else str(value)


def _preset_changes(name: str) -> Mapping[str, object]:
    if name == OWN:
        now = assembled()
        return link_to(now.spec, now.shape[1])
    return {BLOCK.name: name, SIZE.name: None, **dict.fromkeys(FIELDS)}
