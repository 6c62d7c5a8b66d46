"""Stochastic depth: the schedule, the expectation and the draws of Huang16b."""

from statistics import mean

import pytest

from resnet_edu.figures.stochastic_depth import GROUP, survival_by_group
from resnet_edu.measure.stochastic_depth import drawn, expected, survival


def test_survival_falls_linearly_to_the_last_blocks_half() -> None:
    assert survival(4) == pytest.approx((0.875, 0.75, 0.625, 0.5))
    assert survival(3, last=1.0) == (1, 1, 1)


@pytest.mark.parametrize("blocks", [9, 54, 600])
def test_the_expectation_is_the_papers(blocks: int) -> None:
    """Section 3: (3L - 1) / 4, about 40 of the 54 blocks of 110 layers."""
    assert expected(blocks) == pytest.approx((3 * blocks - 1) / 4)


def test_draws_have_that_mean_and_a_seed_repeats_its_own() -> None:
    draws = [drawn(54, seed) for seed in range(400)]
    assert drawn(54, 7) == draws[7]
    assert mean(map(sum, draws)) == pytest.approx(expected(54), abs=0.6)
    assert mean(each[0] for each in draws) > mean(each[-1] for each in draws) + 0.3


def test_many_blocks_are_counted_in_groups_along_their_probability() -> None:
    survives = drawn(600, seed=0)
    drawing = survival_by_group(survival(600), survives, ("trained", "left out", "probability"), ("", ""), dark=False)
    trained, left_out, probability = drawing.data
    assert [round(GROUP * share) for share in trained.y] == [
        sum(survives[at : at + GROUP]) for at in range(0, 600, GROUP)
    ]
    assert [one + other for one, other in zip(trained.y, left_out.y, strict=True)] == pytest.approx([1] * 24)
    assert probability.y == survival(600)
    assert trained.marker.pattern.shape != left_out.marker.pattern.shape
    assert left_out.marker.pattern.fillmode == "overlay", "its colour is under the hatching"
