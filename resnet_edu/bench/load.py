"""A lecture hall before the app, as rows beside the others: the trials of ``tests.load``, in a process of their own."""

import subprocess
import sys

from resnet_edu.bench.figure import Figure, from_json
from resnet_edu.paths import PROJECT

TRIALS = ("lecture", "uploads", "slow")
GOAL_MISSED = 1
"""The trials' exit code when there are figures, but not all as they should be."""


def hall_under_load() -> list[Figure]:
    """Some twenty minutes. Raises ``CalledProcessError`` where the trials could not be made."""
    command = [sys.executable, "-m", "tests.load", *TRIALS, "--json"]
    done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != GOAL_MISSED:
        done.check_returncode()
    return from_json(done.stdout)
