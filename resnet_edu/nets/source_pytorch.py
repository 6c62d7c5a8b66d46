"""Writes a block as PyTorch source."""

from collections.abc import Iterator
from itertools import groupby

from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Activation
from resnet_edu.nets.kinds import graph_of
from resnet_edu.nets.layers import Activate, Add, Blend, Concatenate, Conv, Layer, Norm, Shape, ZeroPad
from resnet_edu.nets.source import Statement, commented, statements

SOURCE = """\
import torch
from torch import nn{functional}


class Block(nn.Module):
    def __init__(self):
        super().__init__()
{layers}

{forward}
        return {output}


block = Block()
x = torch.randn(2, {shape})
print("output", tuple(block(x).shape))
print("parameters", sum(p.numel() for p in block.parameters()))
"""
FUNCTIONAL = "\nfrom torch.nn import functional as F"

ACTIVATIONS = {Activation.RELU: "nn.ReLU()", Activation.TANH: "nn.Tanh()", Activation.SIGMOID: "nn.Sigmoid()"}


def pytorch_source(spec: BlockSpec, x: Shape) -> str:
    """Return a module ``Block`` and code that runs it on a random input of shape ``x``.

    Its state dict matches that of the block's ``GraphNet``. Where shapes don't fit, a comment shows both and
    running the code raises torch's own error (except that torch silently broadcasts an axis of size 1).
    Raises ``UserError`` if the block has problems.
    """
    found = statements(graph_of(spec), x)
    forward = [("    def forward(self, x):", _shape(x)), *_forward(found)]
    padded = any(isinstance(statement.operation.layer, ZeroPad) for statement in found)
    return SOURCE.format(
        functional=FUNCTIONAL if padded else "",
        layers="\n".join(_layers(found)),
        forward="\n".join(commented(forward)),
        output=found[-1].target,
        shape=", ".join(map(str, x)),
    )


def _groups(found: tuple[Statement, ...]) -> Iterator[tuple[str, list[Statement]]]:
    """Group the statements by module attribute; ``shortcut.0`` and ``shortcut.1`` form one ``shortcut``."""
    for name, group in groupby(found, key=lambda statement: statement.operation.name.partition(".")[0]):
        yield name, list(group)


def _layers(found: tuple[Statement, ...]) -> Iterator[str]:
    for name, group in _groups(found):
        layers = [code for statement in group for code in _module(statement.operation.layer)]
        if "." in group[0].operation.name:
            yield f"        self.{name} = nn.Sequential("
            yield from (f"            {code}," for code in layers)
            yield "        )"
        else:
            yield from (f"        self.{name} = {code}" for code in layers)
        yield from _initial_biases(name, group)


def _initial_biases(name: str, group: list[Statement]) -> Iterator[str]:
    for position, statement in enumerate(group):
        layer = statement.operation.layer
        if isinstance(layer, Conv) and layer.initial_bias is not None:
            index = f"[{position}]" if "." in statement.operation.name else ""
            yield f"        nn.init.constant_(self.{name}{index}.bias, {layer.initial_bias})"


def _module(layer: Layer) -> Iterator[str]:
    """Yield the layer's module; nothing if ``forward`` writes it as an expression."""
    if isinstance(layer, Conv):
        stride = f", stride={layer.stride}" if layer.stride != 1 else ""
        padding = f", padding={layer.padding}" if layer.padding else ""
        groups = f", groups={layer.groups}" if layer.groups != 1 else ""
        bias = "" if layer.bias else ", bias=False"
        sizes = f"{layer.channels_in}, {layer.channels_out}, {layer.kernel}"
        yield f"nn.Conv2d({sizes}{stride}{padding}{groups}{bias})"
    elif isinstance(layer, Norm):
        yield f"nn.BatchNorm2d({layer.channels})"
    elif isinstance(layer, Activate):
        yield ACTIVATIONS[layer.activation]


def _forward(found: tuple[Statement, ...]) -> Iterator[tuple[str, str]]:
    for name, group in _groups(found):
        first, last = group[0], group[-1]
        expression = _expression(name, last.operation.layer, first.arguments)
        yield f"        {last.target} = {expression}", ", ".join(map(_shape, last.shapes))


def _expression(name: str, layer: Layer, arguments: tuple[str, ...]) -> str:
    match layer:
        case Add():
            return " + ".join(arguments)
        case Blend():
            transformed, gate, carried = arguments
            return f"{transformed} * {gate} + {carried} * (1 - {gate})"
        case Concatenate():
            return f"torch.cat([{', '.join(arguments)}], dim=1)"
        case ZeroPad(channels_in, channels_out, stride):
            new = channels_out - channels_in
            pixels = f"{arguments[0]}[:, :, ::{stride}, ::{stride}]" if stride > 1 else arguments[0]
            return f"F.pad({pixels}, (0, 0, 0, 0, {new // 2}, {new - new // 2}))"
    return f"self.{name}({', '.join(arguments)})"


def _shape(shape: Shape) -> str:
    return " × ".join(map(str, shape))
