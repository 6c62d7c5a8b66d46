"""What it costs to open a page in a browser that has nothing of it yet: first paint, first figure, bytes, requests."""

import base64
import contextlib
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from resnet_edu.bench.browser import BARE_APP, FIRST_FIGURE, WAIT
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
SLOW_LINE = {
    "offline": False,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
    "latency": 150,
}
"""1.6 Mbit/s, in bytes per second and milliseconds: Chromium's "Slow 4G"."""


@dataclass(frozen=True)
class PageOpening:
    """Seconds to the first contentful paint and to the first figure; then, until all is quiet, kilobytes received,
    over the WebSocket too, and requests."""

    paint: float
    figure: float
    kilobytes: float
    requests: float


@contextlib.contextmanager
def _served() -> Iterator[tuple[Browser, str, str]]:
    """A browser, and the addresses of the app and of an app of one line, both ready."""
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        bare_app = Path(folder) / "bare.py"
        bare_app.write_text(BARE_APP, encoding="utf-8")
        with serve(bare_app) as bare_address, serve(PROJECT / "app.py") as address:
            wait_for_health(bare_address)
            wait_for_health(address)
            yield chromium, address, bare_address


def openings() -> list[Figure]:
    """Every page by its link on a warm server, against an app of one line."""
    goals = {page.id: (None, 1.5 if page.id == "parameters" else 1.2, None, None) for page in PAGES}
    with _served() as (chromium, address, bare_address):
        ours = {page.id: f"{address}/{page.id}".removesuffix("home") for page in PAGES}
        for name, link in ours.items():
            open_cold(chromium, link, FIRST_FIGURE[name])  # warm the server up
        bare = _median([open_cold(chromium, bare_address, "h1") for _ in range(ROUNDS)])
        opened = {
            name: _median([open_cold(chromium, link, FIRST_FIGURE[name]) for _ in range(ROUNDS)])
            for name, link in ours.items()
        }
    units = (("first paint", "s"), ("first figure", "s"), ("transferred", "KB"), ("requests", ""))
    return [
        Figure(f"{name} in a new browser, {what}", mine, of_bare, goal, f"{goal} s" if goal else "", unit)
        for name, opening in opened.items()
        for (what, unit), mine, of_bare, goal in zip(units, astuple(opening), astuple(bare), goals[name], strict=True)
    ]


def on_a_slow_line() -> Figure:
    """The first text of the home page over 1.6 Mbit/s, against an app of one line."""
    with _served() as (chromium, address, bare_address):
        ours, bare = (
            statistics.median([open_cold(chromium, each, "h1", SLOW_LINE).figure for _ in range(ROUNDS)])
            for each in (address, bare_address)
        )
    return Figure("first text over a line of 1.6 Mbit/s", ours, bare, 7.0, "7 s")


def open_cold(chromium: Browser, link: str, drawn: str, line: Mapping[str, float | bool] | None = None) -> PageOpening:
    """Open a link in a new context, wait for ``drawn`` and until the network is idle; ``line`` slows the network."""
    context = chromium.new_context()
    page = context.new_page()
    requests: list[str] = []
    sizes: list[float] = []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    if line:
        network.send("Network.emulateNetworkConditions", dict(line))
    network.on("Network.requestWillBeSent", lambda event: requests.append(event["request"]["url"]))
    network.on("Network.webSocketCreated", lambda event: requests.append(event["url"]))
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    network.on("Network.webSocketFrameReceived", lambda event: sizes.append(_size(event["response"])))
    page.goto(link, wait_until="commit")
    page.locator(drawn).first.wait_for(timeout=WAIT)
    figure = page.evaluate("performance.now()") / 1000
    page.wait_for_load_state("networkidle", timeout=WAIT)
    paint = page.evaluate(FIRST_PAINT) / 1000
    context.close()
    sent = [url for url in requests if not url.startswith(("data:", "blob:"))]
    return PageOpening(paint, figure, sum(sizes) / KILOBYTE, len(sent))


def _size(frame: dict[str, Any]) -> int:
    payload: str = frame["payloadData"]
    return len(base64.b64decode(payload) if frame["opcode"] == BINARY else payload.encode())


def _median(opened: list[PageOpening]) -> PageOpening:
    return PageOpening(*(statistics.median(column) for column in zip(*map(astuple, opened), strict=True)))
