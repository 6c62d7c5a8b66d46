"""The app under load: a process of its own, its memory and its processor time from Linux's /proc."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from resnet_edu.bench.browser import free_port, launch, wait_for_health
from resnet_edu.paths import PROJECT

KB = 1024


@dataclass(frozen=True)
class Server:
    """A running app."""

    address: str
    process: subprocess.Popen[bytes]

    @property
    def memory(self) -> int:
        """The bytes of physical memory that it holds."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * KB
        raise ProcessLookupError(self.process.pid)

    @property
    def busy_seconds(self) -> float:
        """The processor time that it has had."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return sum(int(each) for each in fields[11:13]) / os.sysconf("SC_CLK_TCK")


@dataclass
class Stopwatch:
    """How busy a server and this process have been since a moment, in processors."""

    server: Server

    def __post_init__(self) -> None:
        self._began = time.perf_counter()
        self._server = self.server.busy_seconds
        self._own = time.process_time()

    @property
    def seconds(self) -> float:
        """Since the moment."""
        return time.perf_counter() - self._began

    @property
    def server_seconds(self) -> float:
        """The processor time that the server has had since then."""
        return self.server.busy_seconds - self._server

    def told(self) -> str:
        """Both loads in a sentence."""
        seconds = self.seconds
        server = self.server_seconds / seconds
        own = (time.process_time() - self._own) / seconds
        return f"processors in use: server {server:.2f}, generator {own:.2f} (Python uses 1 at most in a process)"


@contextlib.contextmanager
def running(environment: dict[str, str] | None = None) -> Iterator[Server]:
    """The app on a free port of the loopback interface, ready to answer."""
    port = free_port()
    process = launch(PROJECT / "app.py", port, environment)
    try:
        server = Server(f"http://127.0.0.1:{port}", process)
        wait_for_health(server.address)
        yield server
    finally:
        process.terminate()
        process.wait(30)
