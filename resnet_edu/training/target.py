"""Where a training run writes its files, and whether it may: nothing is overwritten without being asked."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from resnet_edu.errors import UserError, mark
from resnet_edu.paths import RUNS, WEIGHTS


@dataclass(frozen=True)
class Target:
    """The files of one run: ``weights``, with their card next to them, and the ``record``."""

    weights: Path
    record: Path

    @property
    def card(self) -> Path:
        """The path of the model card."""
        return self.weights.with_suffix(".json")

    @classmethod
    def of(cls, name: str, weights: Path, runs: Path) -> "Target":
        """Return the files of the run ``name``, given a folder for weights and one for records."""
        return cls(weights / f"{name}.safetensors", runs / f"{name}.json")

    @classmethod
    def trial(cls, name: str, out: Path) -> "Target":
        """Return the files in folders named as in ``assets``, but under ``out``."""
        return cls.of(name, out / WEIGHTS.name, out / RUNS.name)

    @classmethod
    def shipped(cls, name: str) -> "Target":
        """Return the files where the app looks for them."""
        return cls.of(name, WEIGHTS, RUNS)

    def check(self, *, may_replace: bool) -> None:
        """Raise ``UserError`` if a file can't be written, or exists and must not be replaced."""
        self.ensure_folders()
        there = [path for path in (self.weights, self.card, self.record) if path.exists()]
        if there and not may_replace:
            raise UserError(
                mark("{path} already exists. Write elsewhere with --out, or replace it with --force."), path=there[0]
            )
        if folders := [path for path in there if path.is_dir()]:
            raise UserError(mark("{path} is a folder, where a file should go. Choose another one."), path=folders[0])

    def ensure_folders(self) -> None:
        """Raise ``UserError`` if a folder can't be written to, whatever the run will be called."""
        for folder in {self.weights.parent, self.record.parent}:
            ensure_writable(folder)


def ensure_writable(folder: Path) -> None:
    """Create the folder if it doesn't exist; raises ``UserError`` if files can't be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            mark("Nothing can be written to {folder} ({reason}). Choose another folder."),
            folder=folder,
            reason=error.strerror,
        ) from None


def ensure_writable_file(path: Path) -> None:
    """Do the same for the folder of a file to be written, which must not be a folder itself."""
    if path.is_dir():
        raise UserError(mark("{path} is a folder, where a file should go. Choose another one."), path=path)
    ensure_writable(path.parent)
