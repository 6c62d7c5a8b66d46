"""A Ray cluster on this machine in processes of its own, which a test may kill. Needs requirements-cluster.txt."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from resnet_edu.bench.browser import free_port
from resnet_edu.paths import PROJECT

START_SECONDS = 120
END_SECONDS = 60


class Cluster:
    """Ray and its replicas from ``start`` to ``stop`` or ``kill``, at one port all the time.

    ``log`` is a file for what they say; ``options`` are those of ``ray_head``.
    """

    def __init__(self, log: Path, **options: int) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = log
        self._options = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Cluster":
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until its replicas are ready."""
        command = [sys.executable, "-m", "resnet_edu.bench.ray_head", "--port", str(self.port), *self._options]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=PROJECT, stdout=log, stderr=log, start_new_session=True, env=_environment()
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_healthy():
            assert self._process.poll() is None, self._log.read_text()[-5000:]
            assert time.monotonic() < deadline, self._log.read_text()[-5000:]
            time.sleep(0.2)

    def stop(self) -> None:
        """End it in good order."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def kill(self) -> None:
        """As when the machine is gone: no process of it has time for anything."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(END_SECONDS)
        self._process = None

    def _is_healthy(self) -> bool:
        """A GET is no sealed message: the replica that refuses it is there."""
        try:
            with urllib.request.urlopen(self.address, timeout=5):
                return True
        except urllib.error.HTTPError as answer:
            return answer.code == 403
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def _environment() -> dict[str, str]:
    """Ray reports nothing to anybody, and its replicas find the tasks that tests have made up."""
    return {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": str(PROJECT)}
