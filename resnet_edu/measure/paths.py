"""The many paths through a residual net (Veit16 section 5): how much gradient those of each length carry."""

import math
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.nets.blocks import BasicBlock
from resnet_edu.nets.cifar import CifarNet

BATCHES = 20
PICTURES = 20
"""In a batch, two of each class."""
DRAWS = 1000
"""Random paths of a length, shared out over the batches, as many as in Veit16."""
FEW = 200
"""A length that has no more paths than this is measured whole, on every batch."""
RESAMPLES = 2000

Route = frozenset[int]
"""The blocks whose residual branch it takes; through the others it takes the shortcut."""


@dataclass(frozen=True)
class Share:
    """A mean and the ends of its 95% interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class PathGradients:
    """``norms`` by length: of the input's gradient along single paths through so many residual branches.

    One number for each batch of ``pictures``, the mean over the ``measured`` paths of that length.
    ``blocks`` is the number of blocks, so that there are 2**blocks paths, blocks-choose-k of length k.
    """

    blocks: int
    pictures: int
    measured: dict[int, int]
    norms: dict[int, tuple[float, ...]]

    @property
    def counts(self) -> dict[int, int]:
        """How many paths there are of each length."""
        return {length: math.comb(self.blocks, length) for length in self.norms}

    @property
    def batches(self) -> int:
        """How many batches of pictures were measured."""
        return len(self.norms[0])

    @property
    def is_whole(self) -> bool:
        """Whether every path was measured."""
        return self.measured == self.counts

    @cached_property
    def single(self) -> dict[int, Share]:
        """The mean norm along one path of each length, relative to the length with the largest."""
        return self._intervals(torch.ones(len(self.norms), dtype=torch.double))

    @cached_property
    def lengthwise(self) -> dict[int, Share]:
        """The number of paths of each length times their mean norm, relative to the sum over all lengths."""
        return self._intervals(torch.tensor(list(self.counts.values()), dtype=torch.double), of_sum=True)

    def _intervals(self, weights: Tensor, of_sum: bool = False) -> dict[int, Share]:
        """By bootstrap over the batches, each of which has its own pictures and its own paths."""
        norms = torch.tensor(list(self.norms.values()), dtype=torch.double)
        again = torch.randint(self.batches, (RESAMPLES, self.batches), generator=torch.Generator().manual_seed(0))
        found = [weights * means for means in (norms.mean(1), norms[:, again].mean(2).T)]
        mean, resampled = (
            each / (each.sum(-1, keepdim=True) if of_sum else each.amax(-1, keepdim=True)) for each in found
        )
        low, high = resampled.quantile(torch.tensor([0.025, 0.975], dtype=torch.double), 0)
        return dict(zip(self.norms, map(Share, mean.tolist(), low.tolist(), high.tolist()), strict=True))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "PathGradients":
        """From plain values, as a record holds them."""
        measured = {int(k): count for k, count in values["measured"].items()}
        norms = {int(k): tuple(each) for k, each in values["norms"].items()}
        return cls(**{**values, "measured": measured, "norms": norms})


def choose_paths(blocks: int, seed: int, draws: int = DRAWS // BATCHES) -> dict[int, tuple[Route, ...]]:
    """By length ``draws`` different paths, which the seed determines; all of them where they are few."""
    rng = random.Random(seed)  # a choice of experiments, no secret
    return {length: _of_length(blocks, length, draws, rng) for length in range(blocks + 1)}


def _of_length(blocks: int, length: int, draws: int, rng: random.Random) -> tuple[Route, ...]:
    if math.comb(blocks, length) <= FEW:
        return tuple(map(frozenset, combinations(range(blocks), length)))
    chosen: dict[Route, None] = {}
    while len(chosen) < draws:
        chosen[frozenset(rng.sample(range(blocks), length))] = None
    return tuple(chosen)


def path_norms(net: CifarNet, images: Tensor, labels: Tensor, paths: Collection[Route]) -> dict[Route, float]:
    """The norm of the mean loss's gradient with respect to the pictures along each path.

    The forward pass is the whole net's, in evaluation mode; backward, the blocks on the path let the gradient
    through their residual branch alone and all the others through their shortcut alone.
    """
    images = images.detach().requires_grad_()
    x = stem = net.eval().act1(net.bn1(net.conv1(images)))
    passed = []
    for block in (*net.layer1, *net.layer2, *net.layer3):
        passed.append(_Passed.through(block, x))
        x = passed[-1].output
    logits = net.linear(net.pool(x).flatten(1))
    (gradient,) = torch.autograd.grad(F.cross_entropy(logits, labels), x, retain_graph=True)
    return dict(_backward(passed, images, stem, gradient, set(paths)))


@dataclass(frozen=True)
class _Passed:
    """A block after a forward pass: what came in, what its two branches gave, and what went out."""

    x: Tensor
    change: Tensor
    carried: Tensor
    output: Tensor

    @classmethod
    def through(cls, block: torch.nn.Module, x: Tensor) -> "_Passed":
        assert isinstance(block, BasicBlock)
        assert block.shortcut is not None
        change = block.bn2(block.conv2(block.act1(block.bn1(block.conv1(x)))))
        carried = block.shortcut(x)
        return cls(x, change, carried, block.act2(change + carried))

    def back(self, gradient: Tensor, through_branch: bool) -> Tensor:
        """From the output's gradient to that of the input, by one of the branches."""
        branch = self.change if through_branch else self.carried
        (gradient,) = torch.autograd.grad(self.output, self.change, gradient, retain_graph=True)
        (gradient,) = torch.autograd.grad(branch, self.x, gradient, retain_graph=True)
        return gradient


def _backward(
    passed: Sequence[_Passed], images: Tensor, stem: Tensor, gradient: Tensor, asked: set[Route]
) -> Iterator[tuple[Route, float]]:
    """Paths that end alike share the way back to where they part."""
    if not passed:
        (gradient,) = torch.autograd.grad(stem, images, gradient, retain_graph=True)
        norm = float(gradient.double().norm())
        yield from ((path, norm) for path in asked)
        return
    *before, last = passed
    for through_branch in (True, False):
        if some := {path for path in asked if (len(before) in path) == through_branch}:
            yield from _backward(before, images, stem, last.back(gradient, through_branch), some)


def batch_means(net: CifarNet, images: Tensor, labels: Tensor, seed: int) -> dict[int, float]:
    """By length, the mean norm over ``choose_paths`` on one batch of pictures."""
    chosen = choose_paths(count_blocks(net), seed)
    norms = path_norms(net, images, labels, {path for paths in chosen.values() for path in paths})
    return {length: math.fsum(norms[path] for path in paths) / len(paths) for length, paths in chosen.items()}


def gathered(net: CifarNet, batches: Sequence[Mapping[int, float]]) -> PathGradients:
    """The ``batch_means`` of all batches as a record."""
    blocks = count_blocks(net)
    measured = {
        length: len(paths) * (1 if len(paths) == math.comb(blocks, length) else len(batches))
        for length, paths in choose_paths(blocks, 0).items()
    }
    return PathGradients(
        blocks, PICTURES, measured, {length: tuple(each[length] for each in batches) for length in measured}
    )


def count_blocks(net: CifarNet) -> int:
    """Of all three stages."""
    return sum(len(stage) for stage in (net.layer1, net.layer2, net.layer3))
