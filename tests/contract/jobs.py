"""Tasks that a test controls through files, in this process or in a replica."""

import os
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from resnet_edu.errors import UserError
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.engine.protocol import Engine, Loaded

NET = catalogue().nets["cifar10-residual-20"]
SECONDS = 30
PACKAGES = "resnet_edu,tests"
"""Packages from which a replica may unpickle tasks; the ones here are in ``tests``."""


def wait_for(path: Path, seconds: float = SECONDS) -> None:
    """Wait until the file exists."""
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.005)


@dataclass(frozen=True)
class Job:
    """Waits for its gate, then returns its name."""

    name: str
    folder: Path
    net: Net = NET
    patience: float = SECONDS

    @property
    def key(self) -> Hashable:
        return str(self.folder), self.name

    @property
    def ran(self) -> list[str]:
        """Names of the threads that completed a run."""
        log = self._file("ran")
        return log.read_text().splitlines() if log.exists() else []

    @property
    def has_started(self) -> bool:
        return self._file("started").exists()

    def open(self, gate: str = "gate") -> None:
        self._file(gate).touch()

    def wait_until_it_runs(self) -> None:
        wait_for(self._file("started"))

    def run(self, loaded: Loaded) -> Any:
        self._file("started").touch()
        wait_for(self._file("gate"), self.patience)
        with self._file("ran").open("a") as log:
            log.write(f"{threading.current_thread().name}\n")
        return self.name

    def _file(self, kind: str) -> Path:
        return self.folder / f"{self.name}.{kind}"


@dataclass(frozen=True)
class Failing(Job):
    def run(self, loaded: Loaded) -> str:
        raise UserError("no {what}", what="luck")


@dataclass(frozen=True)
class Faulty(Job):
    def run(self, loaded: Loaded) -> str:
        raise ZeroDivisionError("a fault of ours")


@dataclass(frozen=True)
class Killed(Job):
    def run(self, loaded: Loaded) -> str:
        raise SystemExit


@dataclass(frozen=True)
class Huge(Job):
    def run(self, loaded: Loaded) -> str:
        return str(torch.empty(2**55))


@dataclass(frozen=True)
class Stepwise(Job):
    """Reports progress once its gate is open, then waits between pieces for a second gate."""

    is_long: bool = True

    def run(self, loaded: Loaded) -> str:
        wait_for(self._file("gate"))
        loaded.advance(0.25)
        wait_for(self._file("second"))
        loaded.advance(0.5)
        return self.name


@dataclass(frozen=True)
class Restless(Stepwise):
    """A ``Stepwise`` with endless pieces: it ends only when stopped, however long the stop takes to arrive."""

    def run(self, loaded: Loaded) -> str:
        while True:
            loaded.advance(0.25)


@dataclass(frozen=True)
class InSteps:
    """Builds its own nets, so it is given no net; otherwise a ``Stepwise``."""

    name: str
    folder: Path
    is_long = True

    @property
    def key(self) -> Hashable:
        return str(self.folder), self.name

    def open(self, gate: str = "gate") -> None:
        (self.folder / f"{self.name}.{gate}").touch()

    def compute_in_steps(self, advance: Callable[[float], None]) -> str:
        advance(0.25)
        wait_for(self.folder / f"{self.name}.second")
        advance(0.5)
        return self.name


@dataclass(frozen=True)
class Answering(Job):
    """A task that counts as the answer to a picture."""

    is_answer = True


@dataclass(frozen=True)
class Frame(Job):
    """Of a stream."""

    is_streamed = True
    is_private = True


@dataclass(frozen=True)
class Where(Job):
    """Returns the process id and its number of threads; ``name`` makes each request different."""

    def run(self, loaded: Loaded) -> tuple[int, int]:
        return os.getpid(), torch.get_num_threads()


def finish(ticket: Any, seconds: float = SECONDS) -> Any:
    assert ticket.wait(seconds)
    return ticket.result()


class Bench:
    """Jobs in a folder of their own, so that no engine has seen them before."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder

    def job(self, name: str, kind: type[Job] = Job, is_open: bool = True) -> Job:
        job = kind(name, self.folder)
        if is_open:
            job.open()
        return job

    def submit(self, name: str, session: str, kind: type[Job] = Job) -> Any:
        """Submit a job that waits for nothing."""
        return self.engine.submit(self.job(name, kind), session)

    def busy(self) -> Job:
        """Submit a job that keeps the worker busy until its gate opens."""
        job = self.job("busy", is_open=False)
        self.engine.submit(job, "someone")
        job.wait_until_it_runs()
        return job

    def half_way(self, session: str = "s", kind: type[Job] = Stepwise) -> tuple[Job, Any]:
        """Submit a long job and return it once it has reported progress and waits for its second gate."""
        job = self.job("long", kind)
        ticket = self.engine.submit(job, session)
        while ticket.progress == 0:
            ticket.wait(0.01)
        return job, ticket
