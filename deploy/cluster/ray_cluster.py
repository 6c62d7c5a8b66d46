"""A Ray cluster on this machine, in processes of its own that a test may kill. Needs Linux and Ray."""

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
"""Ray's fast ingress, and no usage statistics sent; the same settings as on Kubernetes."""
START_SECONDS = 120
END_SECONDS = 60
PORTS = range(20_000, 30_000, 100)
"""First ports of blocks of 100, one for each cluster, below the range that Linux uses for outgoing connections."""


class Cluster:
    """Ray and its replicas from ``start`` to ``stop`` or ``kill``, always at the same port.

    ``log`` is the file for their output; ``options`` are those of ``ray_head``.
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
        """Start the cluster and wait until its replicas are ready."""
        command = [sys.executable, "-m", "deploy.cluster.ray_head", "--port", str(self.port), *self._options]
        self._own = tempfile.TemporaryDirectory()  # short, because the path of a socket has at most 107 characters
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
        """Shut the cluster down cleanly."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def kill(self) -> None:
        """Kill every process at once, as if the machine had failed."""
        assert self._process is not None
        for pid in _family(self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(END_SECONDS)
        self._process = None

    def _is_healthy(self) -> bool:
        """Return whether a replica is there: it rejects a GET, which carries no sealed message."""
        try:
            with urllib.request.urlopen(self.address, timeout=5):
                return True
        except urllib.error.HTTPError as answer:
            return answer.code == 403
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def _family(pid: int) -> list[int]:
    """Return a process and all its descendants, according to Linux's ``/proc``."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended in the meantime
            parent = int(status.read_text().rpartition(")")[2].split()[1])  # the name may contain anything
            children.setdefault(parent, []).append(int(status.parent.name))
    family = [pid]
    for each in family:
        family += children.get(each, [])
    return family


def _environment(folder: Path, ports: range) -> dict[str, str]:
    """Return the environment: separate ports and files for Ray and HAProxy; replicas find this project's packages."""
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
    """Reserve 100 ports; while the returned socket is open, no other cluster takes them.

    Ray lets several processes listen on one port, even processes of different clusters.
    """
    for first in PORTS:
        claim = socket.socket(type=socket.SOCK_DGRAM)  # a UDP socket of the same number does not disturb a listener
        try:
            with socket.socket() as probe:
                probe.bind(("", first))  # a cluster may have outlived the process that started it
            claim.bind(("", first))
        except OSError:
            claim.close()
        else:
            return range(first, first + PORTS.step), claim
    raise RuntimeError("There are no ports left for a cluster.")
