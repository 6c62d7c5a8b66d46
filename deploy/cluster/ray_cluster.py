"""A Ray cluster on this machine in processes of its own, which a test may kill. Needs Linux and ray."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from resnet_edu.paths import PROJECT

SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
}
"""Ray's quick way in, and nothing told to anybody outside; the same on Kubernetes."""
START_SECONDS = 120
END_SECONDS = 60
PORTS = range(20_000, 30_000, 100)
"""Where the hundred ports of one cluster may begin: below those that Linux gives to outgoing connections."""


class Cluster:
    """Ray and its replicas from ``start`` to ``stop`` or ``kill``, at one port all the time.

    ``log`` is a file for what they say; ``options`` are those of ``ray_head``.
    """

    def __init__(self, log: Path, **options: int | str) -> None:
        self._ports, self._claim = _ports_of_its_own()
        self.port = self._ports[0]
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = log
        self._own: tempfile.TemporaryDirectory[str] | None = None
        self._options = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Cluster":
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()
        self._claim.close()

    def start(self) -> None:
        """Start it and wait until its replicas are ready."""
        command = [sys.executable, "-m", "deploy.cluster.ray_head", "--port", str(self.port), *self._options]
        self._own = tempfile.TemporaryDirectory()  # a short path: a socket's has at most 107 characters
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=PROJECT,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=_environment(Path(self._own.name), self._ports[1:]),
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(self._log.read_text()[-5000:])
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
        for pid in _family(self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
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


def _family(pid: int) -> list[int]:
    """A process and all that descend from it, by Linux's ``/proc``."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            parent = int(status.read_text().rpartition(")")[2].split()[1])  # its name, in brackets, may hold anything
            children.setdefault(parent, []).append(int(status.parent.name))
    family = [pid]
    for each in family:
        family += children.get(each, [])
    return family


def _environment(folder: Path, ports: range) -> dict[str, str]:
    """Ports and files of its own for Ray and HAProxy; replicas find packages of this project."""
    fallback_http, fallback_grpc, metrics, stats, *replicas = ports
    return {
        **os.environ,
        **SETTINGS,
        "PYTHONPATH": str(PROJECT),
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(replicas[0]),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(replicas[-1]),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(fallback_http),
        "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT": str(fallback_grpc),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(metrics),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(stats),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
    }


def _ports_of_its_own() -> tuple[range, socket.socket]:
    """A hundred ports, and a socket that keeps other clusters off them until it is closed.

    Ray lets several processes listen at one port, also those of two clusters.
    """
    for first in PORTS:
        claim = socket.socket(type=socket.SOCK_DGRAM)  # of the same number: no listener minds it
        try:
            with socket.socket() as probe:
                probe.bind(("", first))  # a cluster may have outlived who started it
            claim.bind(("", first))
        except OSError:
            claim.close()
        else:
            return range(first, first + PORTS.step), claim
    raise RuntimeError("There are no ports left for a cluster.")
