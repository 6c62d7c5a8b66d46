"""Where others find this server."""

import ipaddress
import socket

from starlette.requests import Request
from streamlit import get_option

from resnet_edu.ui.hall.visitors import is_secure

ELSEWHERE = ("192.0.2.1", 9)
"""An address that nobody has (RFC 5737): nothing is sent, the system only says from where it would be."""


def base() -> str:
    """The path below which everything lies, with slashes around it."""
    path = str(get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}/" if path else "/"


def origin(request: Request) -> str:
    """As the browser has it; in place of ``localhost``, which is every phone's own, this machine's address."""
    host = request.headers.get("host", "")
    name, _, port = host.partition(":")
    if is_loopback(name):
        own = own_address()
        host = f"{own}:{port}" if own and port else own or host
    return f"{'https' if is_secure(request) else 'http'}://{host}"


def is_loopback(name: str) -> bool:
    """Whether a host's name means the machine that asks."""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def own_address() -> str | None:
    """Of this machine in its network; None if it has none."""
    try:
        with socket.socket(type=socket.SOCK_DGRAM) as asking:
            asking.connect(ELSEWHERE)
            found: str = asking.getsockname()[0]
    except OSError:
        return None
    return found
