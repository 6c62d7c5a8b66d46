"""The app under load, in processes of its own, with their memory and processor time from Linux's /proc."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.nginx import proxy
from resnet_edu.bench.server import free_port, launch, wait_for_health
from resnet_edu.paths import PROJECT

KB = 1024
DEPLOYED = {"PYTHONMALLOC": "malloc", "MALLOC_ARENA_MAX": "2"}
"""The settings of the Dockerfile and of deploy/README.md."""
ON_TRIAL = {**DEPLOYED, "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "120"}
"""Sessions are dropped soon, so that a trial can wait for it."""


@dataclass(frozen=True)
class Server:
    """A running app: the address for its viewers, and its processes."""

    address: str
    processes: dict[str, subprocess.Popen[bytes]]
    """Processes by the address at which each one listens."""

    @property
    def memory(self) -> int:
        """Resident memory of its processes in bytes."""
        return sum(_memory(process.pid) for process in self.processes.values())

    @property
    def busy_seconds(self) -> float:
        """Processor time used by its processes."""
        return sum(_busy_seconds(process.pid) for process in self.processes.values())


@dataclass
class ProcessorMeter:
    """How busy a server and this process have been since the meter was created, in processors."""

    server: Server

    def __post_init__(self) -> None:
        self._began = time.perf_counter()
        self._server = self.server.busy_seconds
        self._own = time.process_time()

    @property
    def seconds(self) -> float:
        """Seconds since the meter was created."""
        return time.perf_counter() - self._began

    @property
    def server_seconds(self) -> float:
        """Processor time that the server has used since then."""
        return self.server.busy_seconds - self._server

    def told(self) -> str:
        """Describe both loads in a sentence."""
        seconds = self.seconds
        server = self.server_seconds / seconds
        own = (time.process_time() - self._own) / seconds
        return f"processors in use: server {server:.2f}, generator {own:.2f} (a process uses little more than 1)"


@contextlib.contextmanager
def running(environment: dict[str, str] | None = None, processes: int = 1) -> Iterator[Server]:
    """Run the app on a free port of the loopback interface; two processes are put behind nginx."""
    with contextlib.ExitStack() as stack:
        started = dict(stack.enter_context(_process(environment)) for _ in range(processes))
        address = next(iter(started))
        if processes == 2:
            one, other = (int(each.rpartition(":")[2]) for each in started)
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            address = stack.enter_context(proxy(Path(folder), (one, other)))
        yield Server(address, started)


@contextlib.contextmanager
def _process(environment: dict[str, str] | None) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    process = launch(PROJECT / "app.py", port, {**ON_TRIAL, **(environment or {})})
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for_health(address)
        yield address, process
    finally:
        process.terminate()
        process.wait(30)


def _memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * KB
    raise ProcessLookupError(pid)


def _busy_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(each) for each in fields[11:13]) / os.sysconf("SC_CLK_TCK")
