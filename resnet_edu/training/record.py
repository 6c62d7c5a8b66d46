"""A recorded run: what a training run measured epoch by epoch, as JSON that the app reads."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from resnet_edu.measure.signals import NetSignals
from resnet_edu.plain_values import read_json
from resnet_edu.training.hyperparameters import Hyperparameters


@dataclass(frozen=True)
class EpochRecord:
    """The state after ``epoch`` epochs; errors are fractions, losses are mean cross-entropies.

    ``seconds`` is the computing time spent on training since the previous record. Training figures are
    measured in evaluation mode on a fixed sample of training pictures without augmentation, test figures on
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
    """Per-layer signals after ``epoch`` epochs, for a fixed batch of training pictures."""

    epoch: int
    signals: NetSignals


@dataclass(frozen=True)
class RunRecord:
    """A complete run: what was trained on which data and how, and the results."""

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
        """The recipe's name, such as ``paper``; CIFAR-10 records without one were made with ``short``."""
        return str(self.recipe.get("name", Hyperparameters.name))


def save_record(path: Path, record: RunRecord) -> None:
    """Write the record with one epoch or layer per line, so that diffs stay readable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = asdict(record)
    tables = {key: ",\n  ".join(json.dumps(row) for row in values.pop(key)) for key in ("epochs", "probes")}
    head = json.dumps(values, indent=1, ensure_ascii=False).removesuffix("\n}")
    body = "".join(f',\n "{key}": [\n  {rows}\n ]' for key, rows in tables.items())
    path.write_text(f"{head}{body}\n}}\n", encoding="utf-8")


def load_record(path: Path) -> RunRecord:
    """Invert ``save_record``."""
    return read_json(path, RunRecord)


@dataclass(frozen=True)
class Shelf:
    """The records in a folder by name, and the names of files that aren't records."""

    records: dict[str, RunRecord]
    unreadable: tuple[str, ...]


def load_records(folder: Path) -> Shelf:
    """Load every ``*.json`` in the folder; invalid files are listed and don't affect the others."""
    records, unreadable = {}, []
    for path in sorted(folder.glob("*.json")):
        try:
            records[path.stem] = load_record(path)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            unreadable.append(path.name)
    return Shelf(records, tuple(unreadable))
