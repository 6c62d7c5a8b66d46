"""The command ``resnet-edu``: without arguments it starts the app, with some it is ``python -m resnet_edu``."""

import os
import sys

from resnet_edu.paths import PROJECT

ALLOCATOR = {"PYTHONMALLOC": "malloc", "MALLOC_ARENA_MAX": "2"}
"""The C library's allocator, in two pools, gives back what readers who have left had."""


def main() -> None:
    """Start the app in this process's place, or run a command."""
    if len(sys.argv) > 1:
        from resnet_edu.cli import main as command

        command()
        return
    arguments = [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py")]
    os.execve(sys.executable, arguments, {**ALLOCATOR, **os.environ})  # noqa: S606  # our own arguments
