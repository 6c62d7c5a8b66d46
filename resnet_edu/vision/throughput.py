"""How fast this machine runs a net: images per second by batch size, and the arithmetic bound."""

import statistics
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch.utils.flop_counter import FlopCounterMode

from resnet_edu.device import autocast, is_out_of_memory, peak_memory, seconds_of
from resnet_edu.errors import UserError, mark
from resnet_edu.nets.architecture import Architecture
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
MEASURED_SECONDS = 0.3
SLOWEST_PASS = 1.5
"""A slower batch is the last one measured, because others are waiting for the device."""
MATRIX = 1024


@lru_cache(maxsize=64)
def multiply_adds(architecture: Architecture, side: int) -> int:
    """Count multiply-adds for one picture of ``side`` x ``side`` with torch's own counter; builds no weights."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        architecture.build().eval()(torch.empty(1, 3, side, side))
    return int(counter.get_total_flops()) // 2


@dataclass(frozen=True)
class Speed:
    """The measurement of one batch size.

    ``seconds`` is the median forward pass after a warm-up pass; ``peak`` is the multiply-adds per second of a
    large matrix product in the same precision on the same device; ``memory`` is the peak bytes on a CUDA
    device, None elsewhere.
    """

    batch: int
    seconds: float
    passes: int
    multiply_adds: int
    peak: float
    memory: int | None

    @property
    def images(self) -> float:
        """Images per second."""
        return self.batch / self.seconds

    @property
    def bound(self) -> float:
        """The most images per second that the device's arithmetic allows."""
        return self.peak / self.multiply_adds

    @property
    def is_last(self) -> bool:
        """Whether a larger batch would block the device for too long."""
        return self.seconds > SLOWEST_PASS


@dataclass(frozen=True)
class MeasureSpeed:
    """The task: time forward passes of random pictures with one batch size and precision, such as ``bfloat16``."""

    net: Net
    batch: int
    precision: str

    @property
    def key(self) -> Hashable:
        """Net, batch and precision; a measurement serves everybody."""
        return ("speed", self.net, self.batch, self.precision)

    def run(self, loaded: Loaded) -> Speed:
        """Warm up, then repeat; raises ``UserError`` if the batch doesn't fit into memory."""
        side = self.net.preprocessing.crop
        dtype = getattr(torch, self.precision)
        try:
            with torch.inference_mode(), peak_memory(loaded.device) as most, autocast(loaded.device, dtype):
                pictures = torch.randn(self.batch, 3, side, side, device=loaded.device)
                seconds = repeated(lambda: loaded.model(pictures), loaded.device)
                memory = most()
            peak = matrix_peak(loaded.device, dtype)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            raise UserError(
                mark("A batch of {batch} does not fit into this device's memory."), batch=self.batch
            ) from error
        macs = multiply_adds(self.net.architecture, side)
        return Speed(self.batch, statistics.median(seconds), len(seconds), macs, peak, memory)


def repeated(job: Callable[[], object], device: torch.device) -> list[float]:
    """Return the seconds of each run after a warm-up run, until they sum to ``MEASURED_SECONDS``."""
    seconds_of(device, job)
    seconds: list[float] = []
    while sum(seconds) < MEASURED_SECONDS:
        seconds.append(seconds_of(device, job))
    return seconds


@lru_cache(maxsize=8)
def matrix_peak(device: torch.device, dtype: torch.dtype) -> float:
    """Return the multiply-adds per second of a product of two 1024 x 1024 matrices, the best of several runs."""
    left, right = (torch.randn(MATRIX, MATRIX, device=device, dtype=dtype) for _ in range(2))
    return float(MATRIX**3 / min(repeated(lambda: left @ right, device)))
