"""Who is making a request: phones and lecturers have cookies; requests must come from our own pages."""

from typing import Literal
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from resnet_edu.halls.choice import lecturer_key
from resnet_edu.halls.codes import new_phone
from resnet_edu.halls.limits import FORGOTTEN_SECONDS, WRONG_A_SECOND, WRONG_AT_ONCE, Allowance

PHONE = "resnet_edu_phone"
LECTURER = "resnet_edu_lecturer"
PHONE_LENGTHS = range(20, 41)

guesses = Allowance(WRONG_A_SECOND, WRONG_AT_ONCE)
"""How often each address may guess codes and keys."""


def phone(request: HTTPConnection) -> str | None:
    """Return the browser's identifier, if it has one."""
    name = request.cookies.get(PHONE, "")
    return name if len(name) in PHONE_LENGTHS and name.isascii() else None


def name_phone(request: HTTPConnection, response: Response) -> str:
    """Return the browser's identifier, assigning one if it has none."""
    name = phone(request) or new_phone()
    _keep(request, response, PHONE, name, "lax")  # its votes are still found after following a link from mail or chat
    return name


def is_lecturer(request: HTTPConnection) -> bool:
    """Return whether this browser has presented the lecturer's key."""
    return lecturer_key().admits(request.cookies.get(LECTURER))


def admit_lecturer(request: HTTPConnection, response: Response) -> None:
    """Mark this browser as a lecturer's from now on."""
    _keep(request, response, LECTURER, lecturer_key().pass_for(), "strict")


def is_from_our_page(request: HTTPConnection) -> bool:
    """Return whether the requesting page's origin is the one we are addressed by, unlike that of any other site."""
    return urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", " ")


def address(request: HTTPConnection) -> str:
    """Return the reader's address; behind a proxy on this machine, the one that the proxy reports."""
    return request.client.host if request.client else ""


def is_secure(request: HTTPConnection) -> bool:
    """Return whether the browser connected over TLS, to us or to the proxy in front of us."""
    return request.url.scheme in ("https", "wss") or request.headers.get("x-forwarded-proto") == "https"


def _keep(
    request: HTTPConnection, response: Response, name: str, value: str, same_site: Literal["lax", "strict"]
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=FORGOTTEN_SECONDS,
        httponly=True,
        secure=is_secure(request),
        samesite=same_site,
    )
