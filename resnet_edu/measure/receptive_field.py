"""Theoretical receptive field and stride at every operation of a graph (Araujo19)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from resnet_edu.nets.layers import AveragePool, Conv, Flatten, GlobalPool, Layer, MaxPool, Shape, ZeroPad
from resnet_edu.nets.operations import INPUT, Graph
from resnet_edu.nets.vgg import PoolTo


@dataclass(frozen=True)
class ReceptiveField:
    """The window of ``size`` x ``size`` pixels that can affect one value of the output.

    The windows of neighbouring values are ``stride`` pixels apart. The picture may be smaller than the field,
    which then extends into the padding. ``start`` is the first pixel of the first value's window, negative in
    the padding; published figures don't state it, so it is ignored in comparisons.
    """

    size: int
    stride: int
    start: int = field(default=0, compare=False)

    def window(self, index: int) -> tuple[int, int]:
        """Return the half-open pixel range that value ``index`` along a side sees."""
        first = self.start + index * self.stride
        return first, first + self.size


def receptive_fields(graph: Graph, x: Shape) -> dict[str, ReceptiveField]:
    """Return every operation's field for a picture of shape ``x``; where paths meet, the largest.

    Anything at or after a global pooling sees what the whole map before it sees.
    """
    shapes = graph.predict(x).shapes
    fields = {INPUT: ReceptiveField(1, 1)}
    for operation in graph.operations:
        incoming = [fields[name] for name in operation.inputs]
        widest = max(incoming, key=lambda field: field.size)
        stride = max(field.stride for field in incoming)
        kernel, step, padding = _window(operation.layer, shapes[operation.inputs[0]])
        fields[operation.name] = ReceptiveField(
            size=widest.size + (kernel - 1) * stride,
            stride=stride * step,
            start=min(each.start for each in incoming) - padding * stride,
        )
    del fields[INPUT]
    return fields


def last_map(graph: Graph, fields: Mapping[str, ReceptiveField]) -> ReceptiveField:
    """Return the field of the last feature map before the classifier pools, which is what papers quote for a net."""
    last = ReceptiveField(1, 1)
    for operation in graph.operations:
        if isinstance(operation.layer, GlobalPool | PoolTo | Flatten):
            break
        last = fields[operation.name]
    return last


def _window(layer: Layer, x: Shape | None) -> tuple[int, int, int]:
    """Return kernel size, stride and padding of a layer along one side."""
    match layer:
        case Conv(kernel=kernel, stride=stride, padding=padding):
            return kernel, stride, padding
        case MaxPool(kernel=kernel, stride=stride, padding=padding):
            return kernel, stride, padding
        case AveragePool(kernel=kernel, stride=stride):
            return kernel, stride, 0
        case ZeroPad(stride=stride):
            return 1, stride, 0
        case PoolTo(side=side) if x:
            step = max(1, x[1] // side)
            return x[1] - (side - 1) * step, step, 0
        case GlobalPool() | Flatten() if x:
            return max(x[1:]), 1, 0
    return 1, 1, 0
