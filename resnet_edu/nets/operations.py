"""A network as a list of named operations, whose shapes, faults and costs are known before any weight exists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from resnet_edu.nets.layers import Layer, Shape, ShapeError

INPUT = "x"
"""The name of a graph's input."""


class Role(StrEnum):
    """The lane in which a diagram draws an operation."""

    MAIN = "main"
    SHORTCUT = "shortcut"
    GATE = "gate"


@dataclass(frozen=True)
class Operation:
    """A layer in a graph: ``name`` is its module's dotted name, ``inputs`` name other operations or ``x``."""

    name: str
    layer: Layer
    inputs: tuple[str, ...] = (INPUT,)
    role: Role = Role.MAIN


@dataclass(frozen=True)
class Fault:
    """An operation whose inputs do not fit.

    ``left`` and ``right`` are the two shapes that should match along ``differing``: those of branch and
    shortcut for an addition, otherwise the actual input and the expected one.
    """

    operation: str
    differing: tuple[str, ...]
    left: Shape
    right: Shape


@dataclass(frozen=True)
class PredictedShapes:
    """The shapes of ``x`` and of every operation's output; None after a fault."""

    shapes: Mapping[str, Shape | None]
    faults: tuple[Fault, ...]
    output: Shape | None


@dataclass(frozen=True)
class Graph:
    """Operations in execution order; the last one's output is the graph's.

    Raises ``ValueError`` if a name occurs twice or an input has not been computed yet.
    """

    operations: tuple[Operation, ...]

    def __post_init__(self) -> None:
        known = {INPUT}
        for operation in self.operations:
            if operation.name in known or not known.issuperset(operation.inputs):
                raise ValueError(operation)
            known.add(operation.name)

    def __getitem__(self, name: str) -> Operation:
        """Return the operation of that name; raises ``KeyError``."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Operation]:
        return {operation.name: operation for operation in self.operations}

    @property
    def output(self) -> str:
        """The name of the last operation, or of the input if there is none."""
        return self.operations[-1].name if self.operations else INPUT

    @property
    def parameters(self) -> int:
        """The number of trained weights in all operations."""
        return sum(operation.layer.parameters for operation in self.operations)

    def predict(self, x: Shape) -> PredictedShapes:
        """Predict every output's shape for an input of shape ``x``, and where shapes don't fit."""
        shapes: dict[str, Shape | None] = {INPUT: x}
        faults = []
        for operation in self.operations:
            shapes[operation.name] = None
            inputs = [shape for name in operation.inputs if (shape := shapes[name])]
            if len(inputs) == len(operation.inputs):
                try:
                    shapes[operation.name] = operation.layer.shape(*inputs)
                except ShapeError as error:
                    faults.append(Fault(operation.name, error.differing, error.left, error.right))
        return PredictedShapes(shapes, tuple(faults), shapes[self.output])

    def multiply_adds(self, x: Shape) -> dict[str, int]:
        """Return each operation's multiply-adds for one input of shape ``x``; 0 if its shape is unknown."""
        shapes = self.predict(x).shapes
        return {
            operation.name: operation.layer.multiply_adds(out) if (out := shapes[operation.name]) else 0
            for operation in self.operations
        }


def chain(
    start: str, steps: Iterable[tuple[str, Layer]], prefix: str = "", role: Role = Role.MAIN
) -> tuple[Operation, ...]:
    """Return operations in sequence, the first one applied to ``start``; every name begins with ``prefix``."""
    operations: list[Operation] = []
    for name, layer in steps:
        operations.append(Operation(prefix + name, layer, (start,), role))
        start = prefix + name
    return tuple(operations)


def spliced(graph: Graph, prefix: str, start: str) -> tuple[Operation, ...]:
    """Return the operations as part of another graph, with names prefixed by ``prefix.`` and ``start`` as input."""
    names = {operation.name: f"{prefix}.{operation.name}" for operation in graph.operations} | {INPUT: start}
    return tuple(
        replace(operation, name=names[operation.name], inputs=tuple(names[name] for name in operation.inputs))
        for operation in graph.operations
    )
