"""The routes of classes alone, run in this process so that a test can set limits and time."""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any, TextIO

import pytest
import uvicorn
from starlette.applications import Starlette

from resnet_edu.bench.server import free_port
from resnet_edu.halls.keys import LecturerKey
from resnet_edu.halls.limits import WRONG_A_SECOND, WRONG_AT_ONCE, Allowance
from resnet_edu.halls.memory import MemoryHalls
from resnet_edu.ui.hall import live, routes, visitors

KEY = "the-lecturers-key"


@contextlib.contextmanager
def hall_server(log_level: str = "warning", log: TextIO | None = None, **limits: Any) -> Iterator[str]:
    """Run the routes and yield their address; the limits are those of ``MemoryHalls``. The server logs to ``log``."""
    halls, key = MemoryHalls(**limits), LecturerKey(KEY)
    with pytest.MonkeyPatch.context() as patch:
        for module in (live, routes):
            patch.setattr(module, "halls", lambda: halls)
        for module in (visitors, routes):
            patch.setattr(module, "lecturer_key", lambda: key)
        patch.setattr(visitors, "guesses", Allowance(WRONG_A_SECOND, WRONG_AT_ONCE))
        patch.setattr(live, "STARTING_SECONDS", 0)
        port = free_port()
        app = Starlette(routes=routes.routes())
        config = uvicorn.Config(app, port=port, log_level=log_level, ws="websockets-sansio")
        if log:
            for name in ("uvicorn.access", "uvicorn.error"):
                logging.getLogger(name).addHandler(logging.StreamHandler(log))
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(20)
