"""Counts weights, multiply-adds and memory by operation, block and stage, before any weight exists."""

from collections.abc import Iterable
from dataclasses import dataclass

from resnet_edu.measure.memory import Precision, forward_peak, kept_bytes
from resnet_edu.measure.receptive_field import ReceptiveField, last_map, receptive_fields
from resnet_edu.nets.layers import Layer, Shape
from resnet_edu.nets.operations import INPUT
from resnet_edu.nets.plan import Plan


@dataclass(frozen=True)
class Cost:
    """Weights, and for a whole batch: multiply-adds, bytes of outputs, bytes kept for the backward pass."""

    parameters: int = 0
    multiply_adds: int = 0
    output: int = 0
    kept: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.parameters + other.parameters,
            self.multiply_adds + other.multiply_adds,
            self.output + other.output,
            self.kept + other.kept,
        )


QUANTITIES = ("parameters", "multiply_adds", "kept")
"""The quantities by which the parts of a net are compared."""


@dataclass(frozen=True)
class Row:
    """One operation, or the picture itself, which has no layer."""

    stage: str
    block: str
    name: str
    layer: Layer | None
    shape: Shape
    field: ReceptiveField
    cost: Cost


@dataclass(frozen=True)
class Group:
    """A block or a stage; ``name`` is empty for operations outside any block."""

    stage: str
    name: str
    cost: Cost


@dataclass(frozen=True)
class Count:
    """A net's costs for one batch; the rows sum to ``total``, and so do the blocks and the stages.

    ``forward`` is the peak of a forward pass without gradients, in bytes; ``field`` is the receptive field of
    the last feature map.
    """

    rows: tuple[Row, ...]
    total: Cost
    forward: int
    field: ReceptiveField

    def stages(self) -> tuple[Group, ...]:
        """Return the costs by stage, in the order of the net; the picture counts towards the first."""
        return _grouped((row.stage, "", row.cost) for row in self.rows)

    def blocks(self) -> tuple[Group, ...]:
        """Return the costs by block within each stage, in the same order."""
        return _grouped((row.stage, row.block, row.cost) for row in self.rows)


def count(plan: Plan, x: Shape, batch: int = 1, precision: Precision = Precision.FLOAT32) -> Count:
    """Count everything for pictures of shape ``x``; raises ``ValueError`` if the net can't take them."""
    graph = plan.graph
    kept = kept_bytes(graph, x, precision)
    shapes = graph.predict(x).shapes
    fields = receptive_fields(graph, x)
    multiply_adds = graph.multiply_adds(x)

    def cost(name: str, layer: Layer | None) -> Cost:
        channels, height, width = shapes[name] or x
        of_picture = kept[name]
        return Cost(
            layer.parameters if layer else 0,
            multiply_adds.get(name, 0) * batch,
            channels * height * width * batch * precision.bytes,
            of_picture.per_picture * batch + of_picture.per_batch,
        )

    first = plan.sections[0].stage
    rows = [Row(first, "", INPUT, None, x, ReceptiveField(1, 1), cost(INPUT, None))]
    for section in plan.sections:
        for name in section.operations:
            layer = graph[name].layer
            shape = shapes[name] or x
            rows.append(Row(section.stage, section.block, name, layer, shape, fields[name], cost(name, layer)))
    total = sum((row.cost for row in rows), Cost())
    forward = forward_peak(graph, x, precision) * batch
    return Count(tuple(rows), total, forward, last_map(graph, fields))


def _grouped(costs: Iterable[tuple[str, str, Cost]]) -> tuple[Group, ...]:
    sums: dict[tuple[str, str], Cost] = {}
    for stage, block, cost in costs:
        sums[stage, block] = sums.get((stage, block), Cost()) + cost
    return tuple(Group(stage, block, cost) for (stage, block), cost in sums.items())
