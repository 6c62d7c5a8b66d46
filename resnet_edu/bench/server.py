"""``streamlit run`` in a separate process, on a free loopback port."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def serve(script: Path, environment: dict[str, str] | None = None) -> Iterator[str]:
    """Run ``streamlit run`` on a free loopback port; yields the address at once."""
    port = free_port()
    process = launch(script, port, environment)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def launch(script: Path, port: int, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start ``streamlit run`` on a loopback port; the process is the server itself."""
    command = [sys.executable, "-m", "streamlit", "run", script.name, "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true", "--logger.hideWelcomeMessage", "true"]
    return subprocess.Popen(
        command, cwd=script.parent, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL
    )


def wait_for_health(address: str, seconds: float = 60) -> None:
    """Wait until the server answers; raises ``TimeoutError``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise TimeoutError(address)


def free_port() -> int:
    """Return a loopback port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
