"""What happens with the server's start: its address, and heavy imports behind the first page."""

import gc
import socket
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.formparsers import MultiPartParser
from streamlit import get_option

from resnet_edu.halls.choice import lecturer_key
from resnet_edu.ui.hall.live import hub
from resnet_edu.ui.serving.frames import let_pictures_through
from resnet_edu.ui.serving.housekeeping import Housekeeper, tidy_up
from resnet_edu.ui.shell import loading

IDLE_SECONDS = 2.0
"""Without a visitor the imports begin this long after the server's start."""

SOCKETS = 10_240
"""Open files that the process may have: each reader takes one, and macOS gives 256, most Linux systems 1,024."""

SWITCH_SECONDS = 0.001
"""So long a thread keeps the interpreter while others want it. Each file that is looked at and each message that is
sent gives it up; with Python's 5 ms, the server's loop and the engine wait longer for it than they work."""

COLLECTIONS = (2_500, 10, 10)
"""When Python looks for cycles (``gc.set_threshold``). A look through all that hundreds of readers have takes half a
second, in which nobody is answered; Python's 700 would have one every ten seconds."""

EVERYWHERE = (None, "", "0.0.0.0", "::")  # noqa: S104  # what is said of such a server, not made one
"""Addresses of a server that listens on all of them."""

_first_page_is_out = threading.Event()
_housekeeper: Housekeeper | None = None


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """For ``st.App``: make room for readers, say where the app is, and start warming up."""
    allow_many_sockets()
    answer_without_delay()
    keep_uploads_in_memory()
    sys.setswitchinterval(SWITCH_SECONDS)
    let_pictures_through()
    print(f"\n  resnet-edu is at {address()}", flush=True)
    print(f"  for the lecturer: {address()}/lecturer#{lecturer_key().told()}\n", flush=True)
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield


def address() -> str:
    """Where a browser on this machine finds the app."""
    scheme = "https" if get_option("server.sslCertFile") else "http"
    host = get_option("server.address")
    host = "localhost" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    path = get_option("server.baseUrlPath").strip("/")
    return f"{scheme}://{host}:{get_option('server.port')}/{path}".rstrip("/")


def allow_many_sockets() -> None:
    """Raise the process's own limit of open files as far as the system lets it, up to ``SOCKETS``."""
    if sys.platform == "win32":
        return  # has no such limit
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = SOCKETS if hard == resource.RLIM_INFINITY else min(SOCKETS, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def answer_without_delay() -> None:
    """Have the listening sockets send each message at once (RFC 896 would let it wait for the one before).

    asyncio asks for that only where a socket names its protocol, and Streamlit's doesn't: on a
    connection that is kept, each answer would wait 40 ms for the reader's delayed acknowledgement.
    """
    for each in gc.get_objects():
        if not issubclass(type(each), socket.socket):  # isinstance would ask torch's deprecated names what they are
            continue
        if each.fileno() < 0 or each.type != socket.SOCK_STREAM:
            continue
        if each.family in (socket.AF_INET, socket.AF_INET6):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def keep_uploads_in_memory() -> None:
    """Have no upload written to a temporary file, which starlette does from 1 MB on."""
    MultiPartParser.spool_max_size = get_option("server.maxUploadSize") * 2**20


def page_is_out() -> None:
    """Tell that a page has been sent: the imports need not wait any longer, and tidying up waits for the last one."""
    _first_page_is_out.set()
    if _housekeeper:
        _housekeeper.page_is_out()


def _warm_up() -> None:
    global _housekeeper
    _first_page_is_out.wait(IDLE_SECONDS)
    loading.load()
    from resnet_edu.ui.serving.warm_up import warm_up  # needs what has just been loaded

    warm_up()
    tidy_up()
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)
    _housekeeper = Housekeeper(busy=hub.is_busy)
