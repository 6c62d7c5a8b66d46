"""Receptive fields: compared with published figures and with the pixels that really matter."""

import pytest
import torch
from torch import nn

from resnet_edu.measure.receptive_field import ReceptiveField, last_map, receptive_fields
from resnet_edu.nets.graph_net import GraphNet
from resnet_edu.nets.layers import AveragePool, Conv, GlobalPool
from resnet_edu.nets.operations import Graph, chain
from resnet_edu.nets.published import BY_ID

# Araujo19: ResNet-18 and -34 from our facts, the others from its table (v1 for the bottlenecks)
PUBLISHED = {
    "resnet-18": 435,
    "resnet-34": 899,
    "resnet-50-v1": 483,
    "resnet-50-v1-5": 427,
    "resnet-101-v1": 1027,
    "resnet-152-v1": 1507,
    "vgg-16": 212,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_last_maps_field_is_the_published_one(name: str) -> None:
    net = BY_ID[name]
    assert net.spec
    graph = net.plan().graph
    assert last_map(graph, receptive_fields(graph, net.spec.shape)) == ReceptiveField(PUBLISHED[name], 32)


@pytest.mark.parametrize("name", ["resnet-20", "plain-20", "wrn-16-8"])
def test_as_many_pixels_make_a_difference_to_one_value(name: str) -> None:
    """All weights are positive, so nothing cancels; batch normalisation passes values through."""
    graph = BY_ID[name].plan().graph
    operations = tuple(o for o in graph.operations if o.name.startswith(("conv1", "bn1", "act1", "layer")))[:40]
    graph = Graph(operations)
    field = receptive_fields(graph, (3, 160, 160))[graph.output]
    net = GraphNet(graph).eval()
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.constant_(module.weight, 1 / module.weight[0].numel())
    x = torch.ones(1, 3, 160, 160, requires_grad=True)
    out = net(x)
    middle = out.shape[-1] // 2
    (gradient,) = torch.autograd.grad(out[0, 0, middle, middle], x)
    seen = gradient[0, 0].abs() > 0
    assert int(seen.any(0).sum()) == int(seen.any(1).sum()) == field.size
    assert field.stride == 160 // out.shape[-1]


def test_strides_multiply_and_a_global_pool_sees_the_whole_map() -> None:
    steps = [("a", Conv(3, 4, kernel=7, stride=2, padding=3)), ("b", AveragePool(2, 2)), ("c", GlobalPool())]
    fields = receptive_fields(Graph(chain("x", steps)), (3, 32, 32))
    assert fields == {"a": ReceptiveField(7, 2), "b": ReceptiveField(9, 4), "c": ReceptiveField(37, 4)}
