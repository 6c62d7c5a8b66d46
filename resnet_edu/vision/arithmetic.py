"""Works out one number of one feature map: what a layer multiplied, added or selected to get it."""

import math
import time
from collections.abc import Hashable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from resnet_edu.measure.taps import copied, ending_at, tapped
from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.blocks import ACTIVATIONS, Activation
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.nets.layers import Activate, Add, Conv, MaxPool, Norm, ZeroPad
from resnet_edu.nets.operations import INPUT, Graph, Operation
from resnet_edu.nets.outline import stack_of, stack_spec
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, forward
from resnet_edu.vision.feature_maps import as_png, place_of
from resnet_edu.vision.image import Picture
from resnet_edu.vision.seen import given_to

Unit = tuple[int, int, int]
"""Channel, row and column, from 0."""


@dataclass(frozen=True)
class Products:
    """A convolution: ``window`` and ``kernel`` are (C, k, k); the picture's edge is padded with zeros.

    ``first`` is the input channel where the window starts, which is not 0 in a later group. If the layer sees
    the picture itself, ``filters`` is a PNG of all filters in colour, ``columns`` to a row.
    """

    window: Tensor
    kernel: Tensor
    bias: float
    first: int
    filters: bytes = b""
    columns: int = 0

    @property
    def value(self) -> float:
        """The sum of all products and the bias."""
        return float((self.window.double() * self.kernel.double()).sum()) + self.bias


@dataclass(frozen=True)
class Normalised:
    """Batch normalisation of ``x`` in evaluation mode: (x - mean) / sqrt(variance + eps) * gamma + beta."""

    x: float
    mean: float
    variance: float
    gamma: float
    beta: float
    eps: float

    @property
    def scale(self) -> float:
        """The scale in y = scale * x + shift, the form in which only two numbers are left."""
        return self.gamma / math.sqrt(self.variance + self.eps)

    @property
    def shift(self) -> float:
        """The shift in y = scale * x + shift."""
        return self.beta - self.mean * self.scale

    @property
    def value(self) -> float:
        """The normalised number."""
        return self.scale * self.x + self.shift


@dataclass(frozen=True)
class Activated:
    """An activation, given by name, of ``x``."""

    x: float
    activation: str

    @property
    def value(self) -> float:
        """The activation of ``x``."""
        return float(ACTIVATIONS[Activation(self.activation)]()(torch.tensor(self.x)))


@dataclass(frozen=True)
class Summed:
    """The addition of a block."""

    residual: float
    shortcut: float

    @property
    def value(self) -> float:
        """F(x) + x."""
        return self.residual + self.shortcut


@dataclass(frozen=True)
class Largest:
    """Max pooling over a (k, k) ``window``; positions outside the map are -inf."""

    window: Tensor

    @property
    def value(self) -> float:
        """The largest value in the window."""
        return float(self.window.max())


@dataclass(frozen=True)
class Carried:
    """Option A's shortcut: a value copied from the input unit ``source``, or a zero in an added channel."""

    x: float
    source: Unit | None

    @property
    def value(self) -> float:
        """The value itself."""
        return self.x


Terms = Products | Normalised | Activated | Summed | Largest | Carried


@dataclass(frozen=True)
class Worked:
    """A result: the unit's (H, W) float32 ``map`` as the net computes it, and the ``terms`` of its value."""

    unit: Unit
    channels: int
    map: Tensor
    terms: Terms
    milliseconds: float

    @property
    def value(self) -> float:
        """The value that the net computed."""
        return float(self.map[self.unit[1], self.unit[2]])


def operations_of(architecture: Architecture, layer: str) -> tuple[Operation, ...]:
    """Return the operations that lead to the place ``layer``; none if a net's modules don't form such a chain.

    That is the case for DenseNets, whose layers take lists, and Highway nets, whose gates are in no graph.
    """
    if stack_spec(architecture).dense or (
        isinstance(architecture, CifarSpec) and architecture.family is Family.HIGHWAY
    ):
        return ()
    stack = stack_of(architecture)
    inside = {block.name: block.operations for stage in stack.stages for block in stage.blocks}
    stem = [name for name in stack.stem if name != "maxpool"]
    names = {"stem": tuple(stem), "pool": ("maxpool",), **inside}[layer]
    return tuple(stack.graph[name] for name in names)


