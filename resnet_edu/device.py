"""The one place that knows about CUDA, MPS and CPU."""

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
"""In a container: so many microseconds of processor time, or ``max``, in a period of so many."""
_setting_threads = threading.Lock()


def best_device() -> torch.device:
    """CUDA, else Apple's MPS, else the CPU; the variable ``RESNET_EDU_DEVICE=cpu`` insists on the CPU."""
    if config.DEVICE.read() == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def device_name(device: torch.device) -> str:
    """The name a person knows the device by, such as ``NVIDIA A100`` or the processor's model."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    return _processor_name()


def memory_size(device: torch.device) -> int | None:
    """The bytes of a GPU's memory; on Apple's, what it may use of the machine's. None for the CPU."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory())
    return None


def processors() -> int:
    """As many as this process may use: the machine's, or fewer where it is bound to some or its container has a quota.

    More threads than that are stopped by the system for most of each period, all at once.
    """
    bound_to = getattr(os, "sched_getaffinity", None)  # Linux has it
    found = len(bound_to(0)) if bound_to else os.cpu_count() or 1
    if QUOTA.is_file():
        share, period = QUOTA.read_text(encoding="ascii").split()
        if share != "max":
            found = min(found, int(share) // int(period))
    return max(1, found)


def leave_a_core() -> None:
    """Let torch compute on all cores but one, which serves the browsers; at least on one.

    Two threads for small nets on two busy cores can make a pass twenty times slower.
    """
    torch.set_num_threads(max(1, processors() - 1))


@contextmanager
def compute_alone() -> Iterator[None]:
    """Let torch compute in the calling thread alone; all other threads keep what they have.

    For nets so small that handing work to a second thread takes longer than doing it.
    """
    with _setting_threads:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        # A thread that begins later takes the number set last, in whichever thread that was.
        restoring = threading.Thread(target=torch.set_num_threads, args=(threads,))
        restoring.start()
        restoring.join()
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def inference_dtype(device: torch.device) -> torch.dtype:
    """float32, but on CUDA the fast half precision that the card has."""
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def synchronize(device: torch.device) -> None:
    """Wait until the device has finished, so that a clock read next is true."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def computing_time(device: torch.device) -> float:
    """A clock that stands still while this process waits for a processor: seconds of all of torch's threads at work.

    On a GPU it is an ordinary clock: waiting for one's turn can't be told from computing there.
    """
    return time.perf_counter() if device.type != "cpu" else time.process_time() / torch.get_num_threads()


def precisions(device: torch.device) -> tuple[torch.dtype, ...]:
    """The precisions worth comparing: float32, bfloat16, and float16 where a GPU computes in it."""
    if device.type == "cpu":
        return torch.float32, torch.bfloat16
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.float32, torch.bfloat16, torch.float16
    return torch.float32, torch.float16


def seconds_of(device: torch.device, job: Callable[[], object]) -> float:
    """How long ``job`` takes on the device: by events on CUDA, elsewhere by a clock after synchronising."""
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
    """A function that tells the most bytes a CUDA device has held since; None on other devices."""
    if device.type != "cuda":
        yield lambda: None
        return
    torch.cuda.reset_peak_memory_stats(device)
    yield lambda: int(torch.cuda.max_memory_allocated(device))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the error says that the memory of the device, or of the machine, is exhausted."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    said = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in said)


@contextmanager
def autocast(device: torch.device, dtype: torch.dtype) -> Iterator[None]:
    """Run in the lower precision ``dtype`` where it is safe; float32 switches it off."""
    with torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32):
        yield


def _processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
