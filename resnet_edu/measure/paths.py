"""The many paths through a residual net (Veit16 section 5): how much gradient those of each length carry."""

import math
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.device import as_float64
from resnet_edu.nets.blocks import BasicBlock
from resnet_edu.nets.cifar import CifarNet

BATCHES = 20
PICTURES = 20
"""Pictures in a batch: two of each class."""
DRAWS = 1000
"""Random paths of each length over all batches, as many as in Veit16."""
FEW = 200
"""A length with at most this many paths is measured completely on every batch."""
RESAMPLES = 2000

Route = frozenset[int]
"""The blocks where the path takes the residual branch; in all others it takes the shortcut."""


@dataclass(frozen=True)
class Share:
    """A mean and the ends of its 95% interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class PathGradients:
    """Norms of the input's gradient along single paths, by the number of residual branches on the path.

    ``norms`` has one number per batch of ``pictures``: the mean over the paths of that length, ``measured``
    of them in all batches together. With ``blocks`` blocks there are 2**blocks paths, blocks-choose-k of
    length k.
    """

    blocks: int
    pictures: int
    measured: dict[int, int]
    norms: dict[int, tuple[float, ...]]

    @property
    def counts(self) -> dict[int, int]:
        """The number of paths of each length."""
        return {length: math.comb(self.blocks, length) for length in self.norms}

    @property
    def batches(self) -> int:
        """The number of batches measured."""
        return len(self.norms[0])

    @property
    def is_whole(self) -> bool:
        """Whether every path was measured."""
        return self.measured == self.counts

    @cached_property
    def single(self) -> dict[int, Share]:
        """The mean norm along one path of each length, relative to the largest."""
        return self._intervals(torch.ones(len(self.norms), dtype=torch.double))

    @cached_property
    def lengthwise(self) -> dict[int, Share]:
        """The number of paths of each length times their mean norm, relative to the sum over all lengths."""
        return self._intervals(torch.tensor(list(self.counts.values()), dtype=torch.double), of_sum=True)

    def _intervals(self, weights: Tensor, of_sum: bool = False) -> dict[int, Share]:
        """Estimate intervals by bootstrap over the batches, each of which has its own pictures and paths."""
        norms = torch.tensor(list(self.norms.values()), dtype=torch.double)
        again = torch.randint(self.batches, (RESAMPLES, self.batches), generator=torch.Generator().manual_seed(0))
        found = [weights * means for means in (norms.mean(1), norms[:, again].mean(2).T)]
        mean, resampled = (
            each / (each.sum(-1, keepdim=True) if of_sum else each.amax(-1, keepdim=True)) for each in found
        )
        low, high = resampled.quantile(torch.tensor([0.025, 0.975], dtype=torch.double), 0)
        return dict(zip(self.norms, map(Share, mean.tolist(), low.tolist(), high.tolist()), strict=True))


def choose_paths(blocks: int, seed: int, draws: int = DRAWS // BATCHES) -> dict[int, tuple[Route, ...]]:
    """Return ``draws`` different paths of each length, determined by the seed, or all paths if they are few."""
    rng = random.Random(seed)  # a choice of experiments, not a secret
    return {length: _of_length(blocks, length, draws, rng) for length in range(blocks + 1)}


def _of_length(blocks: int, length: int, draws: int, rng: random.Random) -> tuple[Route, ...]:
    if math.comb(blocks, length) <= FEW:
        return tuple(map(frozenset, combinations(range(blocks), length)))
    chosen: dict[Route, None] = {}
    while len(chosen) < draws:
        chosen[frozenset(rng.sample(range(blocks), length))] = None
    return tuple(chosen)


def path_norms(net: CifarNet, images: Tensor, labels: Tensor, paths: Collection[Route]) -> dict[Route, float]:
    """Return the norm of the mean loss's gradient with respect to the pictures along each path.

    The forward pass is that of the whole net in evaluation mode; on the way back, the gradient takes only the
    residual branch of blocks on the path, and only the shortcut of all others.
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
    """A block after a forward pass: its input, the outputs of its two branches, and its output."""

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
        """Turn the output's gradient into the input's, through one of the branches only."""
        branch = self.change if through_branch else self.carried
        (gradient,) = torch.autograd.grad(self.output, self.change, gradient, retain_graph=True)
        (gradient,) = torch.autograd.grad(branch, self.x, gradient, retain_graph=True)
        return gradient


def _backward(
    passed: Sequence[_Passed], images: Tensor, stem: Tensor, gradient: Tensor, asked: set[Route]
) -> Iterator[tuple[Route, float]]:
    """Yield each path's norm; paths with a common end share its backward pass."""
    if not passed:
        (gradient,) = torch.autograd.grad(stem, images, gradient, retain_graph=True)
        norm = float(as_float64(gradient).norm())
        yield from ((path, norm) for path in asked)
        return
    *before, last = passed
    for through_branch in (True, False):
        if some := {path for path in asked if (len(before) in path) == through_branch}:
            yield from _backward(before, images, stem, last.back(gradient, through_branch), some)


def batch_means(net: CifarNet, images: Tensor, labels: Tensor, seed: int) -> dict[int, float]:
    """Return the mean norm over ``choose_paths`` for each length, on one batch of pictures."""
    chosen = choose_paths(count_blocks(net), seed)
    norms = path_norms(net, images, labels, {path for paths in chosen.values() for path in paths})
    return {length: math.fsum(norms[path] for path in paths) / len(paths) for length, paths in chosen.items()}


def gathered(net: CifarNet, batches: Sequence[Mapping[int, float]]) -> PathGradients:
    """Combine the ``batch_means`` of all batches into a record."""
    blocks = count_blocks(net)
    measured = {
        length: len(paths) * (1 if len(paths) == math.comb(blocks, length) else len(batches))
        for length, paths in choose_paths(blocks, 0).items()
    }
    return PathGradients(
        blocks, PICTURES, measured, {length: tuple(each[length] for each in batches) for length in measured}
    )


def count_blocks(net: CifarNet) -> int:
    """Return the number of blocks in all three stages."""
    return sum(len(stage) for stage in (net.layer1, net.layer2, net.layer3))
