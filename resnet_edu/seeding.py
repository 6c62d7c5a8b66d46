"""Torch's global generator, which layers draw their initial weights from, for one thread at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_one_at_a_time = threading.RLock()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from the global generator as determined by ``seed``; its state is restored afterwards.

    Nets must be built inside this context if other threads may be building nets too, or they would take each
    other's random numbers.
    """
    with _one_at_a_time, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
