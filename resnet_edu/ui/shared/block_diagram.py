"""Data of the block diagram in the reader's language: each operation's title, numbers and explanations."""

from dataclasses import dataclass
from typing import Any

from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Activation
from resnet_edu.nets.kinds import graph_of, prediction_of
from resnet_edu.nets.layers import (
    Activate,
    Add,
    AveragePool,
    Blend,
    Concatenate,
    Conv,
    Flatten,
    GlobalPool,
    Layer,
    Linear,
    MaxPool,
    Norm,
    Shape,
    ZeroPad,
)
from resnet_edu.nets.operations import INPUT, Fault, Graph, Operation, PredictedShapes, Role
from resnet_edu.ui.text.language import _, marks

OUTPUT = "y"


@dataclass(frozen=True)
class Words:
    """An operation's texts: its labels, and the sentences that explain its forward and backward pass."""

    kind: str
    title: str
    note: str
    sentence: str
    backward: str


def diagram(spec: BlockSpec, shape: Shape, *, backward: bool | None = None) -> dict[str, Any]:
    """Return the data of the ``block_diagram`` component; it has no backward switch if ``backward`` is None."""
    graph = graph_of(spec)
    prediction = prediction_of(spec, shape)
    words = {operation.name: describe(operation.layer) for operation in graph.operations}
    return {
        "nodes": [
            _end(INPUT, "input", (), shape, _("What the block takes.")),
            *(_node(operation, words[operation.name], prediction) for operation in graph.operations),
            _end(OUTPUT, "output", (graph.output,), prediction.output, _("What the block gives.")),
        ],
        "shortcut": _direct_shortcut(graph, shape),
        "fault": _fault(prediction),
        "backward": None if backward is None else _backward(graph, words, backward),
        "labels": {
            "alt": in_words(graph, prediction, words),
            "hint": _("Point at an operation or tap it, or walk with the arrow keys, to read what it does."),
            "in": "x",
            "out": OUTPUT,
            "forward": _("Forward"),
        },
    }


def written(shape: Shape | None) -> str | None:
    """Format a shape, such as 64×56×56."""
    return None if shape is None else "×".join(map(str, shape))


def describe(layer: Layer) -> Words:
    """Describe one layer in words."""
    if isinstance(layer, Conv):
        return _convolution(layer)
    if isinstance(layer, Norm):
        return Words(
            "norm",
            "BN",
            "",
            _(
                "Brings each of the {channels} channels to mean 0 and variance 1 over the batch, then scales and"
                " shifts it by two learnt numbers.",
                channels=layer.channels,
            ),
            _(
                "The gradient is divided by each channel's standard deviation; what the whole batch has"
                " in common is removed."
            ),
        )
    if isinstance(layer, Activate):
        return _activation(layer)
    if isinstance(layer, Add):
        return Words(
            "add",
            _("addition"),
            "",
            _("Adds both inputs, number by number. They need the same channels, height and width."),
            _(
                "∂L/∂s, the gradient with respect to this sum, goes on unchanged to both:"
                " the branch F and the shortcut S."
            ),
        )
    if isinstance(layer, Concatenate):
        return Words(
            "concatenate",
            _("concatenation"),
            "",
            _("Appends the new channels to the old ones. Only height and width have to agree."),
            _("The gradient is cut in two: the old channels' part goes to x, the new channels' part to the branch."),
        )
    if isinstance(layer, Blend):
        return Words(
            "blend",
            "T·H + (1 − T)·x",
            "",
            _("The gate T decides, for every number, how much of H is taken and how much of x is carried."),
            _("H gets the gradient times T, x gets it times 1 − T, the gate gets it times H − x."),
        )
    if isinstance(layer, ZeroPad):
        return Words(
            "pad",
            _("zero padding, {channels}", channels=layer.channels_out),
            _stride(layer.stride),
            _(
                "Keeps one pixel in {stride} along each side and pads with channels of zeros. Nothing to learn.",
                stride=layer.stride,
            ),
            _("The gradient of the zeros is dropped, that of the old channels goes back to where it came from."),
        )
    return _around_blocks(layer)


