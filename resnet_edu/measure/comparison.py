"""Compares a basic block with a bottleneck in weights, multiply-adds and memory (He15 figure 5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from resnet_edu.measure.memory import kept_bytes
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds.basic import convolutions
from resnet_edu.nets.kinds.residual import convolution, residual
from resnet_edu.nets.layers import Conv
from resnet_edu.nets.operations import INPUT, Graph


@dataclass(frozen=True)
class ComparedBlocks:
    """The blocks to compare, on feature maps of ``size`` x ``size`` pixels.

    The bottleneck has ``channels`` at its ends and ``width`` inside. The basic block has ``channels`` too, or
    ``width`` if the two are compared at equal cost (He15 figure 5).
    """

    channels: int = 256
    width: int = 64
    size: int = 56
    blocks: int = 1
    equal_cost: bool = False

    @property
    def basic_channels(self) -> int:
        """The number of channels of the basic block."""
        return self.width if self.equal_cost else self.channels


@dataclass(frozen=True)
class BlockCosts:
    """The costs of all blocks together.

    ``weights`` counts those of the convolutions, as the paper's example does; ``multiply_adds`` is for one
    picture; ``kept`` is the bytes of float32 feature maps that one picture keeps for the backward pass.
    """

    weights: int
    multiply_adds: int
    kept: int


def compare(setting: ComparedBlocks) -> tuple[BlockCosts, BlockCosts]:
    """Return the costs of the basic blocks and of the bottlenecks."""
    basic = BlockSpec("basic", setting.basic_channels, setting.basic_channels)
    bottleneck = BlockSpec("bottleneck", setting.channels, setting.channels)
    inside = [
        convolution(bottleneck, setting.channels, setting.width, kernel=1),
        convolution(bottleneck, setting.width, setting.width),
        convolution(bottleneck, setting.width, setting.channels, kernel=1),
    ]
    return _costs(basic, convolutions(basic), setting), _costs(bottleneck, inside, setting)


def _costs(spec: BlockSpec, branch: Sequence[Conv], setting: ComparedBlocks) -> BlockCosts:
    graph = Graph(residual(spec, branch))
    x = (spec.channels_in, setting.size, setting.size)
    kept = kept_bytes(graph, x)
    return BlockCosts(
        setting.blocks * sum(conv.parameters for conv in branch),
        setting.blocks * sum(graph.multiply_adds(x).values()),
        setting.blocks * sum(each.per_picture for name, each in kept.items() if name != INPUT),
    )
