"""Stochastic depth: the schedule, the expectation and the draws of Huang16b."""

from statistics import mean

import pytest

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