def in_words(graph: Graph, prediction: PredictedShapes, words: dict[str, Words]) -> str:
    """Describe the whole diagram in sentences."""
    lines = [_("Input x of {shape}.", shape=written(prediction.shapes[INPUT]))]
    for operation in graph.operations:
        values = {
            "title": words[operation.name].title,
            "inputs": marks().listed(operation.inputs),
            "parameters": f"{operation.layer.parameters:,}",
            "shape": written(prediction.shapes[operation.name]) or _("impossible"),
            "name": operation.name,
        }
        lines.append(_("{name}: {title}, of {inputs}; {parameters} parameters; gives {shape}.", **values))
    return marks().sentences(lines)


def fault_sentence(fault: Fault) -> str:
    """Say which shapes do not match and in which dimensions."""
    axes = {"channels": _("channels"), "height": _("height"), "width": _("width")}
    return _(
        "cannot join {left} and {right}: they differ in {axes}",
        left=written(fault.left),
        right=written(fault.right),
        axes=marks().listed(axes[axis] for axis in fault.differing),
    )


def _convolution(conv: Conv) -> Words:
    notes = [_stride(conv.stride), _("{groups} groups", groups=conv.groups) if conv.groups > 1 else ""]
    sizes = (conv.kernel, conv.kernel, conv.channels_in // conv.groups, conv.channels_out)
    weights = "\u00a0×\u00a0".join(map(str, sizes))  # a product stays on its line
    if conv.bias:
        weights += f" + {conv.channels_out}"
    return Words(
        "conv",
        _("{kernel}×{kernel} conv, {channels}", kernel=conv.kernel, channels=conv.channels_out),
        " · ".join(note for note in notes if note),
        _(
            "Slides {count} filters over the input, {stride} px a step: {weights} = {parameters} weights to learn.",
            count=conv.channels_out,
            stride=conv.stride,
            weights=weights,
            parameters=f"{conv.parameters:,}",
        ),
        _("The gradient is convolved with the rotated filters; on the way, each weight gets a gradient of its own."),
    )


def _activation(layer: Activate) -> Words:
    sentences = {
        Activation.RELU: (
            _("Sets everything below zero to zero: max(0, value)."),
            _("The gradient passes where the value was above zero, and nowhere else."),
        ),
        Activation.TANH: (
            _("Squeezes every number into -1 to 1."),
            _("The gradient is multiplied by 1 − tanh², at most 1."),
        ),
        Activation.SIGMOID: (
            _("Squeezes every number into 0 to 1."),
            _("The gradient is multiplied by the slope of the sigmoid, at most 1/4."),
        ),
    }
    titles = {Activation.RELU: "ReLU", Activation.TANH: "tanh", Activation.SIGMOID: "sigmoid"}
    return Words("activation", titles[layer.activation], "", *sentences[layer.activation])


def _around_blocks(layer: Layer) -> Words:
    """Describe a layer outside the blocks: in the stem, between stages or in the classifier."""
    if isinstance(layer, MaxPool):
        title, what = (
            _("{kernel}×{kernel} max pooling", kernel=layer.kernel),
            _("Keeps the largest value of each window."),
        )
        return Words("pool", title, _stride(layer.stride), what, _("The gradient goes to the largest value alone."))
    if isinstance(layer, AveragePool):
        title, what = _("{kernel}×{kernel} average pooling", kernel=layer.kernel), _("Keeps the mean of each window.")
        return Words("pool", title, _stride(layer.stride), what, _("Every value of a window gets an equal share."))
    if isinstance(layer, GlobalPool):
        what = _("Keeps the mean of each channel over all its pixels.")
        return Words("pool", _("global average pooling"), "", what, _("Every pixel of a channel gets an equal share."))
    if isinstance(layer, Flatten):
        return Words(
            "flatten", _("one vector"), "", _("Puts all values into one row."), _("The gradient gets its shape back.")
        )
    if isinstance(layer, Linear):
        return Words(
            "linear",
            _("linear, {classes}", classes=layer.features_out),
            "",
            _("Gives every class a score: a weighted sum of all features, and a bias."),
            _("Every feature gets the scores' gradients, weighted as on the way forward."),
        )
    raise TypeError(layer)


def _stride(stride: int) -> str:
    return _("stride {stride}", stride=stride) if stride > 1 else ""


def _node(operation: Operation, words: Words, prediction: PredictedShapes) -> dict[str, Any]:
    parameters = operation.layer.parameters
    return {
        "id": operation.name,
        "kind": words.kind,
        "title": words.title,
        "detail": f"{parameters:,}" if parameters else "",
        "note": words.note,
        "inputs": list(operation.inputs),
        "lane": operation.role,
        "shape": written(prediction.shapes[operation.name]),
        "sentence": words.sentence,
        "dashed": operation.role is Role.SHORTCUT and isinstance(operation.layer, Conv | Norm),
    }


def _end(name: str, kind: str, inputs: tuple[str, ...], shape: Shape | None, sentence: str) -> dict[str, Any]:
    return {
        "id": name,
        "kind": kind,
        "title": name,
        "detail": "",
        "note": "",
        "inputs": list(inputs),
        "lane": Role.MAIN,
        "shape": written(shape),
        "sentence": sentence,
        "dashed": False,
    }


def _joint(graph: Graph) -> Operation | None:
    """Return the operation where the branch and the shortcut meet, or None."""
    joints = (each for each in graph.operations if isinstance(each.layer, Add | Concatenate | Blend))
    return next(joints, None)


def _direct_shortcut(graph: Graph, shape: Shape) -> dict[str, Any] | None:
    joint = _joint(graph)
    if joint is None or INPUT not in joint.inputs:
        return None
    titles: dict[type[Layer], str] = {
        Add: _("identity: nothing to learn, nothing to pay"),
        Concatenate: _("kept as it is"),
        Blend: _("carried where the gate is closed"),
    }
    return {"title": titles[type(joint.layer)], "shape": written(shape), "dashed": False}


def _fault(prediction: PredictedShapes) -> dict[str, str] | None:
    for fault in prediction.faults:
        return {"node": fault.operation, "message": fault_sentence(fault)}
    return None


def _backward(graph: Graph, words: dict[str, Words], at: bool) -> dict[str, Any]:
    """Apply He16 equation 5 to this block: the paths on which the gradient returns to x."""
    joint = _joint(graph)
    above = "∂L/∂y"
    if joint and joint.name != graph.output:
        above = "∂L/∂s"  # what follows the addition changes the gradient before it splits
    edges = {
        f"{INPUT}<-{operation.name}": _share(operation, joint, above)
        for operation in graph.operations
        if INPUT in operation.inputs
    }
    return {
        "at": at,
        "label": _("Backward"),
        "nodes": {name: each.backward for name, each in words.items()}
        | {
            INPUT: _("The gradients of all paths back are added here."),
            OUTPUT: _("The gradient of the loss arrives from the next block."),
        },
        "edges": edges,
        "sum": f"∂L/∂x = {_sum(joint, above)}",
    }


def _share(operation: Operation, joint: Operation | None, above: str) -> str:
    """Return the gradient that reaches x through one of the operations that take x as input."""
    if joint is None:
        return f"{above} · ∂F/∂x"
    if isinstance(joint.layer, Concatenate):
        return f"{above}₁" if operation is joint else f"{above}₂ · ∂F/∂x"
    if isinstance(joint.layer, Blend):
        ways = {Role.MAIN: "T · ∂H/∂x", Role.GATE: "(H − x) · ∂T/∂x", Role.SHORTCUT: "(1 − T) · ∂S/∂x"}
        return f"× {'(1 − T)' if operation is joint else ways[operation.role]}"
    if operation is joint:
        return f"{above} · 1"
    return f"{above} · {'∂S/∂x' if operation.role is Role.SHORTCUT else '∂F/∂x'}"


def _sum(joint: Operation | None, above: str) -> str:
    """Return the gradient with respect to x over all paths; y₁ are a dense layer's old channels, y₂ its new ones."""
    if joint is None:
        return f"{above} · ∂F/∂x"
    direct = INPUT in joint.inputs
    if isinstance(joint.layer, Concatenate):
        return f"{above}₁ + {above}₂ · ∂F/∂x"
    if isinstance(joint.layer, Blend):
        carried = "1 − T" if direct else "(1 − T) · ∂S/∂x"
        return f"{above} · ({carried} + T · ∂H/∂x + (H − x) · ∂T/∂x)"
    return f"{above} · ({'1' if direct else '∂S/∂x'} + ∂F/∂x)"
