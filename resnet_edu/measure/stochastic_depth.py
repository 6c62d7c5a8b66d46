"""Stochastic depth: a batch trains a random part of the residual branches, later ones less often (Huang16b)."""

import random

HALF = 0.5
"""How often Huang16b's last block survives."""


def survival(blocks: int, last: float = HALF) -> tuple[float, ...]:
    """Return each block's probability of survival, 1 - l / L (1 - p_L), which ends at p_L (section 3, equation 4)."""
    return tuple(1 - block / blocks * (1 - last) for block in range(1, blocks + 1))


def expected(blocks: int, last: float = HALF) -> float:
    """Return how many blocks survive on average: the sum of their probabilities, of an arithmetic series."""
    return blocks - (1 - last) * (blocks + 1) / 2


def drawn(blocks: int, seed: int, last: float = HALF) -> tuple[bool, ...]:
    """Draw for each block whether a batch trains it."""
    rng = random.Random(seed)  # an experiment, not a secret
    return tuple(rng.random() < probability for probability in survival(blocks, last))
