"""What happens with the server's start: its address, and heavy imports behind the first page."""

import gc
import importlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from streamlit import get_option

IDLE_SECONDS = 2.0
"""Without a visitor the imports begin this long after the server's start."""

_first_page_is_out = threading.Event()
_done = threading.Event()


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """For ``st.App``: say where the app is, and start warming up."""
    address = f"http://localhost:{get_option('server.port')}"
    print(f"\n  resnet-edu is at {address}\n", flush=True)
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield


def page_is_out() -> None:
    """Tell that a page has been sent; the imports need not wait any longer."""
    _first_page_is_out.set()


def wait(seconds: float) -> bool:
    """Wait until the imports are in; False when the time is over first."""
    return _done.wait(seconds)


def _warm_up() -> None:
    _first_page_is_out.wait(IDLE_SECONDS)
    workbench = importlib.import_module("resnet_edu.ui.workbench")
    workbench.warm_up()
    gc.collect()
    gc.freeze()
    _done.set()
