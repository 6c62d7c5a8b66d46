"""Blocks stacked to a whole net: a published one, or one's own numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from resnet_edu.errors import UserError
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import KINDS
from resnet_edu.nets.layers import Conv, Linear
from resnet_edu.nets.operations import Graph
from resnet_edu.nets.stack import Stack, StackedBlock, StackSpec, Stem
from resnet_edu.nets.stack_presets import BASIC_A, BASIC_B, BOTTLENECK, BY_NAME, PLAIN, STACKS
from resnet_edu.ui.components import component
from resnet_edu.ui.shared import block_diagram
from resnet_edu.ui.text.language import _, current, explain, large
from resnet_edu.ui.url.links import choose, remember
from resnet_edu.ui.url.query import Query

OWN = "own"
BLOCKS = (1, 200)
WIDTHS = (4, 8, 16, 32, 64, 128)
KIND_OF_BLOCK = {"basic": BASIC_A, "plain": PLAIN, "bottleneck": BOTTLENECK}
STEMS = {Stem.CIFAR: (3, 10, 32), Stem.IMAGENET: (4, 1000, 224)}


@dataclass(frozen=True)
class Chosen:
    """What the URL asks for; ``name`` is ``own`` for one's own numbers."""

    name: str
    spec: StackSpec
    mended: tuple[str, ...]


def panel() -> None:
    """The controls, the totals, and the net from stem to classifier."""
    now = _chosen()
    titles = {preset.name: preset.name for preset in STACKS} | {OWN: _("Your own")}
    st.session_state["net"] = now.name
    st.selectbox(
        _("Network"), list(titles), format_func=titles.__getitem__, key="net", on_change=_preset_changed, args=(now,)
    )
    _choose_numbers(now)
    try:
        stack = now.spec.stack()
    except UserError as error:
        st.error(explain(error))
        return
    if now.name != OWN:
        st.caption(BY_NAME[now.name].citation)
    _show_totals(now.spec, stack.graph)
    component("block/stack")(key="stack", data=_figure(now.spec, stack))


def _chosen() -> Chosen:
    query = Query()
    name = query.text("net", {*BY_NAME, OWN}, "ResNet-152 (v1.5)")
    if name != OWN:
        return Chosen(name, BY_NAME[name].spec, query.mended)
    stem = query.option("stem", Stem, Stem.CIFAR)
    stages, classes, size = STEMS[stem]
    block = KIND_OF_BLOCK[query.text("stack_kind", KIND_OF_BLOCK, "basic")]
    if stem is Stem.IMAGENET and block is BASIC_A:
        block = BASIC_B
    blocks = tuple(int(query.between(f"blocks_{each}", 3, *BLOCKS, whole=True)) for each in range(1, stages + 1))
    width = query.number("stack_width", 16, WIDTHS)
    factor = 4 if block.kind == "bottleneck" else 1
    channels = tuple(width * factor * 2**stage for stage in range(stages))
    return Chosen(OWN, StackSpec(block, blocks, channels, width, stem, classes, size), query.mended)


def _choose_numbers(now: Chosen) -> None:
    """The numbers of any stack that this panel can make; the first change makes it one's own."""
    spec = now.spec
    if spec.dense or spec.block.kind not in KIND_OF_BLOCK or spec.stem_channels not in WIDTHS:
        return
    values = {"stem": spec.stem, "stack_kind": spec.block.kind, "stack_width": spec.stem_channels}
    for name, value in values.items():
        st.session_state[name] = value
    columns = iter(st.columns(3 + len(spec.blocks)))
    stems = {Stem.CIFAR: "CIFAR, 32 × 32", Stem.IMAGENET: "ImageNet, 224 × 224"}
    with next(columns):
        st.selectbox(_("Stem"), list(Stem), format_func=stems.__getitem__, key="stem", on_change=_changed)
    with next(columns):
        kinds = {kind: _(KINDS[kind].title) for kind in KIND_OF_BLOCK}
        st.selectbox(_("Kind"), list(kinds), format_func=kinds.__getitem__, key="stack_kind", on_change=_changed)
    with next(columns):
        st.selectbox(_("Channels of the first stage"), WIDTHS, key="stack_width", on_change=_changed)
    for number, (count, column) in enumerate(zip(spec.blocks, columns, strict=True), 1):
        st.session_state[f"blocks_{number}"] = count
        label = _("Blocks of stage {number}", number=number)
        column.number_input(label, *BLOCKS, step=1, key=f"blocks_{number}", on_change=_changed)


