"""Times a task that lets others run between its steps."""

import time
from collections.abc import Callable

import torch

from resnet_edu.device import synchronize


class Stopwatch:
    """Starts when created, and pauses during ``advance``, when the engine serves quick tasks."""

    def __init__(self, device: torch.device, advance: Callable[[float], None]) -> None:
        self._device = device
        self._advance = advance
        self._away = 0.0
        self._started = time.perf_counter()

    def advance(self, share: float) -> None:
        """Report progress between two steps."""
        synchronize(self._device)
        left = time.perf_counter()
        self._advance(share)
        self._away += time.perf_counter() - left

    @property
    def milliseconds(self) -> float:
        """The task's own time so far."""
        synchronize(self._device)
        return (time.perf_counter() - self._started - self._away) * 1000
