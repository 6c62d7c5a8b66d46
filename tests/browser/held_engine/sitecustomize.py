"""On the path of a server under test: its engine finishes no task while the file that ``HELD`` names is there."""

import os
import time
from pathlib import Path
from typing import Any

from resnet_edu.vision.engine.local import LocalEngine

held, finish = Path(os.environ["HELD"]), LocalEngine._finish


def finish_later(engine: LocalEngine, tickets: Any) -> None:
    while held.exists():
        time.sleep(0.02)
    finish(engine, tickets)


LocalEngine._finish = finish_later  # type: ignore[method-assign]