def _changed() -> None:
    choose("net", OWN)
    for name in ("stem", "stack_kind", "stack_width", *(f"blocks_{each}" for each in range(1, 5))):
        if name in st.session_state:
            choose(name, str(st.session_state[name]))


def _preset_changed(now: Chosen) -> None:
    remember("net")
    if st.session_state["net"] == OWN:
        _changed()


def _show_totals(spec: StackSpec, graph: Graph) -> None:
    main = [each for each in graph.operations if isinstance(each.layer, Conv | Linear)]
    side = sum("shortcut" in each.name or "downsample" in each.name or "gate" in each.name for each in main)
    st.markdown(
        _(
            "**{layers}** layers with weights, **{parameters}** parameters, **{multiply_adds}** multiply-adds"
            " for a picture of {size} × {size}.",
            layers=len(main) - side,
            parameters=f"{graph.parameters:,}",
            multiply_adds=large(sum(graph.multiply_adds(spec.shape).values())),
            size=spec.size,
        )
    )


def _figure(spec: StackSpec, stack: Stack) -> dict[str, Any]:
    """The data of the ``stack`` component; equal blocks are sent once."""
    rows = _Rows(spec, stack.graph)
    types: dict[BlockSpec, int] = {}
    operations: list[dict[str, Any]] = []

    def type_of(block: StackedBlock) -> int:
        if block.spec not in types:
            types[block.spec] = len(operations)
            operations.append(
                {"changes": not block.spec.keeps_shape, "operations": rows.of(block.operations, block.name)}
            )
        return types[block.spec]

    parts = [rows.part(_("stem"), "", stack.stem)]
    for stage in stack.stages:
        if stage.transition:
            parts.append(rows.part(_("transition"), "", stage.transition))
        names = [name for block in stage.blocks for name in block.operations]
        title = f"{len(stage.blocks)} × {_(KINDS[spec.block.kind].title)}"
        parts.append(rows.part(stage.name, title, names) | {"blocks": [type_of(block) for block in stage.blocks]})
    parts.append(rows.part(_("head"), "", stack.head))
    return {
        "key": f"{spec} {current()}",
        "net": "plain" if spec.block.kind == "plain" else "residual",
        "parts": parts,
        "types": operations,
        "labels": {
            "output": _("output"),
            "parameters": _("parameters"),
            "multiplyAdds": _("multiply-adds"),
            "block": _("Block"),
            "changes": _("changes the shape"),
            "columns": [_("Layer"), _("Operation"), _("output"), _("parameters"), _("multiply-adds")],
        },
    }


class _Rows:
    """A net's operations as rows of a table."""

    def __init__(self, spec: StackSpec, graph: Graph) -> None:
        self._graph = graph
        self._shapes = graph.predict(spec.shape).shapes
        self._multiply_adds = graph.multiply_adds(spec.shape)

    def of(self, names: Iterable[str], prefix: str = "") -> list[list[Any]]:
        return [
            [
                name.removeprefix(f"{prefix}."),
                block_diagram.describe(self._graph[name].layer).title,
                block_diagram.written(self._shapes[name]),
                self._graph[name].layer.parameters,
                self._multiply_adds[name],
            ]
            for name in names
        ]

    def part(self, name: str, title: str, names: Iterable[str]) -> dict[str, Any]:
        names = list(names)
        return {
            "name": name,
            "title": title,
            "shape": block_diagram.written(self._shapes[names[-1]]),
            "parameters": sum(self._graph[each].layer.parameters for each in names),
            "multiplyAdds": sum(self._multiply_adds[each] for each in names),
            "operations": None if title else self.of(names),
        }
