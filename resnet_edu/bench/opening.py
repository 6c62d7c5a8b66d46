"""The cost of opening a page in a browser with an empty cache: first paint, bytes and requests."""

import base64
import statistics
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from resnet_edu.bench.browser import BARE_APP, WAIT
from resnet_edu.bench.chromium import browser
from resnet_edu.bench.figure import Figure
from resnet_edu.bench.server import serve, wait_for_health
from resnet_edu.paths import PROJECT
from resnet_edu.ui.shell.navigation import PAGES

ROUNDS = 3
KILOBYTE = 1000
BINARY = 2
"""The opcode of WebSocket frames whose payload the developer tools protocol encodes in base64."""
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@dataclass(frozen=True)
class PageOpening:
    """Seconds to first contentful paint; kilobytes received, WebSockets included; requests until network idle."""

    seconds: float
    kilobytes: float
    requests: float


def openings() -> list[Figure]:
    """Open every page by its link on a warm server, compared with a one-line app."""
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        bare_app = Path(folder) / "bare.py"
        bare_app.write_text(BARE_APP, encoding="utf-8")
        with serve(bare_app) as bare_address, serve(PROJECT / "app.py") as address:
            wait_for_health(bare_address)
            wait_for_health(address)
            ours = {page.id: f"{address}/{page.id}".removesuffix("home") for page in PAGES}
            for link in ours.values():
                open_cold(chromium, link, "footer.lesson")  # warm the server up
            bare = _median([open_cold(chromium, bare_address, "h1") for _ in range(ROUNDS)])
            opened = {
                name: _median([open_cold(chromium, link, "footer.lesson") for _ in range(ROUNDS)])
                for name, link in ours.items()
            }
    units = (("first paint", "s"), ("transferred", "KB"), ("requests", ""))
    return [
        Figure(f"{name} in a new browser, {what}", mine, of_bare, unit=unit)
        for name, opening in opened.items()
        for (what, unit), mine, of_bare in zip(units, astuple(opening), astuple(bare), strict=True)
    ]


def open_cold(chromium: Browser, link: str, drawn: str) -> PageOpening:
    """Open a link in a new browser context and wait for ``drawn`` and for the network to be idle."""
    context = chromium.new_context()
    page = context.new_page()
    requests: list[str] = []
    sizes: list[float] = []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.requestWillBeSent", lambda event: requests.append(event["request"]["url"]))
    network.on("Network.webSocketCreated", lambda event: requests.append(event["url"]))
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    network.on("Network.webSocketFrameReceived", lambda event: sizes.append(_size(event["response"])))
    page.goto(link)
    page.locator(drawn).first.wait_for(timeout=WAIT)
    page.wait_for_load_state("networkidle")
    seconds = page.evaluate(FIRST_PAINT) / 1000
    context.close()
    sent = [url for url in requests if not url.startswith(("data:", "blob:"))]
    return PageOpening(seconds, sum(sizes) / KILOBYTE, len(sent))


def _size(frame: dict[str, Any]) -> int:
    payload: str = frame["payloadData"]
    return len(base64.b64decode(payload) if frame["opcode"] == BINARY else payload.encode())


def _median(opened: list[PageOpening]) -> PageOpening:
    return PageOpening(*(statistics.median(column) for column in zip(*map(astuple, opened), strict=True)))
