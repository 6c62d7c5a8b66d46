"""How long a task took that lets others go first between its pieces."""

import time
from collections.abc import Callable

import torch

from resnet_edu.device import synchronize


class Stopwatch:
    """Runs from its making on, and stands still while ``advance`` tells the engine, which serves quick tasks then."""

    def __init__(self, device: torch.device, advance: Callable[[float], None]) -> None:
        self._device = device
        self._advance = advance
        self._away = 0.0
        self._started = time.perf_counter()

    def advance(self, share: float) -> None:
        """What the task calls between two pieces."""
        synchronize(self._device)
        left = time.perf_counter()
        self._advance(share)
        self._away += time.perf_counter() - left

    @property
    def milliseconds(self) -> float:
        """The task's own time so far."""
        synchronize(self._device)
        return (time.perf_counter() - self._started - self._away) * 1000
