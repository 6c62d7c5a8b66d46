"""Torch's global generator, for one thread at a time: layers draw their first weights from it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_one_at_a_time = threading.RLock()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from the global generator as ``seed`` determines it; afterwards it is as it was.

    Whoever builds a net while other threads may be building theirs does it in here, or the two
    would take each other's random numbers.
    """
    with _one_at_a_time, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
