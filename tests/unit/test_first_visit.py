"""What a new browser receives."""

import asyncio
import gzip
import json
import re
from collections import Counter
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from resnet_edu.ui.serving.first_visit import NAME, WAITING, FirstVisit
from resnet_edu.ui.text.language import LANGUAGES

SCRIPT = b"const answer = 42;\n" * 1000
ASKED: Counter[str] = Counter()


class Counted(StaticFiles):
    async def get_response(self, path: str, scope: object) -> Response:
        ASKED[path] += 1
        return await super().get_response(path, scope)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Got:
    status: int
    headers: Headers
    body: bytes


async def get(app: Starlette, path: str, **headers: str) -> Got:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()  # a browser that stays connected

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "query_string": b"", "headers": raw}
    await app(scope, receive, send)
    return Got(sent[0]["status"], Headers(raw=sent[0]["headers"]), b"".join(each.get("body", b"") for each in sent[1:]))


def get_at_once(app: Starlette, path: str, times: int = 1, **headers: str) -> list[Got]:
    async def all_of_them() -> list[Got]:
        return await asyncio.gather(*(get(app, path, **headers) for _ in range(times)))

    return asyncio.run(all_of_them())


@pytest.fixture
def app(tmp_path: Path) -> Starlette:
    ASKED.clear()
    (tmp_path / "app.abc.js").write_bytes(SCRIPT)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG" * 500)

    async def page(request: Request) -> Response:
        return HTMLResponse('<html><body><div id="root"></div></body></html>')

    async def plain(request: Request) -> Response:
        return Response("ok")

    routes = [Route("/depth", page), Route("/health", plain), Mount("/static", Counted(directory=tmp_path))]
    return Starlette(routes=routes, middleware=[Middleware(FirstVisit), Middleware(GZipMiddleware, minimum_size=1)])


def test_a_bundle_is_compressed_once_and_the_same_for_all(app: Starlette) -> None:
    for got in get_at_once(app, "/static/app.abc.js", 3, accept_encoding="br, gzip"):
        assert got.headers["content-encoding"] == "gzip"
        assert int(got.headers["content-length"]) == len(got.body) < len(SCRIPT) / 10
        assert gzip.decompress(got.body) == SCRIPT
    assert ASKED["app.abc.js"] == 1


@pytest.mark.parametrize(
    "headers", [{"accept_encoding": "identity"}, {"accept_encoding": "gzip", "range": "bytes=0-9"}]
)
def test_a_browser_that_wants_it_otherwise_gets_it_so(app: Starlette, headers: dict[str, str]) -> None:
    (got,) = get_at_once(app, "/static/app.abc.js", **headers)
    assert "content-encoding" not in got.headers
    assert got.body == (SCRIPT[:10] if "range" in headers else SCRIPT)


@pytest.mark.parametrize(("path", "status"), [("/static/picture.png", 200), ("/static/none.js", 404)])
def test_what_is_no_text_or_not_there_is_passed_on(app: Starlette, path: str, status: int) -> None:
    (got,) = get_at_once(app, path, accept_encoding="gzip")
    assert got.status == status
    assert "content-encoding" not in got.headers


def test_the_empty_page_says_the_apps_name_in_its_own_colours(app: Starlette) -> None:
    (got,) = get_at_once(app, "/depth", accept="text/html,*/*;q=0.8", accept_encoding="gzip, br")
    assert f'<div id="root"><p class="opening">{NAME}</p></div>' in got.body.decode()
    assert "prefers-color-scheme:dark" in got.body.decode()
    assert int(got.headers["content-length"]) == len(got.body)


def test_the_sign_is_there_before_the_app_and_speaks_every_language(app: Starlette) -> None:
    (got,) = get_at_once(app, "/depth", accept="text/html")
    found = re.search('<p class="waiting" role="status" hidden data-words="(.*?)"></p></body>', got.body.decode())
    assert found
    words = json.loads(unescape(found[1]))
    assert words.keys() == LANGUAGES.keys()
    assert all(each.keys() == WAITING.keys() for each in words.values())
    assert words["zh"]["opening"] == "正在打开页面……"


def test_other_answers_stay_as_they_are(app: Starlette) -> None:
    (got,) = get_at_once(app, "/health")
    assert got.body == b"ok"
