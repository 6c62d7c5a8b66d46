"""Where the project's own files lie."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
INSTALLED = PACKAGE / "installed"
"""In a wheel, what lies beside the package in a checkout: app.py, pages, assets, Streamlit's configuration."""
PROJECT = INSTALLED if INSTALLED.is_dir() else PACKAGE.parent
THEME = PROJECT / ".streamlit" / "config.toml"
ASSETS = PROJECT / "assets"
WEIGHTS = ASSETS / "weights"
RUNS = ASSETS / "runs"
GRADIENTS = ASSETS / "gradients"
FIRST_STEPS = GRADIENTS / "first-steps"
CLASSES = ASSETS / "classes"
KNOCKOUT = ASSETS / "knockout"
IDENTITY = ASSETS / "identity"
LANDSCAPE = ASSETS / "landscape"
LECTURE = ASSETS / "lecture"
RACES = ASSETS / "races.json"
DIGITS = ASSETS / "digits" / "digits.csv.gz"
CHECKPOINTS = (Path.cwd() if PROJECT == INSTALLED else PROJECT) / "runs"


def is_readable(path: Path) -> bool:
    """Whether it is a file that can be read; False too where the system refuses to look."""
    try:
        return path.is_file() and os.access(path, os.R_OK)
    except OSError:
        return False
