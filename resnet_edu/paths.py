"""Where the project's own files lie."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
THEME = PROJECT / ".streamlit" / "config.toml"
ASSETS = PROJECT / "assets"
WEIGHTS = ASSETS / "weights"
RUNS = ASSETS / "runs"
GRADIENTS = ASSETS / "gradients"
FIRST_STEPS = GRADIENTS / "first-steps"
CLASSES = ASSETS / "classes"
KNOCKOUT = ASSETS / "knockout"
IDENTITY = ASSETS / "identity"
RACES = ASSETS / "races.json"
HALL = ASSETS / "hall.json"
DIGITS = ASSETS / "digits" / "digits.csv.gz"
CHECKPOINTS = PROJECT / "runs"


def is_readable(path: Path) -> bool:
    """Whether it is a file that can be read; False too where the system refuses to look."""
    try:
        return path.is_file() and os.access(path, os.R_OK)
    except OSError:
        return False
