"""What source text of any framework needs: one statement an operation, and which variable holds what."""

from collections.abc import Sequence
from dataclasses import dataclass

from resnet_edu.nets.layers import Shape
from resnet_edu.nets.operations import INPUT, Graph, Operation, Role

VARIABLES = {Role.MAIN: "out", Role.SHORTCUT: "shortcut", Role.GATE: "gate"}


@dataclass(frozen=True)
class Statement:
    """``target`` becomes the operation's output for ``arguments``; ``shapes`` has the output's, or a fault's two."""

    operation: Operation
    target: str
    arguments: tuple[str, ...]
    shapes: tuple[Shape, ...]


def statements(graph: Graph, x: Shape) -> tuple[Statement, ...]:
    """The graph's operations on variables named after their lanes.

    A value that is needed after its lane has moved on has a variable of its own.
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
    """A dotted name as a Python identifier."""
    return name.replace(".", "_")


def commented(lines: Sequence[tuple[str, str]]) -> list[str]:
    """Lines of code with their comments in one column; an empty comment is left out."""
    column = max(len(code) for code, comment in lines if comment)
    return [f"{code:<{column}}  # {comment}" if comment else code for code, comment in lines]
