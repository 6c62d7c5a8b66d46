"""A recorded run: what a training run measured, epoch by epoch, as JSON that the app reads."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from resnet_edu.measure.signals import NetSignals
from resnet_edu.plain_values import read_json
from resnet_edu.training.hyperparameters import Hyperparameters


@dataclass(frozen=True)
class EpochRecord:
    """State after ``epoch`` epochs; errors are fractions, losses mean cross-entropies.

    ``seconds`` of computing went into training since the record before. The training figures are taken in
    evaluation mode on a fixed sample of training pictures without augmentation, the test figures on
    the whole test set.
    """

    epoch: int
    learning_rate: float
    seconds: float
    train_loss: float
    train_error: float
    test_loss: float
    test_error: float


@dataclass(frozen=True)
class ProbeRecord:
    """Per-layer signals after ``epoch`` epochs on a fixed batch of training pictures."""

    epoch: int
    signals: NetSignals


@dataclass(frozen=True)
class RunRecord:
    """One run, whole: what was trained on what and how, and what came of it."""

    name: str
    architecture: dict[str, Any]
    data: str
    train_pictures: int
    test_pictures: int
    train_sample: int
    recipe: dict[str, Any]
    command: str
    hardware: str
    versions: dict[str, str]
    epochs: tuple[EpochRecord, ...] = ()
    probes: tuple[ProbeRecord, ...] = field(default=())

    @property
    def recipe_name(self) -> str:
        """Such as ``paper``; a CIFAR-10 record from before there was a choice was made with ``short``."""
        return str(self.recipe.get("name", Hyperparameters.name))


def save_record(path: Path, record: RunRecord) -> None:
    """Write the record, one epoch or layer a line, so that a diff stays readable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = asdict(record)
    tables = {key: ",\n  ".join(json.dumps(row) for row in values.pop(key)) for key in ("epochs", "probes")}
    head = json.dumps(values, indent=1, ensure_ascii=False).removesuffix("\n}")
    body = "".join(f',\n "{key}": [\n  {rows}\n ]' for key, rows in tables.items())
    path.write_text(f"{head}{body}\n}}\n", encoding="utf-8")


def load_record(path: Path) -> RunRecord:
    """The inverse of ``save_record``."""
    return read_json(path, RunRecord)


@dataclass(frozen=True)
class Shelf:
    """The records of a folder by name, and the names of files that hold none."""

    records: dict[str, RunRecord]
    unreadable: tuple[str, ...]


def load_records(folder: Path) -> Shelf:
    """Every ``*.json`` of the folder; a file that is no record is named, and the others are there."""
    records, unreadable = {}, []
    for path in sorted(folder.glob("*.json")):
        try:
            records[path.stem] = load_record(path)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            unreadable.append(path.name)
    return Shelf(records, tuple(unreadable))
