"""Reorders a trained net's blocks: k random swaps within stages, by how far the order is from its own (Veit16, 4.3)."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_edu.measure.knockout import block_names, forward_through, movable
from resnet_edu.nets.cifar import CifarNet
from resnet_edu.plain_values import read_json

SWAPS = (1, 2, 4, 8, 16, 32)
DRAWS = 20
PICTURES = 1000
"""Test pictures of a record, as many of each class."""

BlockNames = tuple[str, ...]
"""The block at each of the net's places."""


@dataclass(frozen=True)
class Drawn:
    """One order: Kendall's rank correlation with the net's own, and the fraction of pictures that it gets wrong."""

    tau: float
    error: float


@dataclass(frozen=True)
class Reordered:
    """What ``DRAWS`` orders for each number of swaps cost a net; ``weights`` is the SHA-256 of its file."""

    net: str
    weights: str
    data: str
    pictures: int
    error: float
    draws: dict[int, tuple[Drawn, ...]]
    command: str
    versions: dict[str, str]


def kendall_tau(ranks: Sequence[int]) -> float:
    """Return Kendall's rank correlation with the sorted order, for ranks without ties: 1 sorted, -1 reversed."""
    pairs = list(combinations(ranks, 2))
    return sum(1 if first < second else -1 for first, second in pairs) / len(pairs)


def orders(net: nn.Module) -> Iterator[tuple[int, tuple[BlockNames, ...]]]:
    """Yield each number of swaps with ``DRAWS`` random orders; only blocks of one stage change places.

    The first block of each stage stays where it is, because it changes the shape.
    """
    rng = random.Random(0)  # a choice of experiments, not a secret
    pairs = [pair for pair in combinations(movable(net), 2) if pair[0].split(".")[0] == pair[1].split(".")[0]]
    for swaps in SWAPS:
        yield swaps, tuple(_swapped(block_names(net), rng.choices(pairs, k=swaps)) for _ in range(DRAWS))


def _swapped(names: BlockNames, pairs: Sequence[tuple[str, str]]) -> BlockNames:
    """Let the blocks at the places of each pair change places, pair after pair."""
    order = dict(zip(names, names, strict=True))
    for first, second in pairs:
        order[first], order[second] = order[second], order[first]
    return tuple(order.values())


def forward_in_order(net: nn.Module, x: Tensor, order: BlockNames) -> Tensor:
    """Map (N, 3, H, W) to (N, classes) with the blocks in that order."""
    put = {
        net.get_submodule(place): net.get_submodule(name) for place, name in zip(block_names(net), order, strict=True)
    }
    return forward_through(net, x, lambda block, x: put[block](x))


def wrong_in_order(net: CifarNet, images: Tensor, labels: Tensor) -> Counter[BlockNames]:
    """Count the pictures misclassified in each drawn order, and in the net's own."""
    asked = {block_names(net), *(order for _, drawn in orders(net) for order in drawn)}
    with torch.inference_mode():
        return Counter(
            {order: int((forward_in_order(net, images, order).argmax(1) != labels).sum()) for order in asked}
        )


def draws_of(net: nn.Module, wrong: Counter[BlockNames], pictures: int) -> dict[int, tuple[Drawn, ...]]:
    """Return rank correlation and error of every draw, by the number of swaps."""
    rank = {name: at for at, name in enumerate(block_names(net))}
    return {
        swaps: tuple(Drawn(kendall_tau([rank[name] for name in order]), wrong[order] / pictures) for order in drawn)
        for swaps, drawn in orders(net)
    }


def save_reordered(path: Path, recorded: Reordered) -> None:
    """Write a record as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(recorded), indent=1) + "\n", encoding="utf-8")


def load_reordered(path: Path) -> Reordered:
    """Invert ``save_reordered``."""
    return read_json(path, Reordered)
