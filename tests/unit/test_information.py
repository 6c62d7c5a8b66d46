"""Information about the input: counts compared with numpy and a closed form; no layer adds any."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from resnet_edu.figures.information import kept_bits, told_apart
from resnet_edu.measure.information import (
    BITS,
    LAYERS,
    InformationSetting,
    Kept,
    Numbers,
    corners,
    information,
    kept,
    stages,
)
from resnet_edu.nets.cifar import Family
from resnet_edu.nets.fully_connected import FullyConnectedNet, FullyConnectedSpec, LinearStart
from resnet_edu.seeding import seeded

FAMILIES = (Family.PLAIN, Family.RESIDUAL)
random_nets = given(
    family=st.sampled_from(FAMILIES),
    width=st.integers(2, 8),
    blocks=st.integers(0, 12),
    start=st.sampled_from(LinearStart),
    numbers=st.sampled_from(Numbers),
    seed=st.integers(0, 2**31),
)


def parts(family: Family, width: int, blocks: int, start: LinearStart, seed: int, bits: int) -> list[nn.Module]:
    with seeded(seed):
        spec = FullyConnectedSpec(family, 2 * blocks + 2, features=bits, width=width, start=start)
        return stages(FullyConnectedNet(spec).double().eval())


def one_by_one(parts: list[nn.Module], inputs: torch.Tensor, numbers: Numbers) -> list[np.ndarray]:
    """Return the rows of all inputs after each stage, each input computed on its own."""
    rows = [inputs]
    for part in parts:
        with torch.no_grad():
            rows.append(torch.cat([numbers.rounded(part(row[None])) for row in rows[-1]]))
    return [each.numpy() for each in rows]


@settings(max_examples=30, deadline=None)
@random_nets
def test_no_layer_tells_more_inputs_apart_than_the_one_before(
    family: Family, width: int, blocks: int, start: LinearStart, numbers: Numbers, seed: int
) -> None:
    """Counted without the measurement's own merging of equal values."""
    rows = one_by_one(parts(family, width, blocks, start, seed, 4), corners(4), numbers)
    counts = [len(np.unique(each, axis=0)) for each in rows]
    assert all(later <= earlier for earlier, later in pairwise(counts))


@settings(max_examples=30, deadline=None)
@random_nets
def test_the_counts_are_the_numbers_of_distinct_rows_and_the_bits_are_their_entropy(
    family: Family, width: int, blocks: int, start: LinearStart, numbers: Numbers, seed: int
) -> None:
    net = parts(family, width, blocks, start, seed, 4)
    found = kept(net, corners(4), numbers)
    for rows, distinct, bits in zip(one_by_one(net, corners(4), numbers), found.distinct, found.bits, strict=True):
        counts = np.unique(rows, axis=0, return_counts=True)[1]
        assert distinct == len(counts)
        assert bits == pytest.approx(sum(n / 16 * math.log2(16 / n) for n in counts), abs=1e-12)
        assert bits <= math.log2(distinct) + 1e-12


def test_what_keeps_one_bit_of_eight_has_one_bit_and_what_rounds_nothing_away_has_all() -> None:
    first = nn.Linear(BITS, 1, bias=False).double()
    nn.init.zeros_(first.weight)
    first.weight.data[0, 0] = 1
    assert kept([nn.Identity(), first], corners(), Numbers.SINGLE) == Kept((256, 256, 2), (8, 8, 1))


def test_a_number_that_a_type_cannot_hold_is_not_told_from_its_neighbour() -> None:
    near = torch.tensor([[1.0], [1 + 2**-12], [1 + 2**-30]], dtype=torch.float64)
    counts = {numbers: kept([nn.Identity()], near, numbers).distinct[1] for numbers in Numbers}
    assert counts == {Numbers.BRAIN: 1, Numbers.SINGLE: 2, Numbers.DOUBLE: 3}


def test_a_residual_branch_that_is_zero_loses_nothing_and_a_plain_one_everything() -> None:
    for family, left in ((Family.RESIDUAL, 256), (Family.PLAIN, 1)):
        net = parts(family, 8, 3, LinearStart.HE, 0, BITS)[1:]
        for module in (module for part in net for module in part.modules() if isinstance(module, nn.Linear)):
            nn.init.zeros_(module.weight)
        assert kept(net, corners().relu(), Numbers.SINGLE).distinct[1:] == (left,) * 3


def test_the_lesson_says_what_is_measured() -> None:
    """With PyTorch's start plain nets keep nothing even in float64; with He's and 16 neurons they keep everything."""
    small = {family: information(InformationSetting(), family) for family in FAMILIES}
    assert {net.distinct[-1] for net in small[Family.PLAIN]} == {1}
    assert min(net.distinct[-1] for net in small[Family.RESIDUAL]) > 0.9 * 2**BITS
    wide = InformationSetting(16, LinearStart.HE)
    assert {net.distinct[-1] for family in FAMILIES for net in information(wide, family)} == {2**BITS}
    exact = InformationSetting(numbers=Numbers.DOUBLE)
    halfway = LAYERS.index(31)
    assert min(net.distinct[halfway] for net in information(exact, Family.PLAIN)) > 1
    assert {net.distinct[halfway] for net in small[Family.PLAIN]} == {1}
    narrow = information(InformationSetting(4, LinearStart.HE), Family.RESIDUAL)
    assert min(net.distinct[-1] for net in narrow) == 1  # a shortcut is no guarantee


def test_the_figure_has_every_net_and_the_medians() -> None:
    stages = len(LAYERS)
    nets = {family: [Kept((9,) * stages, (float(n),) * stages) for n in (1, 2, 6)] for family in FAMILIES}
    curves = kept_bits(nets)
    assert [each["family"] for each in curves] == list(FAMILIES)
    assert curves[0]["nets"] == [[n] * stages for n in (1, 2, 6)]
    assert curves[0]["median"] == [2] * stages
    assert told_apart([Kept((n,), (0.0,)) for n in (4, 1, 2)], 0) == "2 (1–4)"
    assert told_apart([Kept((1,), (0.0,))] * 3, 0) == "1"
