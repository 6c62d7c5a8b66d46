"""Trains several CIFAR-10 nets side by side, with one process and one log per net."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from resnet_edu.cli.progress import StopOnInterrupt
from resnet_edu.errors import UserError, mark
from resnet_edu.nets.vocabulary import Family, check_depth

DONE = "test accuracy"
"""How the last line of a finished run begins."""
LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class NetToTrain:
    """A net of the CIFAR family and the seed of its run."""

    family: Family
    depth: int
    seed: int

    @classmethod
    def parse(cls, text: str) -> "NetToTrain":
        """Parse a net such as ``residual:20:1``, 20 layers with seed 1; raises ``UserError`` for anything else."""
        try:
            family, depth, seed = text.split(":")
            found = cls(Family(family), int(depth), int(seed))
        except ValueError:
            raise UserError(
                mark("{net} is not a net that can be trained. Write NET:DEPTH:SEED, such as residual:20:0."), net=text
            ) from None
        check_depth(found.depth)
        return found

    def __str__(self) -> str:
        return f"{self.family}:{self.depth}:{self.seed}"

    def command(self, options: Sequence[str]) -> list[str]:
        """Return the command of the net's process."""
        words = ["--net", self.family, "--depth", str(self.depth), "--seed", str(self.seed)]
        return [sys.executable, "-m", "resnet_edu", "train", "cifar10", *words, *options]

    def log(self, folder: Path) -> Path:
        """Return the path of the process's log."""
        return folder / f"{self.family}-{self.depth}-{self.seed}.log"

    def is_done(self, folder: Path) -> bool:
        """Return whether the log ends like that of a finished run."""
        return self.log(folder).is_file() and _last_line(self.log(folder)).startswith(DONE)


def train_side_by_side(nets: Sequence[NetToTrain], options: Sequence[str], logs: Path, jobs: int) -> int:
    """Train ``jobs`` nets at a time and report how each ended; returns the worst exit code.

    Each process has its own session, so that a Ctrl-C reaches it only once, through this process: a second
    one would cost it its checkpoint.
    """
    stop = StopOnInterrupt()
    waiting, worst = list(nets), 0
    running: dict[NetToTrain, subprocess.Popen[bytes]] = {}
    try:
        while (running or waiting) and not stop.requested:
            while waiting and len(running) < jobs:
                net = waiting.pop(0)
                running[net] = _start(net.command(options), net.log(logs))
                typer.echo(f"{net} started; see {net.log(logs)}")
            worst = max(worst, _take_ended(running, logs))
            time.sleep(LOOK_SECONDS)
    finally:  # also after a second Ctrl-C: no process continues unattended
        for process in running.values():
            process.send_signal(signal.SIGINT)
    while running:
        worst = max(worst, _take_ended(running, logs))
        time.sleep(LOOK_SECONDS)
    return worst


def _start(command: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("w", encoding="utf-8") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True)


def _take_ended(running: "dict[NetToTrain, subprocess.Popen[bytes]]", logs: Path) -> int:
    """Report and remove the processes that have ended; returns their worst exit code."""
    ended = {net: process for net, process in running.items() if process.poll() is not None}
    for net in ended:
        typer.echo(f"{net} ended: {_last_line(net.log(logs))}")
        del running[net]
    return max((abs(process.returncode) for process in ended.values()), default=0)


def shared_threads(jobs: int) -> int:
    """Return the number of threads for each of ``jobs`` processes."""
    return max(1, (os.cpu_count() or 1) // jobs)


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8").strip().splitlines()
    return lines[-1] if lines else ""
