"""The block on the page: a preset, or one's own in every detail; the URL holds it."""

from dataclasses import asdict, dataclass, fields
from typing import Any

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.nets.block_options import Order, ShortcutKind, StrideOn
from resnet_edu.nets.block_presets import PRESETS, BlockPreset
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.kinds import KINDS
from resnet_edu.nets.layers import Shape
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url.links import choose, remember
from resnet_edu.ui.url.query import Query

OWN = "own"
CHANNELS = (1, 4096)
SIZES = (1, 512)
STRIDES = (1, 2, 4)
EXPANSIONS = (1, 2, 4, 8)
GROUPS = (1, 2, 4, 8, 16, 32, 64)

NAMES: dict[str, str] = {
    ShortcutKind.NONE: mark("none"),
    ShortcutKind.IDENTITY: mark("identity"),
    ShortcutKind.A: mark("A: zero padding"),
    ShortcutKind.B: mark("B: projection if needed"),
    ShortcutKind.C: mark("C: always a projection"),
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
    "shortcut": (mark("Shortcut"), tuple(ShortcutKind)),
    "order": (mark("Order"), tuple(Order)),
    "expansion": (mark("Expansion"), EXPANSIONS),
    "groups": (mark("Groups"), GROUPS),
    "stride_on": (mark("The stride sits on"), tuple(StrideOn)),
    "normalisation": (mark("Normalisation"), tuple(Normalisation)),
    "activation": (mark("Activation"), tuple(Activation)),
}
SPEC_FIELDS = tuple(field.name for field in fields(BlockSpec))


@dataclass(frozen=True)
class Assembled:
    """The block that the URL asks for and the shape of its input; ``preset`` is None for one's own."""

    preset: BlockPreset | None
    spec: BlockSpec
    shape: Shape
    backward: bool
    mended: tuple[str, ...]


def assembled() -> Assembled:
    """Read the URL; a bad value becomes the nearest legal one and is named."""
    query = Query()
    name = query.text("block", {*(preset.id for preset in PRESETS), OWN}, PRESETS[0].id)
    preset = next((each for each in PRESETS if each.id == name), None)
    if preset:
        spec, shape = preset.spec, preset.shape
    else:
        spec = _own_spec(query)
        size = int(query.between("size", 56, *SIZES, whole=True))
        shape = (spec.channels_in, size, size)
    return Assembled(preset, spec, shape, query.switch("backward"), query.mended)


def choose_preset(now: Assembled) -> None:
    """The blocks of the papers as buttons."""
    st.session_state["block"] = now.preset.id if now.preset else OWN
    titles = {preset.id: _(preset.title) for preset in PRESETS} | {OWN: _("Your own")}
    st.segmented_control(
        _("Block"),
        list(titles),
        format_func=titles.__getitem__,
        key="block",
        required=True,
        label_visibility="collapsed",
        on_change=_preset_changed,
        args=(now,),
    )


def choose_own(now: Assembled) -> None:
    """Every detail that the kind uses as a control; the first change makes the block one's own."""
    for name in SPEC_FIELDS:
        st.session_state[name] = getattr(now.spec, name)
    st.session_state["size"] = now.shape[1]
    uses = KINDS[now.spec.kind].uses
    names = [name for name in CHOICES if name in uses]
    columns = iter(st.columns(5) + st.columns(5) + st.columns(5))
    with next(columns):
        kinds = {name: _(kind.title) for name, kind in KINDS.items()}
        st.selectbox(_("Kind"), list(kinds), format_func=kinds.__getitem__, key="kind", on_change=change)
    for name, label, bounds in (
        ("channels_in", _("Channels in"), CHANNELS),
        ("channels_out", _("Channels out"), CHANNELS),
        ("size", _("Height and width"), SIZES),
    ):
        with next(columns):
            st.number_input(label, *bounds, step=1, key=name, on_change=change)
    for name, column in zip(names, columns, strict=False):
        label, options = CHOICES[name]
        titles = {option: _name(option) for option in (*options, st.session_state[name])}
        with column:
            st.selectbox(_(label), list(titles), format_func=titles.__getitem__, key=name, on_change=change)


def change(**changes: Any) -> None:
    """Make the block on the page one's own: as the controls stand, with ``changes``."""
    values = {name: st.session_state[name] for name in (*SPEC_FIELDS, "size")} | changes
    choose("block", OWN)
    for name, value in values.items():
        choose(name, str(value))


def take(spec: BlockSpec) -> None:
    """Make ``spec`` the block on the page, as a repair does."""
    change(**asdict(spec))


def link_to(spec: BlockSpec, size: int) -> dict[str, str]:
    """The URL's parameters for a block."""
    return {"block": OWN, "size": str(size), **{name: str(value) for name, value in asdict(spec).items()}}


def _name(value: Any) -> str:
    return _(NAMES[value]) if value in NAMES else str(value)


def _preset_changed(now: Assembled) -> None:
    remember("block")
    if st.session_state["block"] == OWN:
        take(now.spec)
    else:
        for name in (*SPEC_FIELDS, "size"):
            st.query_params.pop(name, None)


def _own_spec(query: Query) -> BlockSpec:
    default = BlockSpec()
    return BlockSpec(
        kind=query.text("kind", KINDS, default.kind),
        channels_in=int(query.between("channels_in", default.channels_in, *CHANNELS, whole=True)),
        channels_out=int(query.between("channels_out", default.channels_out, *CHANNELS, whole=True)),
        stride=query.number("stride", default.stride, STRIDES),
        expansion=int(query.between("expansion", default.expansion, *CHANNELS, whole=True)),
        groups=int(query.between("groups", default.groups, *CHANNELS, whole=True)),
        shortcut=query.option("shortcut", ShortcutKind, default.shortcut),
        order=query.option("order", Order, default.order),
        stride_on=query.option("stride_on", StrideOn, default.stride_on),
        normalisation=query.option("normalisation", Normalisation, default.normalisation),
        activation=query.option("activation", Activation, default.activation),
    )
