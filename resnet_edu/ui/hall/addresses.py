"""The addresses at which other devices reach this server."""

import ipaddress
import socket

from starlette.requests import Request
from streamlit import get_option

from resnet_edu.ui.hall.visitors import is_secure

ELSEWHERE = ("192.0.2.1", 9)
"""A reserved address (RFC 5737). Nothing is sent to it; the system only says which of its own it would use."""


def base() -> str:
    """Return the base path of all routes, with a slash at either end."""
    path = str(get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}/" if path else "/"


def origin(request: Request) -> str:
    """Return the origin the browser used, with this machine's address in place of ``localhost``, useless to a phone."""
    host = request.headers.get("host", "")
    name, _, port = host.partition(":")
    if is_loopback(name):
        own = own_address()
        host = f"{own}:{port}" if own and port else own or host
    return f"{'https' if is_secure(request) else 'http'}://{host}"


def is_loopback(name: str) -> bool:
    """Return whether a host name refers to the requesting machine itself."""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def own_address() -> str | None:
    """Return this machine's address on its network, or None without one."""
    try:
        with socket.socket(type=socket.SOCK_DGRAM) as asking:
            asking.connect(ELSEWHERE)
            found: str = asking.getsockname()[0]
    except OSError:
        return None
    return found
