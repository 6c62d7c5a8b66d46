"""Reordered blocks: only blocks of one stage change places, and Kendall's tau says how far the order has moved."""

import math
from itertools import permutations

import pytest
import torch

from resnet_edu.measure.knockout import block_names, forward_without
from resnet_edu.measure.reorder import (
    DRAWS,
    SWAPS,
    draws_of,
    forward_in_order,
    kendall_tau,
    orders,
    wrong_in_order,
)
from resnet_edu.nets.cifar import CifarNet, CifarSpec, Family
from resnet_edu.seeding import seeded


@pytest.fixture(scope="module")
def net() -> CifarNet:
    with seeded(0):
        return CifarNet(CifarSpec(Family.RESIDUAL, 26)).eval()


def test_tau_is_the_correlation_of_the_signs_of_all_pairs() -> None:
    assert kendall_tau(range(9)) == 1
    assert kendall_tau(range(8, -1, -1)) == -1
    assert kendall_tau((1, 2, 3, 5, 4)) == pytest.approx(0.8)  # one of ten pairs is discordant
    every = [kendall_tau(order) for order in permutations(range(5))]
    assert math.fsum(every) == pytest.approx(0)


def test_only_blocks_of_one_stage_change_places_and_the_first_stays(net: CifarNet) -> None:
    names = block_names(net)
    drawn = dict(orders(net))
    assert tuple(drawn) == SWAPS
    for swaps, each in drawn.items():
        assert len(each) == DRAWS
        for order in each:
            assert sorted(order) == sorted(names)
            assert [name.split(".")[0] for name in order] == [name.split(".")[0] for name in names]
            assert all(order[at] == name for at, name in enumerate(names) if name.endswith(".0"))
            assert sum(a != b for a, b in zip(order, names, strict=True)) <= 2 * swaps
    assert all(order != names for order in drawn[1])


def test_one_swap_is_the_pages_swap(net: CifarNet) -> None:
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    names = list(block_names(net))
    names[1], names[3] = names[3], names[1]
    with torch.inference_mode():
        assert torch.equal(forward_in_order(net, images, block_names(net)), net(images))
        swapped = forward_without(net, images, frozenset(), ("layer1.1", "layer1.3"))
        assert torch.equal(forward_in_order(net, images, tuple(names)), swapped)


def test_errors_belong_to_their_orders(net: CifarNet) -> None:
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        labels = net(images).argmax(1)
    wrong = wrong_in_order(net, images, labels)
    assert wrong[block_names(net)] == 0
    for swaps, each in draws_of(net, wrong, 2).items():
        for drawn, order in zip(each, dict(orders(net))[swaps], strict=True):
            assert drawn.error == wrong[order] / 2
            assert (drawn.tau == 1) == (order == block_names(net))
