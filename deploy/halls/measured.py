"""The file of measured figures behind the plans, gathered from the trials' output and never typed in."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from deploy.halls import rows
from deploy.halls.planning import Choices, EngineReplica, FirstPage, Lecture, Machine, Measured, Run
from resnet_edu.bench.figure import from_json
from resnet_edu.device import best_device, device_name, processors
from resnet_edu.errors import UserError

FILE = Path(__file__).with_suffix(".json")
KB = 1000
BINARY_KB = 1024
MB = 2**20
GB = 2**30
LECTURE_COMMAND = "python -m deploy.load lecture --json"
OPENING_COMMAND = "python -m deploy.load opening --json"
CLUSTER_COMMAND = "python -m deploy.cluster bench --json"


class Rows:
    """A trial's output with ``--json``: figures by name."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self._figures = {figure.name: figure for figure in from_json(path.read_text(encoding="utf-8"))}
        except (OSError, ValueError, TypeError, KeyError):
            raise UserError("{file} does not hold what a trial prints with --json.", file=path.name) from None

    def value(self, name: str, unit: str) -> float:
        """Return the figure of that name and unit; raises ``UserError`` if there is none."""
        figure = self._figures.get(name)
        if figure is None or figure.unit != unit:
            raise UserError("{file} has no row «{row}».", file=self.name, row=f"{name} ({unit or '1'})")
        return figure.ours

    @property
    def missed(self) -> list[str]:
        """Rows whose goals were missed."""
        return [name for name, figure in self._figures.items() if figure.reached is False]


def this_machine() -> Machine:
    """Return the number of processors and the memory of this machine."""
    return Machine(processors(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def run_of(command: str) -> Run:
    """Return the record of a run on this machine today."""
    versions = {"python": platform.python_version(), **{name: version(name) for name in ("streamlit", "torch")}}
    here = this_machine()
    machine = f"{device_name(torch.device('cpu'))}, {here.processors} processors, {here.memory / GB:.0f} GB"
    return Run(command, machine, datetime.now(UTC).date().isoformat(), versions)


def lecture_of(trial: Rows) -> Lecture:
    """Return the lecture's figures; raises ``UserError`` if a goal was missed or the trial was too small."""
    if trial.missed:
        message = "The lecture in {file} missed goals: {rows}. Measure one with fewer viewers."
        raise UserError(message, file=trial.name, rows="; ".join(trial.missed))
    try:
        return Lecture(
            run=run_of(LECTURE_COMMAND),
            viewers=int(trial.value(rows.SESSIONS, "") / trial.value(rows.PROCESSES, "")),
            actions=trial.value(rows.ACTIONS, ""),
            pictures=trial.value(rows.PICTURES, ""),
            processor_seconds=trial.value(rows.PROCESSOR_TIME, "s"),
            received=trial.value(rows.RECEIVED, "KB") * BINARY_KB,
            process=trial.value(rows.EMPTY_PROCESS, "MB") * MB,
            session=trial.value(rows.SESSION, "KB") * BINARY_KB,
            session_with_picture=trial.value(rows.SESSION_WITH_PICTURE, "KB") * BINARY_KB,
        )
    except ValueError:
        message = "The lecture in {file} was too small to tell what a session needs. Measure one with more viewers."
        raise UserError(message, file=trial.name) from None


def opening_of(trial: Rows) -> FirstPage:
    """Return the size of the page that the lecture's link opens, compressed."""
    return FirstPage(run_of(OPENING_COMMAND), trial.value(rows.FIRST_PAGE, "KB") * KB)


def replica_of(trial: Rows) -> EngineReplica:
    """Return the figures of a replica that shared nothing; this machine names its device."""
    gpus = trial.value(rows.REPLICA_GPUS, "")
    return EngineReplica(
        run=run_of(CLUSTER_COMMAND),
        device=device_name(best_device() if gpus else torch.device("cpu")),
        net=rows.NET,
        passes=1 / trial.value(rows.ONE_REPLICA, "s"),
        processors=trial.value(rows.REPLICA_PROCESSORS, ""),
        gpus=gpus,
        memory=trial.value(rows.REPLICA_MEMORY, "MB") * MB,
    )


def save_measured(path: Path, measured: Measured) -> None:
    """Write the figures as JSON."""
    path.write_text(json.dumps(asdict(measured), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load_measured(path: Path) -> Measured:
    """Read what ``save_measured`` wrote; raises ``UserError`` if the file is missing, incomplete or impossible."""
    if not path.is_file():
        message = "There is no {file} with measured figures. `python -m deploy.halls record` makes one."
        raise UserError(message, file=path.name)
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Measured(
            machine=Machine(**values["machine"]),
            lecture=Lecture(**_with_run(values["lecture"])),
            opening=FirstPage(**_with_run(values["opening"])),
            replicas=_at_least_one([EngineReplica(**_with_run(each)) for each in values["replicas"]]),
            choices=Choices(**values["choices"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise UserError("{file} is damaged: {error}.", file=path.name, error=repr(error)) from error


def _with_run(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "run": Run(**values["run"])}


def _at_least_one(replicas: Sequence[EngineReplica]) -> tuple[EngineReplica, ...]:
    if not replicas:
        raise ValueError(replicas)
    return tuple(replicas)
