"""Real exhaustion of a device's memory: its own allocator refuses what exceeds a limit."""

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import torch

from resnet_edu.device import memory_size

Limited = Callable[[int], AbstractContextManager[None]]
PAGE = 4096


@contextmanager
def limited(device: torch.device, more: int) -> Iterator[None]:
    """Give the process ``more`` bytes of the device's memory than it holds now, and no others."""
    gc.collect()
    if device.type == "cpu":
        with _address_space(more):
            yield
        return
    memory = torch.cuda if device.type == "cuda" else torch.mps
    memory.empty_cache()
    held = torch.cuda.memory_reserved(device) if device.type == "cuda" else torch.mps.driver_allocated_memory()
    size = memory_size(device)
    assert size
    memory.set_per_process_memory_fraction((held + more) / size)
    try:
        yield
    finally:
        memory.set_per_process_memory_fraction(1.0)
        memory.empty_cache()


@contextmanager
def _address_space(more: int) -> Iterator[None]:
    import resource  # there is none on Windows

    before = resource.getrlimit(resource.RLIMIT_AS)
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * PAGE
    resource.setrlimit(resource.RLIMIT_AS, (held + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
