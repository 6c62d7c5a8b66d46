"""What a net can still tell apart after each block: the data-processing inequality, by counting.

A layer is a function, so inputs that it maps to the same value stay the same in every later layer.
Information about the input therefore never grows from layer to layer (Cover and Thomas, Elements of
Information Theory, section 2.8).
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor, nn

from resnet_edu.nets.cifar import Family
from resnet_edu.nets.fully_connected import FullyConnectedNet, FullyConnectedSpec, LinearStart
from resnet_edu.seeding import seeded

BITS = 8
DEPTH = 64
WIDTHS = (4, 8, 16)
SEEDS = range(20)
LAYERS = (0, *range(1, DEPTH, 2))
"""Layers passed at each count: none (the input), the first layer, then every block of two."""


class Numbers(StrEnum):
    """The type to which values are rounded between blocks; within a block, everything is computed in float64."""

    SINGLE = "float32"
    BRAIN = "bfloat16"
    DOUBLE = "float64"

    def rounded(self, x: Tensor) -> Tensor:
        """Round ``x`` to this type's precision and return it as float64."""
        return x.to(getattr(torch, self)).double()


@dataclass(frozen=True)
class InformationSetting:
    """Random nets on the corners of a cube: what the plain and the residual ones have in common."""

    width: int = 8
    start: LinearStart = LinearStart.TORCH
    numbers: Numbers = Numbers.SINGLE

    def spec(self, family: Family) -> FullyConnectedSpec:
        """Return the specification of a net whose input is a corner of the cube."""
        return FullyConnectedSpec(family, DEPTH, features=BITS, width=self.width, start=self.start)


@dataclass(frozen=True)
class Kept:
    """By stage, starting with the input: the number of distinguishable inputs, and the bits known about the input."""

    distinct: tuple[int, ...]
    bits: tuple[float, ...]


def corners(bits: int = BITS) -> Tensor:
    """Return (2^bits, bits): all corners of the cube from -1 to 1, so that a random one holds ``bits`` bits."""
    return torch.tensor(list(itertools.product((-1.0, 1.0), repeat=bits)), dtype=torch.float64)


def stages(net: FullyConnectedNet) -> list[nn.Module]:
    """Return the first layer and the blocks; within a residual block, the shortcut bypasses every value."""
    return [nn.Sequential(net.linear1, net.norm1, net.act1), *net.blocks]


@torch.no_grad()
def kept(stages: Iterable[nn.Module], inputs: Tensor, numbers: Numbers) -> Kept:
    """Follow ``inputs``, (N, features), distinct and equally likely, through the stages.

    A deterministic stage's output h has I(x; h) = H(h): the logarithm of the number of distinct outputs if
    each comes from the same number of inputs, and less otherwise. Each distinct value is computed only once,
    because a matrix product may round equal rows differently depending on their place in the batch, which
    would separate them again.
    """
    x, shares = inputs, torch.full((len(inputs),), 1 / len(inputs), dtype=torch.float64)
    distinct, bits = [len(x)], [_entropy(shares)]
    for stage in stages:
        x, place = torch.unique(numbers.rounded(stage(x)), dim=0, return_inverse=True)
        shares = shares.new_zeros(len(x)).index_add(0, place, shares)
        distinct.append(len(x))
        bits.append(_entropy(shares))
    return Kept(tuple(distinct), tuple(bits))


def _entropy(shares: Tensor) -> float:
    return float(torch.special.entr(shares).sum() / torch.log(torch.tensor(2.0, dtype=torch.float64)))


def information(setting: InformationSetting, family: Family) -> tuple[Kept, ...]:
    """Measure one untrained net per seed."""
    return tuple(_of_net(setting, family, seed) for seed in SEEDS)


def _of_net(setting: InformationSetting, family: Family, seed: int) -> Kept:
    with seeded(seed):
        net = FullyConnectedNet(setting.spec(family)).double().eval()
    return kept(stages(net), corners(), setting.numbers)
