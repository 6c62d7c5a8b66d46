"""Patches a server under test: its engine finishes no task while the file ``HELD`` is locked."""

import fcntl
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

from resnet_edu.vision.engine.local import LocalEngine

finish = LocalEngine._finish


def finish_later(engine: LocalEngine, tickets: Any) -> None:
    with Path(os.environ["HELD"]).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
    finish(engine, tickets)


patch.object(LocalEngine, "_finish", finish_later).start()
