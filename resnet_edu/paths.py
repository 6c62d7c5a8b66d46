"""Where the project's own files lie."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ASSETS = PROJECT / "assets"
WEIGHTS = ASSETS / "weights"
RUNS = ASSETS / "runs"
GRADIENTS = ASSETS / "gradients"
FIRST_STEPS = GRADIENTS / "first-steps"
CLASSES = ASSETS / "classes"
KNOCKOUT = ASSETS / "knockout"
CHECKPOINTS = PROJECT / "runs"