@dataclass(frozen=True)
class WorkOut:
    """The task: work out one number of the map output by ``operation``, which belongs to the place ``layer``.

    Without a valid ``unit``, the largest value of the map that varies most is used.
    """

    net: Net
    picture: Picture
    layer: str
    operation: str
    unit: Unit | None = None

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net and the number."""
        return ("work out", self.net, self.picture.sha256, self.layer, self.operation, self.unit)

    def run(self, loaded: Loaded) -> Worked:
        """Run one pass in evaluation mode up to the place, then its operations one by one in float32."""
        started = time.perf_counter()
        operations = operations_of(self.net.architecture, self.layer)
        images = given_to(self.net, self.picture)
        values = {operations[0].inputs[0]: self._input(loaded, operations, images)}
        chosen = next(each for each in operations if each.name == self.operation)
        with torch.inference_mode():
            for operation in operations[: operations.index(chosen) + 1]:
                inputs = [values[name] for name in operation.inputs]
                values[operation.name] = _apply(loaded, operation, inputs)
        maps = values[chosen.name][0]
        unit = self._unit(maps)
        inputs = [values[name][0] for name in chosen.inputs]
        module = loaded.model.get_submodule(chosen.name) if isinstance(chosen.layer, Conv | Norm) else None
        terms = _terms(chosen, module, inputs, unit)
        milliseconds = (time.perf_counter() - started) * 1000
        return Worked(unit, len(maps), maps[unit[0]].clone(), terms, milliseconds)

    def _input(self, loaded: Loaded, operations: tuple[Operation, ...], images: Tensor) -> Tensor:
        if operations[0].inputs[0] == INPUT:
            return images
        place = place_of(self.net.architecture, self.layer)
        with tapped(loaded.model, copied, (), [place.module]) as taps, ending_at(loaded.model, place.module):
            forward(loaded, images)
        return taps.inputs[place.module]

    def _unit(self, maps: Tensor) -> Unit:
        if self.unit and all(0 <= each < size for each, size in zip(self.unit, maps.shape, strict=True)):
            return self.unit
        channel = int(maps.flatten(1).var(1, unbiased=False).argmax())
        row, column = divmod(int(maps[channel].argmax()), maps.shape[2])
        return channel, row, column


def shapes_in(architecture: Architecture, side: int) -> dict[str, tuple[int, int, int]]:
    """Return the output shape of every operation of a net for a picture of ``side`` pixels."""
    graph: Graph = stack_of(architecture).graph
    return {name: shape for name, shape in graph.predict((3, side, side)).shapes.items() if shape}


def _apply(loaded: Loaded, operation: Operation, inputs: list[Tensor]) -> Tensor:
    """Apply the operation, using the net's own layer if it has weights; nothing is computed in place."""
    weighted = isinstance(operation.layer, Conv | Norm)
    module = loaded.model.get_submodule(operation.name) if weighted else operation.layer.module()
    result: Tensor = module(*(each.to(loaded.device) for each in inputs))
    return result.float().cpu()


def _terms(operation: Operation, module: nn.Module | None, inputs: list[Tensor], unit: Unit) -> Terms:
    channel, row, column = unit
    x = inputs[0]
    match operation.layer:
        case Conv() as layer:
            assert isinstance(module, nn.Conv2d)
            return _products(layer, module, x, unit, sees_picture=operation.inputs == (INPUT,))
        case Norm():
            assert isinstance(module, nn.BatchNorm2d)
            numbers = (module.running_mean, module.running_var, module.weight, module.bias)
            mean, variance, gamma, beta = (float(each[channel].detach()) for each in numbers if each is not None)
            return Normalised(float(x[unit]), mean, variance, gamma, beta, module.eps)
        case Activate(activation=activation):
            return Activated(float(x[unit]), str(activation))
        case Add():
            return Summed(float(x[unit]), float(inputs[1][unit]))
        case MaxPool(kernel=kernel, stride=stride, padding=padding):
            return Largest(_window(x[channel : channel + 1], kernel, stride, padding, row, column, -math.inf)[0])
        case ZeroPad(channels_in=old, channels_out=new, stride=stride):
            source = (channel - (new - old) // 2, row * stride, column * stride)
            known = 0 <= source[0] < old
            return Carried(float(x[source]) if known else 0.0, source if known else None)
    raise TypeError(operation.layer)


def _products(layer: Conv, module: nn.Conv2d, x: Tensor, unit: Unit, *, sees_picture: bool) -> Products:
    channel, row, column = unit
    weights = module.weight.detach().float().cpu()
    width = weights.shape[1]
    first = channel // (layer.channels_out // layer.groups) * width
    window = _window(x[first : first + width], layer.kernel, layer.stride, layer.padding, row, column, 0.0)
    bias = float(module.bias[channel]) if module.bias is not None else 0.0
    if not sees_picture:
        return Products(window, weights[channel].clone(), bias, first)
    sheet, columns = in_colours(weights)
    return Products(window, weights[channel].clone(), bias, first, sheet, columns)


def _window(x: Tensor, kernel: int, stride: int, padding: int, row: int, column: int, outside: float) -> Tensor:
    """Cut out what one output position sees: (C, H, W) -> (C, kernel, kernel)."""
    padded = nn.functional.pad(x, (padding,) * 4, value=outside)
    top, left = row * stride, column * stride
    return padded[:, top : top + kernel, left : left + kernel].clone()


def in_colours(weights: Tensor) -> tuple[bytes, int]:
    """Return (N, 3, k, k) filters as one PNG, and its tiles per row; each has its own scale, 0 is middle grey."""
    count, _, side, _ = weights.shape
    limit = weights.abs().amax((1, 2, 3), keepdim=True).clamp(min=1e-12)
    colours = ((weights / limit + 1) / 2 * 255).round().to(torch.uint8)
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    tiles = torch.zeros(rows * columns, 3, side, side, dtype=torch.uint8)
    tiles[:count] = colours
    sheet = tiles.view(rows, columns, 3, side, side).permute(0, 3, 1, 4, 2)
    return as_png(sheet.reshape(rows * side, columns * side, 3).numpy()), columns
