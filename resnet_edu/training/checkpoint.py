"""Checkpoints of unfinished runs: written all or nothing, and read back only for the run that wrote them."""

from pathlib import Path
from typing import Any

import torch

from resnet_edu.errors import UserError, mark


def save_checkpoint(path: Path, values: dict[str, Any]) -> None:
    """Write the values; a stop while writing leaves the old checkpoint."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".partial")
    torch.save(values, unfinished)
    unfinished.replace(path)


def load_checkpoint(path: Path, fingerprint: object) -> dict[str, Any]:
    """Read the values back onto the CPU; raises ``UserError`` if they are damaged or of another ``fingerprint``."""
    try:
        values: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        written = values["fingerprint"]
    except Exception:  # a broken file can raise anything; the fault is the file's
        raise UserError(
            mark("The checkpoint {name} is damaged. Delete it, and start again without --resume."), name=path.name
        ) from None
    if written != fingerprint:
        raise UserError(
            mark("The checkpoint {name} belongs to another recipe or data set. Use its settings, or delete it."),
            name=path.name,
        )
    return values
