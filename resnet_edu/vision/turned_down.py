"""Takes apart a real feature map in a block: shortcut, residual branch, and what follows their sum."""

import time
from collections.abc import Hashable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.block_repairs import is_legal
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import BasicBlock
from resnet_edu.nets.cifar import CifarNet
from resnet_edu.nets.graph_net import GraphNet
from resnet_edu.nets.kinds import graph_of, problems_of
from resnet_edu.nets.layers import Activate, Add, Layer
from resnet_edu.nets.vocabulary import Shortcut
from resnet_edu.seeding import seeded
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.image import Picture
from resnet_edu.vision.seen import given_to

STEM_CHANNELS = 16
POSITIONS = tuple((stage, block) for stage in (1, 2, 3) for block in (0, 1, 2))
"""(stage, block) of ResNet-20's nine blocks."""


def channels_at(position: tuple[int, int]) -> int:
    """Return the number of input channels of a block of ResNet-20."""
    stage, block = position
    return STEM_CHANNELS << max(0, stage - (1 if block else 2))


@dataclass(frozen=True)
class Branches:
    """What a block's addition adds, each float32 (C, H, W), and the names of the layers after it.

    The output is ``tail`` applied to ``shortcut`` + ``residual``; "norm" in it is batch normalisation over
    this one picture. ``trained`` says whether the weights are the net's own.
    """

    shortcut: Tensor
    residual: Tensor
    tail: tuple[str, ...]
    trained: bool


@dataclass(frozen=True)
class TakenApart:
    """A task's result: the branches, and the measured time of the passes that computed them."""

    branches: Branches
    milliseconds: float


def fitted(spec: BlockSpec, channels: int) -> BlockSpec:
    """Adapt a block to maps with ``channels`` channels; raises ``UserError`` if no such block adds.

    The ratio of output to input channels is kept.
    """
    grown = max(1, spec.channels_out * channels // spec.channels_in)
    spec = replace(spec, channels_in=channels, channels_out=grown)
    if problems_of(spec):
        raise UserError(
            mark("The maps have {channels} channels here; this block cannot work on them."), channels=channels
        )
    if not any(isinstance(each.layer, Add) for each in graph_of(spec).operations):
        raise UserError(mark("There is no addition in this block, so there is nothing to turn down."))
    if not is_legal(spec, (channels, 32, 32)):
        raise UserError(mark("The addition in this block is impossible. Repair the block first."))
    return spec


@dataclass(frozen=True)
class TurnDown:
    """The task: send the input of one of a CIFAR net's blocks through ``spec`` instead.

    ``spec`` must be ``fitted`` to the number of channels of that input.
    """

    net: Net
    picture: Picture
    position: tuple[int, int]
    spec: BlockSpec

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net, the place and the block."""
        return ("turn down", self.net, self.picture.sha256, self.position, self.spec)

    def run(self, loaded: Loaded) -> TakenApart:
        """Run forward passes without gradients; ``spec`` is built and run on the CPU."""
        seen = given_to(self.net, self.picture)
        started = time.perf_counter()
        with torch.inference_mode():
            x, own = enter(loaded.model, seen.to(loaded.device), self.position)
            branches = take_apart(x.float().cpu(), own, self.spec)
        return TakenApart(branches, (time.perf_counter() - started) * 1000)


def enter(net: nn.Module, images: Tensor, position: tuple[int, int]) -> tuple[Tensor, BasicBlock]:
    """Return the input of the block at ``position`` of a ``CifarNet``, and that block."""
    assert isinstance(net, CifarNet)
    stage, number = position
    x = net.act1(net.bn1(net.conv1(images)))
    for blocks in (net.layer1, net.layer2, net.layer3)[: stage - 1]:
        x = blocks(x)
    before = (net.layer1, net.layer2, net.layer3)[stage - 1]
    for block in before[:number]:
        x = block(x)
    own = before[number]
    assert isinstance(own, BasicBlock)
    return x, own


def take_apart(x: Tensor, own: BasicBlock, spec: BlockSpec) -> Branches:
    """Send (1, C, H, W) maps through ``spec``, with the weights of ``own`` if it is the same block.

    Otherwise the weights are fresh with seed 0, and batch normalisation uses this picture's statistics.
    """
    graph = graph_of(spec)
    trained = graph == graph_of(_spec_of(own))
    with seeded(0):
        block = GraphNet(graph)
    if trained:
        block.load_state_dict(own.state_dict())
    block.train(not trained)
    parts: list[Tensor] = []
    block.get_submodule("add").register_forward_hook(lambda module, inputs, output: parts.extend(inputs))
    block(x)
    residual, shortcut = (part[0] for part in parts)
    names = [operation.name for operation in graph.operations]
    after = graph.operations[names.index("add") + 1 :]
    return Branches(shortcut, residual, tuple(_tail_name(operation.layer) for operation in after), trained)


def _spec_of(own: BasicBlock) -> BlockSpec:
    """Return the specification of a shipped net's block, which uses option A."""
    conv = own.conv1
    return BlockSpec(
        "basic",
        conv.in_channels,
        conv.out_channels,
        stride=conv.stride[0],
        shortcut=Shortcut.NONE if own.shortcut is None else Shortcut.A,
    )


def _tail_name(layer: Layer) -> str:
    return str(layer.activation) if isinstance(layer, Activate) else "norm"
