"""Theoretical receptive field and stride at every operation of a graph (Araujo19)."""

from collections.abc import Mapping
from dataclasses import dataclass

from resnet_edu.nets.layers import AveragePool, Conv, Flatten, GlobalPool, Layer, MaxPool, Shape, ZeroPad
from resnet_edu.nets.operations import INPUT, Graph
from resnet_edu.nets.vgg import PoolTo


@dataclass(frozen=True)
class ReceptiveField:
    """``size`` pixels of the picture, in height and in width, can change one value of the output.

    Two neighbouring values look at windows ``stride`` pixels apart. The picture may be smaller than
    the field, which then reaches into the padding.
    """

    size: int
    stride: int


def receptive_fields(graph: Graph, x: Shape) -> dict[str, ReceptiveField]:
    """Every operation's field for a picture of shape ``x``; where paths meet, the largest.

    What has pooled over all pixels, or stands after that, sees what the whole map before it sees.
    """
    shapes = graph.predict(x).shapes
    fields = {INPUT: ReceptiveField(1, 1)}
    for operation in graph.operations:
        incoming = [fields[name] for name in operation.inputs]
        widest = max(incoming, key=lambda field: field.size)
        stride = max(field.stride for field in incoming)
        kernel, step = _window(operation.layer, shapes[operation.inputs[0]])
        fields[operation.name] = ReceptiveField(widest.size + (kernel - 1) * stride, stride * step)
    del fields[INPUT]
    return fields


def last_map(graph: Graph, fields: Mapping[str, ReceptiveField]) -> ReceptiveField:
    """The field of the last feature map, before the classifier pools: what papers quote for a net."""
    last = ReceptiveField(1, 1)
    for operation in graph.operations:
        if isinstance(operation.layer, GlobalPool | PoolTo | Flatten):
            break
        last = fields[operation.name]
    return last


def _window(layer: Layer, x: Shape | None) -> tuple[int, int]:
    """How many neighbours of its input a layer looks at along a side, and how far it moves on."""
    match layer:
        case Conv(kernel=kernel, stride=stride):
            return kernel, stride
        case MaxPool(kernel=kernel, stride=stride) | AveragePool(kernel=kernel, stride=stride):
            return kernel, stride
        case ZeroPad(stride=stride):
            return 1, stride
        case PoolTo(side=side) if x:
            step = max(1, x[1] // side)
            return x[1] - (side - 1) * step, step
        case GlobalPool() | Flatten() if x:
            return max(x[1:]), 1
    return 1, 1
