"""Figure 3 of He15 drawn from our specifications: VGG-19, the plain 34-layer net and the residual one."""

from dataclasses import dataclass
from typing import Any

from resnet_edu.nets.layers import Add, AveragePool, Conv, GlobalPool, Layer, Linear, MaxPool, Shape
from resnet_edu.nets.operations import Graph, Role
from resnet_edu.nets.stack_presets import BY_NAME
from resnet_edu.nets.vgg import VGG_19, VggSpec
from resnet_edu.ui.components import component
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.text.language import _, large

CODE = """\
from resnet_edu.nets.layers import Conv, Linear
from resnet_edu.nets.stack_presets import BY_NAME
from resnet_edu.nets.vgg import VGG_19, VggSpec

vgg = VggSpec(VGG_19)
plain, residual = BY_NAME["plain-34"].spec, BY_NAME["ResNet-34 (A)"].spec
graphs = {"VGG-19": vgg.plan().graph, "plain-34": plain.stack().graph, "ResNet-34": residual.stack().graph}
for name, graph in graphs.items():
    layers = sum(isinstance(operation.layer, Conv | Linear) for operation in graph.operations)
    cost = sum(graph.multiply_adds((3, 224, 224)).values())
    print(f"{name:10} {layers} layers, {graph.parameters:,} parameters, {cost:,} multiply-adds")
"""


@dataclass(frozen=True)
class DrawnNet:
    """A net in the figure; ``family`` sets its colour."""

    name: str
    family: str
    graph: Graph
    shape: Shape


def drawn_nets() -> tuple[DrawnNet, ...]:
    """Return the nets from left to right."""
    vgg, plain, residual = VggSpec(VGG_19), BY_NAME["plain-34"].spec, BY_NAME["ResNet-34 (A)"].spec
    return (
        DrawnNet("VGG-19", "relative", vgg.plan().graph, vgg.shape),
        DrawnNet("plain-34", "plain", plain.stack().graph, plain.shape),
        DrawnNet("ResNet-34", "residual", residual.stack().graph, residual.shape),
    )


def show_figure_3() -> None:
    """Show the three nets side by side, with equal output sizes in the same row."""
    component("block/figure_3")(
        key="figure_3",
        data={
            "nets": [net_column(net) for net in drawn_nets()],
            "labels": {
                "size": _("output"),
                "layers": _("{layers} layers with weights"),
                "parameters": _("{count} parameters"),
                "multiplyAdds": _("{count} multiply-adds"),
                "title": _("VGG-19, a plain net and a residual net of 34 layers, layer by layer"),
            },
        },
    )
    below("figure_3", _("VGG-19, plain-34 and ResNet-34"), CODE, "He et al. 2015, fig. 3")


def net_column(net: DrawnNet) -> dict[str, Any]:
    """Return a net's layers with their output size, and its shortcuts from layer to layer."""
    shapes = net.graph.predict(net.shape).shapes
    layers: list[dict[str, Any]] = []
    at: dict[str, int] = {"x": -1}  # index of the last drawn layer that feeds an operation's output
    arcs = []
    for operation in net.graph.operations:
        shape = shapes[operation.name]
        label = "" if operation.role is Role.SHORTCUT else _label(operation.layer)
        at[operation.name] = at[operation.inputs[0]]
        if label and shape:
            at[operation.name] = len(layers)
            layers.append({"text": label, "size": shape[1], "pool": isinstance(operation.layer, MaxPool | GlobalPool)})
        if isinstance(operation.layer, Add):
            branch, path = operation.inputs
            arcs.append({"from": at[path], "to": at[branch], "dashed": net.graph[path].role is Role.SHORTCUT})
    weighted = [each.layer for each in net.graph.operations if isinstance(each.layer, Conv | Linear)]
    return {
        "name": net.name,
        "family": net.family,
        "layers": layers,
        "arcs": arcs,
        "count": len(weighted),
        "parameters": f"{net.graph.parameters:,}",
        "multiplyAdds": large(sum(net.graph.multiply_adds(net.shape).values())),
    }


def _label(layer: Layer) -> str:
    """Label a layer as the paper does; empty for layers that the paper leaves out."""
    match layer:
        case Conv(kernel=kernel, channels_out=channels, stride=stride):
            return f"{kernel}×{kernel} conv, {channels}" + (f", /{stride}" if stride > 1 else "")
        case MaxPool(stride=stride):
            return f"pool, /{stride}"
        case GlobalPool() | AveragePool():
            return "avg pool"
        case Linear(features_out=features):
            return f"fc {features}"
    return ""
