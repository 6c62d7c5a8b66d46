"""Real exhaustion of a GPU's memory: its own allocator refuses what exceeds a limit."""

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

from resnet_edu.device import memory_size

Limited = Callable[[int], AbstractContextManager[None]]


@contextmanager
def limited(device: torch.device, more: int) -> Iterator[None]:
    """Give the process ``more`` bytes of the device's memory than it holds now, and no others."""
    gc.collect()
    if device.type == "cpu":
        with _large_outputs_refused(more // 10):
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
def _large_outputs_refused(most: int) -> Iterator[None]:
    """In place of the CPU's own exhaustion, in which the libraries below torch can crash."""

    def refuse(module: nn.Module, args: Any, output: Any) -> None:
        if isinstance(output, torch.Tensor) and output.nbytes > most:
            raise torch.OutOfMemoryError(f"{output.nbytes} bytes are more than {most}")

    hook = register_module_forward_hook(refuse)
    try:
        yield
    finally:
        hook.remove()
