"""The many paths through a residual net (Veit16 section 4.3): how much gradient those of each length carry."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.measure.signals import norm
from resnet_edu.nets.blocks import BasicBlock
from resnet_edu.nets.cifar import CifarNet

DRAWS = 30


@dataclass(frozen=True)
class PathGradients:
    """``norms`` by length: of the input's gradient along single random paths through so many residual branches.

    ``blocks`` is the number of blocks, so that there are 2**blocks paths, blocks-choose-k of length k.
    """

    blocks: int
    norms: dict[int, tuple[float, ...]]

    @property
    def counts(self) -> dict[int, int]:
        """How many paths there are of each length."""
        return {length: math.comb(self.blocks, length) for length in self.norms}

    @property
    def shares(self) -> dict[int, float]:
        """Each length's share of the gradient: number of paths times their mean norm, summing to 1."""
        weights = {k: self.counts[k] * sum(norms) / len(norms) for k, norms in self.norms.items()}
        total = sum(weights.values())
        return {k: weight / total for k, weight in weights.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "PathGradients":
        """From plain values, as a record holds them."""
        return cls(values["blocks"], {int(k): tuple(norms) for k, norms in values["norms"].items()})


def measure_paths(net: CifarNet, images: Tensor, labels: Tensor, draws: int = DRAWS, seed: int = 0) -> PathGradients:
    """``draws`` random paths of every length through a residual net in evaluation mode.

    The forward pass is the whole net's; backward, the chosen blocks let the gradient through their
    residual branch alone and all the others through their shortcut alone.
    """
    rng = random.Random(seed)  # a choice of experiments, no secret
    count = sum(len(stage) for stage in (net.layer1, net.layer2, net.layer3))
    net.eval()
    norms = {
        length: tuple(
            _path_norm(net, images, labels, frozenset(rng.sample(range(count), length))) for _ in range(draws)
        )
        for length in range(count + 1)
    }
    return PathGradients(count, norms)


def _path_norm(net: CifarNet, images: Tensor, labels: Tensor, through: frozenset[int]) -> float:
    """The norm of the loss's gradient with respect to the pictures along one path."""
    images = images.detach().requires_grad_()
    x = net.act1(net.bn1(net.conv1(images)))
    for index, block in enumerate((*net.layer1, *net.layer2, *net.layer3)):
        assert isinstance(block, BasicBlock)
        assert block.shortcut is not None
        change = block.bn2(block.conv2(block.act1(block.bn1(block.conv1(x)))))
        carried = block.shortcut(x)
        x = block.act2(change + carried.detach() if index in through else change.detach() + carried)
    logits = net.linear(net.pool(x).flatten(1))
    (gradient,) = torch.autograd.grad(F.cross_entropy(logits, labels), images)
    return norm(gradient)
