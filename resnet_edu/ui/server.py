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
_importing = threading.Lock()


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


def load() -> Any:
    """Import the heavy libraries, one thread at a time.

    torchvision's modules import each other in a circle: two threads that enter it at different
    places find half of a module, and fail. Every page calls this before its own imports.
    """
    with _importing:
        return importlib.import_module("resnet_edu.ui.workbench")


def _warm_up() -> None:
    _first_page_is_out.wait(IDLE_SECONDS)
    load().warm_up()
    gc.collect()
    gc.freeze()
