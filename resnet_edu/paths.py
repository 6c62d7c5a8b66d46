"""The locations of the project's own files."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
INSTALLED = PACKAGE / "installed"
"""In a wheel: what a checkout has next to the package (app.py, pages, assets, Streamlit's configuration)."""
PROJECT = INSTALLED if INSTALLED.is_dir() else PACKAGE.parent
THEME = PROJECT / ".streamlit" / "config.toml"
ASSETS = PROJECT / "assets"
WEIGHTS = ASSETS / "weights"
RUNS = ASSETS / "runs"
GRADIENTS = ASSETS / "gradients"
FIRST_STEPS = GRADIENTS / "first-steps"
CLASSES = ASSETS / "classes"
KNOCKOUT = ASSETS / "knockout"
REORDER = ASSETS / "reorder"
IDENTITY = ASSETS / "identity"
LANDSCAPE = ASSETS / "landscape"
BEYOND = ASSETS / "beyond"
PROBES = BEYOND / "probes.json"
CONTEXT = BEYOND / "context.json"
TRANSFORMERS = BEYOND / "transformers.json"
REVERSAL = BEYOND / "reversal.json"
LECTURE = ASSETS / "lecture"
RACES = ASSETS / "races.json"
DIGITS = ASSETS / "digits" / "digits.csv.gz"
CHECKPOINTS = (Path.cwd() if PROJECT == INSTALLED else PROJECT) / "runs"


def is_readable(path: Path) -> bool:
    """Return whether it is a readable file; False too if the system doesn't allow a look."""
    try:
        return path.is_file() and os.access(path, os.R_OK)
    except OSError:
        return False
