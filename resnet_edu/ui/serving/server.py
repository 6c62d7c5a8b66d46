"""Server start-up: its address, its limits, and heavy imports that wait until the first page has been sent."""

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
from resnet_edu.ui.serving.housekeeping import Housekeeper, tidy_up
from resnet_edu.ui.shell import loading

IDLE_SECONDS = 2.0
"""How long after start-up the imports begin if no visitor comes."""

SOCKETS = 10_240
"""Limit on open files. Each reader needs one; macOS allows 256 by default, most Linux systems 1,024."""

SWITCH_SECONDS = 0.001
"""How long a thread keeps the interpreter while others want it. It gives it up for each file access and each message
sent; with Python's default of 5 ms the server's loop and the engine would wait longer for it than they work."""

COLLECTIONS = (2_500, 10, 10)
"""When Python looks for reference cycles (``gc.set_threshold``). With hundreds of readers a full collection takes
half a second, in which nobody gets an answer; Python's default of 700 would cause one every ten seconds."""

EVERYWHERE = (None, "", "0.0.0.0", "::")  # noqa: S104  # only compared with, not listened on
"""Addresses that mean the server listens on all interfaces."""

_first_page_is_out = threading.Event()
_housekeeper: Housekeeper | None = None


def announce() -> None:
    """Print where the app is, and the lecturer's address."""
    print(f"\n  resnet-edu is at {address()}", flush=True)
    print(f"  for the lecturer: {address()}/lecturer#{lecturer_key().told()}\n", flush=True)


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Run at start-up by ``st.App``: raise limits, print the app's address and start the warm-up."""
    allow_many_sockets()
    answer_without_delay()
    keep_uploads_in_memory()
    sys.setswitchinterval(SWITCH_SECONDS)
    announce()
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield


def address() -> str:
    """Return the URL of the app for a browser on this machine."""
    scheme = "https" if get_option("server.sslCertFile") else "http"
    host = get_option("server.address")
    host = "localhost" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    path = get_option("server.baseUrlPath").strip("/")
    return f"{scheme}://{host}:{get_option('server.port')}/{path}".rstrip("/")


def allow_many_sockets() -> None:
    """Raise the process's limit on open files to ``SOCKETS``, or as far as the system allows."""
    if sys.platform == "win32":
        return  # has no such limit
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = SOCKETS if hard == resource.RLIM_INFINITY else min(SOCKETS, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def answer_without_delay() -> None:
    """Set ``TCP_NODELAY`` on the listening sockets, so that no message waits for the previous one (RFC 896).

    asyncio sets it only on sockets that name their protocol, and Streamlit's do not: each answer on a kept connection
    would wait 40 ms for the reader's delayed acknowledgement.
    """
    for each in gc.get_objects():
        if not issubclass(type(each), socket.socket):  # isinstance would read the class of torch's deprecated names
            continue
        if each.fileno() < 0 or each.type != socket.SOCK_STREAM:
            continue
        if each.family in (socket.AF_INET, socket.AF_INET6):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def keep_uploads_in_memory() -> None:
    """Keep uploads in memory; by default starlette writes those over 1 MB to temporary files."""
    MultiPartParser.spool_max_size = get_option("server.maxUploadSize") * 2**20


def page_is_out() -> None:
    """Note that a page has been sent, so that the imports may start and tidying up is postponed."""
    _first_page_is_out.set()
    if _housekeeper:
        _housekeeper.page_is_out()


def _warm_up() -> None:
    global _housekeeper
    _first_page_is_out.wait(IDLE_SECONDS)
    loading.load()
    from resnet_edu.ui.serving.warm_up import warm_up  # needs the libraries just loaded

    warm_up()
    tidy_up()
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)
    _housekeeper = Housekeeper(busy=hub.is_busy)
