"""The only module that deals with CUDA, MPS and CPU."""

import os
import platform
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from resnet_edu import config

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""In a container: microseconds of processor time per period, or ``max``, followed by the period."""
EXHAUSTED = ("out of memory", "can't allocate memory", "not enough memory", "status_alloc_failed")
"""What PyTorch, the system and NVIDIA's libraries say when there is no memory left."""
_setting_threads = threading.Lock()


def best_device() -> torch.device:
    """Return CUDA, else Apple's MPS, else the CPU; ``RESNET_EDU_DEVICE=cpu`` forces the CPU."""
    if config.DEVICE.read() == "cpu":
        return torch.device("cpu")
    return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if is_available(kind)))


def device_name(device: torch.device) -> str:
    """Return the device's name for the reader, such as ``NVIDIA A100`` or the processor's model."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    return _processor_name()


def memory_size(device: torch.device) -> int | None:
    """Return the bytes of a GPU's memory, on Apple's the part it may use; None for the CPU."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory())
    return None


def processors() -> int:
    """Return the number of processors this process may use, given its affinity and its container's quota.

    The system would suspend more threads than that, all at once, for most of each period.
    """
    bound_to = getattr(os, "sched_getaffinity", None)  # Linux only
    found = len(bound_to(0)) if bound_to else os.cpu_count() or 1
    if QUOTA.is_file():
        share, period = QUOTA.read_text(encoding="ascii").split()
        if share != "max":
            found = min(found, int(share) // int(period))
    return max(1, found)


def leave_a_core() -> None:
    """Let torch compute on all cores except one, which serves the browsers; on at least one.

    Two threads for small nets on two busy cores can make a pass twenty times slower.
    """
    torch.set_num_threads(max(1, processors() - 1))


@contextmanager
def compute_alone() -> Iterator[None]:
    """Let torch compute in the calling thread only; other threads keep their setting.

    For nets so small that handing work to a second thread takes longer than doing it.
    """
    with _setting_threads:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        # Threads that start later take the number set last, whichever thread set it.
        restoring = threading.Thread(target=torch.set_num_threads, args=(threads,))
        restoring.start()
        restoring.join()
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def inference_dtype(device: torch.device) -> torch.dtype:
    """Return float32, except on CUDA, where it is the card's fast half precision."""
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def synchronize(device: torch.device) -> None:
    """Wait until the device has finished, so that a clock can be read."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def computing_time(device: torch.device) -> float:
    """Return seconds from a clock that pauses while this process waits for a processor.

    That is the process's CPU time divided by the number of torch's threads. On a GPU it is an ordinary clock,
    because waiting cannot be told from computing there.
    """
    return time.perf_counter() if device.type != "cpu" else time.process_time() / torch.get_num_threads()


def precisions(device: torch.device) -> tuple[torch.dtype, ...]:
    """Return the precisions worth comparing: float32, bfloat16, and float16 on GPUs."""
    if device.type == "cpu":
        return torch.float32, torch.bfloat16
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.float32, torch.bfloat16, torch.float16
    return torch.float32, torch.float16


def seconds_of(device: torch.device, job: Callable[[], object]) -> float:
    """Time ``job`` on the device: with events on CUDA, elsewhere with a clock after synchronising."""
    if device.type == "cuda":
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]  # no annotation
        start.record()
        job()
        end.record()
        end.synchronize()
        return float(start.elapsed_time(end)) / 1000
    synchronize(device)
    started = time.perf_counter()
    job()
    synchronize(device)
    return time.perf_counter() - started


@contextmanager
def peak_memory(device: torch.device) -> Iterator[Callable[[], int | None]]:
    """Yield a function that returns the peak bytes on a CUDA device since then; None on other devices."""
    if device.type != "cuda":
        yield lambda: None
        return
    torch.cuda.reset_peak_memory_stats(device)
    yield lambda: int(torch.cuda.max_memory_allocated(device))


def as_float64(values: torch.Tensor) -> torch.Tensor:
    """Convert to float64, on the CPU if the device has none, as MPS."""
    return (values.cpu() if values.device.type == "mps" else values).double()


def is_available(kind: str) -> bool:
    """Return whether this machine has a device of that kind: ``cuda``, ``mps`` or ``cpu``."""
    return (
        kind == "cpu"
        or (kind == "cuda" and torch.cuda.is_available())
        or (kind == "mps" and torch.backends.mps.is_available())
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether the error means that the device's or the machine's memory is exhausted."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    said = str(error).lower()
    return isinstance(error, RuntimeError) and (
        any(words in said for words in EXHAUSTED) or said == "could not create a primitive"  # oneDNN's whole message
    )


@contextmanager
def autocast(device: torch.device, dtype: torch.dtype) -> Iterator[None]:
    """Run in the lower precision ``dtype`` where that is safe; float32 disables it."""
    with torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32):
        yield


def _processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
