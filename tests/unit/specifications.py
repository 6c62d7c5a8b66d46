"""Arbitrary block specifications, and modules whose state differs from a fresh one."""

from typing import TypeVar

import torch
from hypothesis import strategies as st
from torch import nn

from resnet_edu.nets.block_options import Order, StrideOn
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.graph_net import GraphNet
from resnet_edu.nets.kinds import KINDS, graph_of
from resnet_edu.nets.vocabulary import Shortcut

Net = TypeVar("Net", bound=nn.Module)

specs = st.builds(
    BlockSpec,
    kind=st.sampled_from(list(KINDS)),
    channels_in=st.integers(1, 12),
    channels_out=st.integers(1, 12) | st.sampled_from([4, 8, 12]),
    stride=st.integers(1, 3),
    expansion=st.sampled_from([1, 2, 4]),
    groups=st.sampled_from([1, 2]),
    shortcut=st.sampled_from(Shortcut),
    order=st.sampled_from(Order),
    stride_on=st.sampled_from(StrideOn),
    normalisation=st.sampled_from(Normalisation),
    activation=st.sampled_from(Activation),
)
sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))


def module_of(spec: BlockSpec) -> GraphNet:
    """Return the block with fresh weights."""
    return GraphNet(graph_of(spec))


def shake(net: Net) -> Net:
    """Give batch normalisations statistics, scales and shifts unlike those of a fresh net."""
    torch.manual_seed(0)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return net.eval()
