"""Shared by the source generators: one statement per operation, and which variable holds what."""

from collections.abc import Sequence
from dataclasses import dataclass

from resnet_edu.nets.layers import Shape
from resnet_edu.nets.operations import INPUT, Graph, Operation, Role

VARIABLES = {Role.MAIN: "out", Role.SHORTCUT: "shortcut", Role.GATE: "gate"}


@dataclass(frozen=True)
class Statement:
    """Assigns ``operation`` of ``arguments`` to ``target``.

    ``shapes`` holds the shape of the output, or the two shapes that don't match.
    """

    operation: Operation
    target: str
    arguments: tuple[str, ...]
    shapes: tuple[Shape, ...]


def statements(graph: Graph, x: Shape) -> tuple[Statement, ...]:
    """Return the graph's operations as statements on variables named after their lanes.

    A value still needed after its lane has moved on gets its own variable.
    """
    prediction = graph.predict(x)
    shapes: dict[str, tuple[Shape, ...]] = {
        name: (shape,) if shape else () for name, shape in prediction.shapes.items()
    }
    shapes |= {fault.operation: (fault.left, fault.right) for fault in prediction.faults}
    variables = {INPUT: INPUT}
    found = []
    for position, operation in enumerate(graph.operations):
        kept = _outlives_its_lane(operation, graph.operations[position + 1 :])
        target = identifier(operation.name) if kept else VARIABLES[operation.role]
        arguments = tuple(variables[name] for name in operation.inputs)
        found.append(Statement(operation, target, arguments, shapes[operation.name]))
        variables[operation.name] = target
    return tuple(found)


def _outlives_its_lane(operation: Operation, rest: Sequence[Operation]) -> bool:
    written = next((n for n, later in enumerate(rest) if later.role is operation.role), len(rest))
    return any(operation.name in later.inputs for later in rest[written + 1 :])


def identifier(name: str) -> str:
    """Turn a dotted name into a Python identifier."""
    return name.replace(".", "_")


def commented(lines: Sequence[tuple[str, str]]) -> list[str]:
    """Align the comments of lines of code in one column; empty comments are left out."""
    column = max(len(code) for code, comment in lines if comment)
    return [f"{code:<{column}}  # {comment}" if comment else code for code, comment in lines]
