"""Blocks stacked into a whole net: a published one, or one with the reader's own numbers."""

from collections.abc import Iterable, Mapping
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
from resnet_edu.ui.block.code import stack_code
from resnet_edu.ui.components import component
from resnet_edu.ui.shared import block_diagram
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.text.language import _, current, explain, large, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Between, Nearest, OneOf, read

OWN = "own"
BLOCKS = (1, 200)
WIDTHS = (4, 8, 16, 32, 64, 128)
KIND_OF_BLOCK = {"basic": BASIC_A, "plain": PLAIN, "bottleneck": BOTTLENECK}
STEMS = {Stem.CIFAR: (3, 10, 32), Stem.IMAGENET: (4, 1000, 224)}

NET = OneOf("net", (*BY_NAME, OWN), "ResNet-152 (v1.5)")
STEM = OneOf("stem", Stem, Stem.CIFAR)
KIND = OneOf("stack_kind", KIND_OF_BLOCK, "basic")
WIDTH = Nearest("stack_width", WIDTHS, 16)
STAGES = [Between(f"blocks_{number}", *BLOCKS, 3) for number in range(1, 5)]
"""Number of blocks in each stage."""


@dataclass(frozen=True)
class ChosenStack:
    """The stack in the URL; ``name`` is ``own`` if the reader chose its numbers."""

    name: str
    spec: StackSpec


def show_stack() -> None:
    """Show the controls, the totals, and the net from stem to classifier."""
    now = _chosen()
    titles = {preset.name: preset.name for preset in STACKS} | {OWN: _("Your own")}
    widgets.select(NET, now.name, _("Network"), titles, changes=_net_changes)
    _choose_numbers(now)
    try:
        stack = now.spec.stack()
    except UserError as error:
        st.error(explain(error))
        return
    if now.name != OWN:
        st.caption(marks().cited(BY_NAME[now.name].citation))
    _show_totals(now.spec, stack.graph)
    component("block/stack")(key="stack", data=_figure(now.spec, stack))
    if now.name != OWN:
        below("stack", now.name, stack_code(now.name), BY_NAME[now.name].citation)


def _chosen() -> ChosenStack:
    name = read(NET)
    if name != OWN:
        return ChosenStack(name, BY_NAME[name].spec)
    stem = read(STEM)
    stages, classes, size = STEMS[stem]
    block = KIND_OF_BLOCK[read(KIND)]
    if stem is Stem.IMAGENET and block is BASIC_A:
        block = BASIC_B
    blocks = tuple(read(stage) for stage in STAGES[:stages])
    width = read(WIDTH)
    factor = 4 if block.kind == "bottleneck" else 1
    channels = tuple(width * factor * 2**stage for stage in range(stages))
    return ChosenStack(OWN, StackSpec(block, blocks, channels, width, stem, classes, size))


def _choose_numbers(now: ChosenStack) -> None:
    """Show the numbers of a stack that these controls can express; the first change makes it the reader's own."""
    spec = now.spec
    if not _numbers(spec):
        return
    columns = iter(st.columns(3 + len(spec.blocks)))
    stems = {Stem.CIFAR: "CIFAR, 32 × 32", Stem.IMAGENET: "ImageNet, 224 × 224"}
    with next(columns):
        widgets.select(STEM, spec.stem, _("Stem"), stems, changes=_changes_of(STEM.name))
    with next(columns):
        kinds = {kind: _(KINDS[kind].title) for kind in KIND_OF_BLOCK}
        widgets.select(KIND, spec.block.kind, _("Kind"), kinds, changes=_changes_of(KIND.name))
    with next(columns):
        widths = {width: str(width) for width in WIDTHS}
        label = _("Channels of the first stage")
        widgets.select(WIDTH, spec.stem_channels, label, widths, changes=_changes_of(WIDTH.name))
    for number, (stage, count, column) in enumerate(zip(STAGES, spec.blocks, columns, strict=False), 1):
        with column:
            label = _("Blocks of stage {number}", number=number)
            widgets.number(stage, count, label, step=1, changes=_changes_of(stage.name))


def _numbers(spec: StackSpec) -> dict[str, object]:
    """Return a stack's URL parameters, or none if the controls cannot express it."""
    if spec.dense or spec.block.kind not in KIND_OF_BLOCK or spec.stem_channels not in WIDTHS:
        return {}
    blocks = {stage.name: count for stage, count in zip(STAGES, spec.blocks, strict=False)}
    return {STEM.name: spec.stem, KIND.name: spec.block.kind, WIDTH.name: spec.stem_channels} | blocks


def _changes_of(name: str) -> widgets.Changes:
    """Return changes that make the current stack the reader's own, with one number replaced."""
    return lambda value: {NET.name: OWN} | _numbers(_chosen().spec) | {name: value}


def _net_changes(name: str) -> Mapping[str, object]:
    return {NET.name: OWN} | _numbers(_chosen().spec) if name == OWN else {NET.name: name}


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
    """Return the data of the ``stack`` component, in which equal blocks appear once."""
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
            "item": marks().item,
            "output": _("output"),
            "parameters": _("parameters"),
            "multiplyAdds": _("multiply-adds"),
            "block": _("Block"),
            "changes": _("changes the shape"),
            "columns": [_("Layer"), _("Operation"), _("output"), _("parameters"), _("multiply-adds")],
        },
    }


class _Rows:
    """Rows of a table with a net's operations."""

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
