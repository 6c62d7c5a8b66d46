"""What a net can still tell apart after each block: the data-processing inequality, counted.

A layer is a function: inputs that it maps to one value are one for everything that follows. So the information
about the input never grows from layer to layer (Cover and Thomas, Elements of Information Theory, section 2.8).
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
"""How many layers have been passed where it is counted: the input, the first layer, then every block of two."""


class Numbers(StrEnum):
    """The type that values are rounded to between blocks; within a block everything is computed in float64."""

    SINGLE = "float32"
    BRAIN = "bfloat16"
    DOUBLE = "float64"

    def rounded(self, x: Tensor) -> Tensor:
        """``x``, in float64, with no more digits than the type has."""
        return x.to(getattr(torch, self)).double()


@dataclass(frozen=True)
class InformationSetting:
    """Random nets on the corners of a cube: what the plain and the residual ones have in common."""

    width: int = 8
    start: LinearStart = LinearStart.TORCH
    numbers: Numbers = Numbers.SINGLE

    def spec(self, family: Family) -> FullyConnectedSpec:
        """A net that takes a corner of the cube."""
        return FullyConnectedSpec(family, DEPTH, features=BITS, width=self.width, start=self.start)


@dataclass(frozen=True)
class Kept:
    """By stage, the input first: how many inputs are told apart, and the bits known about which of them it was."""

    distinct: tuple[int, ...]
    bits: tuple[float, ...]


def corners(bits: int = BITS) -> Tensor:
    """(2^bits, bits): every corner of the cube from -1 to 1, so that an equally likely one holds ``bits`` bits."""
    return torch.tensor(list(itertools.product((-1.0, 1.0), repeat=bits)), dtype=torch.float64)


def stages(net: FullyConnectedNet) -> list[nn.Module]:
    """The first layer, then the blocks; inside a residual block no value alone carries on: the shortcut goes round."""
    return [nn.Sequential(net.linear1, net.norm1, net.act1), *net.blocks]


@torch.no_grad()
def kept(stages: Iterable[nn.Module], inputs: Tensor, numbers: Numbers) -> Kept:
    """Follow ``inputs``, (N, features), distinct and equally likely, through the stages.

    A deterministic stage's output h has I(x; h) = H(h): the logarithm of the number of distinct outputs where equally
    many inputs share each, and less elsewhere. Each distinct value is computed once: in a product of matrices
    equal rows may be rounded differently by their places in the batch, and would come apart again.
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
    """One untrained net for each seed."""
    return tuple(_of_net(setting, family, seed) for seed in SEEDS)


def _of_net(setting: InformationSetting, family: Family, seed: int) -> Kept:
    with seeded(seed):
        net = FullyConnectedNet(setting.spec(family)).double().eval()
    return kept(stages(net), corners(), setting.numbers)
