"""Who asks: a phone by its cookie, a lecturer by theirs, and whether the request comes from a page of ours."""

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
"""Of codes and of keys, by address."""


def phone(request: HTTPConnection) -> str | None:
    """The browser's own name, if it has been given one."""
    name = request.cookies.get(PHONE, "")
    return name if len(name) in PHONE_LENGTHS and name.isascii() else None


def name_phone(request: HTTPConnection, response: Response) -> str:
    """The browser's name; one that has none is given one."""
    name = phone(request) or new_phone()
    _keep(request, response, PHONE, name, "lax")  # a link from a mail or a chat still finds its votes
    return name


def is_lecturer(request: HTTPConnection) -> bool:
    """Whether this browser has given the key."""
    return lecturer_key().admits(request.cookies.get(LECTURER))


def admit_lecturer(request: HTTPConnection, response: Response) -> None:
    """From now on this browser is a lecturer's."""
    _keep(request, response, LECTURER, lecturer_key().pass_for(), "strict")


def is_from_our_page(request: HTTPConnection) -> bool:
    """Whether the page that asks has the address at which we are asked: another site's page has another one."""
    return urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", " ")


def address(request: HTTPConnection) -> str:
    """Of the reader; behind a proxy on this machine the one that it names."""
    return request.client.host if request.client else ""


def is_secure(request: HTTPConnection) -> bool:
    """Whether the browser has come over TLS, to us or to the proxy before us."""
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
