"""How good is a head on pictures that it was not fitted on? Folds, their interval, and how many pictures it takes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from resnet_edu.teaching.head import fit_heads

FOLDS = 5
LEAVE_ONE_OUT_UP_TO = 40
"""So few pictures are left out one by one; as many heads are fitted."""
DRAWS = 8
SIZES = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89)
Z = 1.96
"""95% of a normal distribution lie within so many deviations."""


@dataclass(frozen=True)
class HeldOut:
    """What a head that had not seen it said of each picture: ``shares`` (N, classes), beside the ``labels`` (N,)."""

    shares: Tensor
    labels: Tensor
    folds: int

    @property
    def said(self) -> Tensor:
        """The most probable class of each picture, (N,)."""
        return self.shares.argmax(1)

    @property
    def right(self) -> int:
        """How many pictures got their own class."""
        return int((self.said == self.labels).sum())

    @property
    def accuracy(self) -> float:
        """As a fraction."""
        return self.right / len(self.labels)

    @property
    def interval(self) -> tuple[float, float]:
        """Where the accuracy on many more such pictures may lie, with 95%."""
        return wilson(self.right, len(self.labels))

    def confusion(self) -> Tensor:
        """(classes, classes) counts: row the picture's class, column what was said."""
        classes = self.shares.shape[1]
        return torch.bincount(self.labels * classes + self.said, minlength=classes**2).view(classes, classes)

    def most_doubtful(self) -> list[int]:
        """The pictures by the share of their own class, smallest first."""
        own = self.shares.gather(1, self.labels.unsqueeze(1)).squeeze(1)
        return [int(index) for index in own.argsort(stable=True)]


@dataclass(frozen=True)
class CurvePoint:
    """Accuracy with ``pictures`` a class to learn from, on all others: mean, worst and best of ``draws`` draws."""

    pictures: int
    mean: float
    worst: float
    best: float
    draws: int


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95% interval of a proportion, for few pictures too (Wilson 1927)."""
    share = right / total
    middle = share + Z**2 / (2 * total)
    spread = Z * math.sqrt(share * (1 - share) / total + Z**2 / (4 * total**2))
    whole = 1 + Z**2 / total
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def folds(labels: Tensor, seed: int = 0) -> Tensor:
    """The fold of each picture, (N,): every fold has as many of each class as any other, give or take one.

    Few pictures are folds of their own: each is left out once.
    """
    if len(labels) <= LEAVE_ONE_OUT_UP_TO:
        return torch.arange(len(labels))
    turn = torch.empty_like(labels)
    begin = 0
    for mine in _shuffled_classes(labels, seed):
        turn[mine] = (torch.arange(len(mine)) + begin) % FOLDS
        begin += len(mine)  # the rests of the classes go to different folds
    return turn


def held_out(features: Tensor, labels: Tensor, classes: int, seed: int = 0) -> HeldOut:
    """What heads fitted on all folds but one say of that one, for (N, D) features and (N,) labels."""
    fold = folds(labels, seed)
    count = int(fold.max()) + 1
    heads = fit_heads(features, labels, classes, fold != torch.arange(count).unsqueeze(1))
    shares = heads.logits(features).softmax(2)[fold, torch.arange(len(labels))]
    return HeldOut(shares, labels, count)


def learning_curve(
    features: Tensor, labels: Tensor, classes: int, draws: int = DRAWS, seed: int = 0
) -> tuple[CurvePoint, ...]:
    """Accuracy from one picture a class up to all but one of the smallest class."""
    smallest = int(torch.bincount(labels, minlength=classes).min())
    sizes = [size for size in SIZES if size < smallest]
    if not sizes:
        return ()
    orders = [list(_shuffled_classes(labels, seed * draws + draw)) for draw in range(draws)]
    seen = torch.zeros(len(sizes), draws, len(labels), dtype=torch.bool)
    for which, size in enumerate(sizes):
        for draw, order in enumerate(orders):
            seen[which, draw, torch.cat([mine[:size] for mine in order])] = True
    said = fit_heads(features, labels, classes, seen.flatten(0, 1)).logits(features).argmax(2).view(seen.shape)
    right = ((said == labels) & ~seen).sum(2) / (~seen).sum(2)
    return tuple(
        CurvePoint(size, float(each.mean()), float(each.min()), float(each.max()), draws)
        for size, each in zip(sizes, right, strict=True)
    )


def _shuffled_classes(labels: Tensor, seed: int) -> Iterator[Tensor]:
    """Class by class, the indices of its pictures in an order that the seed determines."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    for label in sorted(set(labels.tolist())):
        yield order[labels[order] == label]
