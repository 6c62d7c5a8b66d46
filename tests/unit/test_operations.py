"""Graphs: shapes, faults and costs before any weight exists, and modules that confirm them."""

from weakref import ref

import pytest
import torch
from torch import nn

from resnet_edu.nets.graph_net import GraphNet
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
    ShapeError,
    ZeroPad,
)
from resnet_edu.nets.operations import Graph, Operation, chain, spliced

LAYERS: list[tuple[Layer, tuple[Shape, ...]]] = [
    (Conv(3, 8, kernel=7, stride=2, padding=3), ((3, 33, 30),)),
    (Conv(8, 12, kernel=1, stride=2, padding=0, groups=4, bias=True), ((8, 9, 5),)),
    (Conv(4, 4, bias=True, initial_bias=-2.0), ((4, 1, 1),)),
    (Norm(5), ((5, 4, 3),)),
    (Activate(), ((5, 4, 3),)),
    (Add(), ((5, 4, 3), (5, 4, 3))),
    (Concatenate(), ((5, 4, 3), (2, 4, 3), (1, 4, 3))),
    (Blend(), ((5, 4, 3), (5, 4, 3), (5, 4, 3))),
    (ZeroPad(5, 8, stride=2), ((5, 7, 4),)),
    (MaxPool(3, 2, 1), ((5, 9, 8),)),
    (AveragePool(2, 2), ((5, 9, 8),)),
    (GlobalPool(), ((5, 9, 8),)),
    (Flatten(), ((5, 9, 8),)),
    (Linear(7, 4), ((7, 1, 1),)),
]


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(("layer", "inputs"), LAYERS)
def test_a_layer_does_to_shapes_what_its_module_does(layer: Layer, inputs: tuple[Shape, ...]) -> None:
    module = layer.module()
    tensors = [torch.zeros(2, *shape) for shape in inputs]
    out = module(*(t.flatten(1) for t in tensors) if isinstance(layer, Linear) else tensors)
    assert (*out.shape[1:], 1, 1)[:3] == layer.shape(*inputs)
    assert count(module) == layer.parameters


@pytest.mark.parametrize(
    ("layer", "inputs", "differing"),
    [
        (Add(), ((64, 56, 56), (128, 56, 56)), ("channels",)),
        (Add(), ((64, 56, 56), (64, 28, 28)), ("height", "width")),
        (Add(), ((64, 56, 56), (128, 28, 56)), ("channels", "height")),
        (Concatenate(), ((64, 56, 56), (32, 56, 28)), ("width",)),
        (Blend(), ((64, 8, 8), (64, 8, 8), (32, 8, 8)), ("channels",)),
        (Conv(64, 64), ((32, 8, 8),), ("channels",)),
        (Conv(3, 3, kernel=5, padding=0), ((3, 4, 8),), ("height",)),
        (Norm(64), ((32, 8, 8),), ("channels",)),
        (ZeroPad(64, 128), ((32, 8, 8),), ("channels",)),
        (Linear(64, 10), ((64, 2, 1),), ("height",)),
    ],
)
def test_a_layer_says_what_differs(layer: Layer, inputs: tuple[Shape, ...], differing: tuple[str, ...]) -> None:
    with pytest.raises(ShapeError) as caught:
        layer.shape(*inputs)
    assert caught.value.differing == differing


def test_convolutions_cost_what_the_paper_counts() -> None:
    """He15 figure 5: two 3x3 convolutions of 256 channels against a bottleneck, weights only."""
    basic = [Conv(256, 256), Conv(256, 256)]
    bottleneck = [Conv(256, 64, 1, padding=0), Conv(64, 64), Conv(64, 256, 1, padding=0)]
    assert [sum(conv.parameters for conv in convs) for convs in (basic, bottleneck)] == [1_179_648, 69_632]
    assert Conv(3, 64, 7, 2, 3).multiply_adds((64, 112, 112)) == 3 * 64 * 49 * 112 * 112
    assert Linear(512, 1000).multiply_adds((1000, 1, 1)) == 512_000


def joined() -> Graph:
    branch = chain("x", [("conv1", Conv(4, 4)), ("act1", Activate())])
    return Graph((*branch, Operation("add", Add(), ("act1", "x"))))


def test_after_a_fault_no_shape_is_known() -> None:
    graph = Graph((*joined().operations, *chain("add", [("act2", Activate())])))
    strided = Graph((*chain("x", [("conv1", Conv(4, 4, stride=2))]), *graph.operations[1:]))
    prediction = strided.predict((4, 8, 8))
    assert prediction.shapes["act1"] == (4, 4, 4)
    assert prediction.shapes["add"] is prediction.shapes["act2"] is prediction.output is None
    (fault,) = prediction.faults
    assert (fault.operation, fault.left, fault.right) == ("add", (4, 4, 4), (4, 8, 8))
    assert fault.differing == ("height", "width")
    assert strided.multiply_adds((4, 8, 8)) == {"conv1": 4 * 4 * 9 * 16, "act1": 0, "add": 0, "act2": 0}


def test_an_operation_runs_after_its_inputs_and_has_a_name_of_its_own() -> None:
    with pytest.raises(ValueError, match="later"):
        Graph((Operation("add", Add(), ("x", "later")), Operation("later", Activate())))
    with pytest.raises(ValueError, match="twice"):
        Graph((Operation("twice", Activate()), Operation("twice", Activate())))


def test_a_spliced_graph_has_nested_names() -> None:
    graph = Graph((*spliced(joined(), "layer1.0", "x"), *spliced(joined(), "layer1.1", "layer1.0.add")))
    assert graph["layer1.1.add"].inputs == ("layer1.1.act1", "layer1.0.add")
    assert list(GraphNet(graph).state_dict()) == ["layer1.0.conv1.weight", "layer1.1.conv1.weight"]


def test_a_net_lets_go_of_what_no_later_operation_needs() -> None:
    net = GraphNet(Graph(chain("x", [(f"act{i}", Activate()) for i in range(4)])))
    alive: list[int] = []
    outputs: list[ref[torch.Tensor]] = []

    def watch(module: nn.Module, args: tuple[torch.Tensor], out: torch.Tensor) -> None:
        alive.append(sum(output() is not None for output in outputs))
        outputs.append(ref(out))

    for module in net.children():
        module.register_forward_hook(watch)
    with torch.no_grad():
        net(torch.randn(1, 2, 2, 2))
    assert max(alive) <= 1


def test_a_net_on_the_meta_device_holds_no_memory() -> None:
    with torch.device("meta"):
        net = GraphNet(joined())
        assert net(torch.empty(1, 4, 8, 8)).is_meta
    assert all(parameter.is_meta for parameter in net.parameters())
