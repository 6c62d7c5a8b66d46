"""Two processes of the app behind nginx, both using a cluster."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from deploy.nginx import proxy
from resnet_edu import config
from resnet_edu.bench.server import free_port, launch, wait_for_health
from resnet_edu.paths import PROJECT


class Processes:
    """The processes by number; ``address`` is that of nginx."""

    def __init__(self, cluster: str, folder: Path) -> None:
        self.address = ""
        self.ports = free_port(), free_port()
        self._environment = {
            config.ENGINE.name: "ray",
            config.RAY_ADDRESS.name: cluster,
            "TORCH_HOME": str(folder / "torch"),
        }
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, *numbers: int) -> None:
        """Start processes and wait until they respond."""
        for number in numbers:
            self._processes[number] = launch(PROJECT / "app.py", self.ports[number], self._environment)
        for number in numbers:
            wait_for_health(f"http://127.0.0.1:{self.ports[number]}")

    def stop(self, number: int) -> None:
        """Terminate a process as a supervisor would."""
        process = self._processes.pop(number)
        process.terminate()
        process.wait(60)

    def restart(self, number: int) -> None:
        """Restart a process on the same port, as an update would."""
        self.stop(number)
        self.start(number)

    def close(self) -> None:
        """Stop all processes."""
        for number in list(self._processes):
            self.stop(number)


@contextlib.contextmanager
def running(cluster: str, folder: Path, port: int | None = None) -> Iterator[Processes]:
    """Run both processes and nginx; they respond when the context begins."""
    opened = Processes(cluster, folder)
    try:
        opened.start(0, 1)
        with proxy(folder, opened.ports, port) as opened.address:
            yield opened
    finally:
        opened.close()
