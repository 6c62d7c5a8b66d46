"""Writes a block as Keras source: functional API, channels last."""

from collections.abc import Iterator

from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import graph_of
from resnet_edu.nets.layers import Activate, Add, Blend, Concatenate, Conv, Layer, Norm, Shape, ZeroPad
from resnet_edu.nets.source import Statement, commented, identifier, statements

SOURCE = """\
import math
import os
from importlib.util import find_spec

# any backend that is installed computes the same; without this, Keras asks for TensorFlow
backend = next(filter(find_spec, ("tensorflow", "jax", "torch")), "torch")
os.environ.setdefault("KERAS_BACKEND", backend)

import keras
from keras import layers{constant}

NORM = {{"momentum": 0.9, "epsilon": 1e-5}}


{block}
    return {output}


inputs = keras.Input(({shape}))
model = keras.Model(inputs, block(inputs))
y = model(keras.random.normal((2, {shape})))
print("output", tuple(y.shape))
print("trainable parameters", sum(math.prod(w.shape) for w in model.trainable_weights))
print("running statistics", sum(math.prod(w.shape) for w in model.non_trainable_weights))
"""


def keras_source(spec: BlockSpec, x: Shape) -> str:
    """Return a function ``block`` and code that runs it on a random input of shape ``x`` (channels first).

    Weights, padding, epsilon and momentum match PyTorch's, so that equal weights give equal outputs. Where
    shapes don't fit, a comment shows both and running the code raises Keras's own error. Raises ``UserError``
    if the block has problems.
    """
    found = statements(graph_of(spec), x)
    lines = [("def block(x):", _shape(x)), *(line for statement in found for line in _lines(statement))]
    biased = any(isinstance(s.operation.layer, Conv) and s.operation.layer.initial_bias is not None for s in found)
    return SOURCE.format(
        constant="\nfrom keras.initializers import Constant" if biased else "",
        block="\n".join(commented(lines)),
        output=found[-1].target,
        shape=", ".join(map(str, _channels_last(x))),
    )


def _lines(statement: Statement) -> Iterator[tuple[str, str]]:
    layer, arguments = statement.operation.layer, statement.arguments
    if isinstance(layer, Conv) and layer.padding and layer.stride > 1:
        # Keras's own padding="same" would pad the odd row and column on the other side.
        yield f"    {statement.target} = layers.ZeroPadding2D({layer.padding})({arguments[0]})", ""
        arguments = (statement.target,)
    expression = _expression(identifier(statement.operation.name), layer, arguments)
    yield f"    {statement.target} = {expression}", ", ".join(map(_shape, statement.shapes))


def _expression(name: str, layer: Layer, arguments: tuple[str, ...]) -> str:
    x, named = arguments[0], f'name="{name}"'
    listed = f"[{', '.join(arguments)}]"
    match layer:
        case Conv():
            return f"layers.Conv2D({_convolution(layer)}, {named})({x})"
        case Norm():
            return f"layers.BatchNormalization(**NORM, {named})({x})"
        case Activate(activation):
            return f'layers.Activation("{activation}", {named})({x})'
        case Add():
            return f"layers.Add({named})({listed})"
        case Concatenate():
            return f"layers.Concatenate({named})({listed})"
        case Blend():
            transformed, gate, carried = arguments
            return f"{transformed} * {gate} + {carried} * (1 - {gate})"
        case ZeroPad(channels_in, channels_out, stride):
            new = channels_out - channels_in
            widths = f"[(0, 0), (0, 0), (0, 0), ({new // 2}, {new - new // 2})]"
            pixels = f"{x}[:, ::{stride}, ::{stride}]" if stride > 1 else x
            return f"keras.ops.pad({pixels}, {widths})"
    raise TypeError(layer)


def _convolution(conv: Conv) -> str:
    options = [str(conv.channels_out), str(conv.kernel)]
    if conv.stride > 1:
        options.append(f"strides={conv.stride}")
    elif conv.padding:
        options.append('padding="same"')
    if conv.groups > 1:
        options.append(f"groups={conv.groups}")
    if not conv.bias:
        options.append("use_bias=False")
    if conv.initial_bias is not None:
        options.append(f"bias_initializer=Constant({conv.initial_bias})")
    return ", ".join(options)


def _channels_last(shape: Shape) -> Shape:
    return shape[1], shape[2], shape[0]


def _shape(shape: Shape) -> str:
    return " × ".join(map(str, _channels_last(shape)))
