"""What a new browser waits for: Streamlit's bundles, sent compressed, and a page that isn't white meanwhile.

Its list of pages is closed when it opens, a browser's translator breaks nothing, and a sign says when the server keeps
the reader waiting.
"""

import asyncio
import gzip
import json
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import get_option

from resnet_edu.colours import BLUE
from resnet_edu.errors import mark
from resnet_edu.ui.text.language import LANGUAGES, translated

BUNDLES = "/static/"
TEXT = ("text/javascript", "application/javascript", "text/css", "application/json", "image/svg+xml")
LEVEL = 6
"""Of gzip: level 9 saves another 0.3% and takes three times as long."""
NAME = "resnet-edu"
ROOT = '<div id="root"></div>'
"""Where Streamlit's script puts the app; what stands in it until then is the reader's first sight."""
END = "</body>"
HERE = Path(__file__).parent
SCRIPTS = "".join(
    f"<script>{(HERE / name).read_text(encoding='utf-8')}</script>"
    for name in ("page_list.js", "translated.js", "waiting.js")
)
STYLE = (HERE / "waiting.css").read_text(encoding="utf-8").replace("BLUE", BLUE)
WAITING = {
    "opening": mark("Opening the page …"),
    "work": mark(
        "No answer yet: the server is busy, or the connection is slow or lost. The page will update automatically."
    ),
    "offline": mark("This device is offline. The page will update as soon as an answer arrives."),
    "back": mark("Connected again. The server is bringing the page up to date."),
}
"""What the sign says before the page has been drawn, after it, where the browser knows why, and after the connection
was lost."""


@dataclass(frozen=True)
class WholeResponse:
    """A complete response that can be sent again."""

    start: Message
    body: bytes

    @property
    def headers(self) -> Headers:
        """Headers of the response."""
        return Headers(raw=self.start["headers"])

    def changed(self, body: bytes, **headers: str) -> "WholeResponse":
        """Return the same response with another body."""
        start = {**self.start, "headers": list(self.start["headers"])}
        MutableHeaders(raw=start["headers"]).update({**headers, "content-length": str(len(body))})
        return WholeResponse(start, body)

    async def send(self, send: Send) -> None:
        """Send the response."""
        await send(self.start)
        await send({"type": "http.response.body", "body": self.body})


class FirstVisit:
    """Middleware that compresses and keeps each of Streamlit's bundles, and puts the app's name on its empty page.

    Streamlit sends its bundles uncompressed because it would have to compress them for every request. Their names
    change with their content, so a kept copy never goes stale.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[str, asyncio.Task[WholeResponse]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
        elif BUNDLES not in scope["path"]:
            await self._page(scope, receive, send)
        elif "gzip" not in (asked := Headers(scope=scope)).get("accept-encoding", "") or "range" in asked:
            await self._app(scope, receive, send)
        else:
            await (await self._bundle(scope)).send(send)

    async def _bundle(self, scope: Scope) -> WholeResponse:
        """Return one of Streamlit's files, compressed if it is text; simultaneous requests share one compression."""
        path = scope["path"]
        if path not in self._kept:
            self._kept[path] = asyncio.create_task(self._compressed(scope))
        try:
            answer = await asyncio.shield(self._kept[path])
        except BaseException:
            self._kept.pop(path, None)
            raise
        if "content-encoding" not in answer.headers:
            self._kept.pop(path, None)  # a picture, or a missing file
        return answer

    async def _compressed(self, scope: Scope) -> WholeResponse:
        answer = await self._whole(scope)
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if answer.start["status"] != 200 or kind not in TEXT or "content-encoding" in answer.headers:
            return answer
        body = await to_thread.run_sync(gzip.compress, answer.body, LEVEL)
        return answer.changed(body, **{"content-encoding": "gzip", "vary": "Accept-Encoding"})

    async def _whole(self, scope: Scope) -> WholeResponse:
        """The app's answer to a request without conditions, in one piece."""
        messages: list[Message] = []

        async def receive() -> Any:
            # whoever asked first may disconnect; the others still wait for the answer
            return await asyncio.get_running_loop().create_future()

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(_unconditional(scope), receive, keep)
        return WholeResponse(messages[0], b"".join(each.get("body", b"") for each in messages[1:]))

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on any other response; an HTML page gets the app's name and colours."""
        held: list[Message] = []

        async def pass_on(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                held.append(message)
            elif not held:
                await send(message)
            else:
                held.append(message)
                if not message.get("more_body"):
                    body = b"".join(each["body"] for each in held[1:])
                    await WholeResponse(held[0], body).changed(_named(body)).send(send)

        asks_for_page = "text/html" in Headers(scope=scope).get("accept", "")
        # nothing can be added to a page that is compressed, or that the browser keeps from before
        await self._app(_unconditional(scope) if asks_for_page else scope, receive, pass_on)


def _unconditional(scope: Scope) -> Scope:
    conditions = (b"if-none-match", b"if-modified-since", b"accept-encoding")
    return {**scope, "headers": [each for each in scope["headers"] if each[0] not in conditions]}


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_html = headers.get("content-type", "").startswith("text/html")
    return bool(start["status"] == 200 and is_html and "content-encoding" not in headers)


def _named(page: bytes) -> bytes:
    """Insert the app's name, which stays on its own background until the script takes over, and the sign.

    Pages of ours that are not Streamlit's have neither.
    """
    if ROOT.encode() not in page:
        return page
    return page.replace(ROOT.encode(), _splash().encode(), 1).replace(END.encode(), (_sign() + END).encode(), 1)


@cache
def _splash() -> str:
    light, dark = (
        f"background:{get_option(f'theme.{theme}.backgroundColor')};color:{get_option(f'theme.{theme}.textColor')}"
        for theme in ("light", "dark")
    )
    return (
        f"<style>body{{{light}}}@media(prefers-color-scheme:dark){{body{{{dark}}}}}"
        ".opening{font:650 2rem serif;position:fixed;inset:0;display:grid;place-items:center}"
        f"{STYLE}</style>{SCRIPTS}"
        f'{ROOT.removesuffix("</div>")}<p class="opening">{escape(NAME)}</p></div>'
    )


@cache
def _sign() -> str:
    """Return the sign that ``waiting.js`` shows, with its words in every language."""
    words = {code: {name: translated(text, code) for name, text in WAITING.items()} for code in LANGUAGES}
    return f'<p class="waiting" role="status" hidden data-words="{escape(json.dumps(words))}"></p>'
