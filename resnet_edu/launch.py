"""The command ``resnet-edu``: starts the app, or with arguments acts as ``python -m resnet_edu``."""

import os
import sys

from resnet_edu.paths import PROJECT

ALLOCATOR = {"PYTHONMALLOC": "malloc", "MALLOC_ARENA_MAX": "2"}
"""The C library's allocator with two pools, which returns the memory of readers who have left."""


def main() -> None:
    """Replace this process with the app, or run a command."""
    if len(sys.argv) > 1:
        from resnet_edu.cli import main as command

        command()
        return
    arguments = [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py")]
    os.execve(sys.executable, arguments, {**ALLOCATOR, **os.environ})  # noqa: S606  # our own arguments
