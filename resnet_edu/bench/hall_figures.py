"""The file of measured figures behind the sizes of halls: put together from the commands' own output, never typed.

``python -m resnet_edu record hall`` writes it from what ``python -m tests.load lecture --json``,
``python -m tests.load opening --json`` and ``python -m resnet_edu bench --cluster --json`` have printed on one machine.
"""

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

from resnet_edu.bench.hall import Choices, Lecture, Machine, Measured, Opening, Replica, Run
from resnet_edu.device import best_device, device_name, processors
from resnet_edu.errors import UserError, mark

KB = 1000
BINARY_KB = 1024
MB = 2**20
GB = 2**30
LECTURE_COMMAND = "python -m tests.load lecture --json"
OPENING_COMMAND = "python -m tests.load opening --json"
CLUSTER_COMMAND = "python -m resnet_edu bench --cluster --json"
NET = "ResNet-18 at 224 pixels in batches of 8"
FIRST_PAGE = "the first page in a new browser, through nginx"

Row = dict[str, Any]


class Rows:
    """What a command has printed with ``--json``: rows by their names."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self._rows = {str(row["name"]): row for row in json.loads(path.read_text(encoding="utf-8"))}
        except (OSError, ValueError, TypeError, KeyError):
            raise UserError(mark("{file} does not hold what a command prints with --json."), file=path.name) from None

    def value(self, name: str, unit: str) -> float:
        """The figure of that name in its unit; raises ``UserError`` where there is none."""
        row = self._rows.get(name)
        if row is None or row["unit"] != unit:
            raise UserError(mark("{file} has no row «{row}»."), file=self.name, row=f"{name} ({unit or '1'})")
        return float(row["ours"])

    @property
    def missed(self) -> list[str]:
        """The rows whose goals were missed."""
        return [name for name, row in self._rows.items() if row["reached"] is False]


def this_machine() -> Machine:
    """Processors and memory of the machine that runs this."""
    return Machine(processors(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def run_of(command: str) -> Run:
    """Here and now."""
    versions = {"python": platform.python_version(), **{name: version(name) for name in ("streamlit", "torch")}}
    here = this_machine()
    machine = f"{device_name(torch.device('cpu'))}, {here.processors} processors, {here.memory / GB:.0f} GB"
    return Run(command, machine, datetime.now(UTC).date().isoformat(), versions)


def lecture_of(rows: Rows) -> Lecture:
    """Raises ``UserError`` for a trial that missed a goal, having more viewers than a process serves, or is small."""
    if rows.missed:
        message = mark("The lecture in {file} missed goals: {rows}. Measure one with fewer viewers.")
        raise UserError(message, file=rows.name, rows="; ".join(rows.missed))
    try:
        return Lecture(
            run=run_of(LECTURE_COMMAND),
            viewers=int(rows.value("sessions open at once", "") / rows.value("processes of the app", "")),
            actions=rows.value("actions of a viewer in an hour", ""),
            pictures=rows.value("pictures of a viewer in an hour", ""),
            processor_seconds=rows.value("processor time of an action", "s"),
            received=rows.value("received for an action, without the bundles", "KB") * BINARY_KB,
            process=rows.value("memory of the process without sessions", "MB") * MB,
            session=rows.value("memory of a session", "KB") * BINARY_KB,
            session_with_picture=rows.value("memory of a session with its picture", "KB") * BINARY_KB,
        )
    except ValueError:
        message = mark(
            "The lecture in {file} was too small to tell what a session needs. Measure one with more viewers."
        )
        raise UserError(message, file=rows.name) from None


def opening_of(rows: Rows) -> Opening:
    """The page that the lecture's link opens, compressed."""
    return Opening(run_of(OPENING_COMMAND), rows.value(FIRST_PAGE, "KB") * KB)


def replica_of(rows: Rows) -> Replica:
    """One that shared nothing; what its device is, this machine says."""
    gpus = rows.value("GPUs of one replica", "")
    return Replica(
        run=run_of(CLUSTER_COMMAND),
        device=device_name(best_device() if gpus else torch.device("cpu")),
        net=NET,
        passes=1 / rows.value(f"one replica against the local engine, {NET}", "s"),
        processors=rows.value("processors of one replica", ""),
        gpus=gpus,
        memory=rows.value("memory of one replica", "MB") * MB,
    )


def save_measured(path: Path, measured: Measured) -> None:
    """Write the figures as JSON."""
    path.write_text(json.dumps(asdict(measured), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load_measured(path: Path) -> Measured:
    """The inverse of ``save_measured``. Raises ``UserError`` where the file is missing, incomplete or impossible."""
    if not path.is_file():
        message = mark("There is no {file} with measured figures. `python -m resnet_edu record hall` makes one.")
        raise UserError(message, file=path.name)
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Measured(
            machine=Machine(**values["machine"]),
            lecture=Lecture(**_with_run(values["lecture"])),
            opening=Opening(**_with_run(values["opening"])),
            replicas=_at_least_one([Replica(**_with_run(each)) for each in values["replicas"]]),
            choices=Choices(**values["choices"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(mark("{file} is damaged: {error}."), file=path.name, error=repr(error)) from error


def _with_run(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "run": Run(**values["run"])}


def _at_least_one(replicas: Sequence[Replica]) -> tuple[Replica, ...]:
    if not replicas:
        raise ValueError(replicas)
    return tuple(replicas)
