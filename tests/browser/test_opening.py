"""The benchmark's count of the bytes a page loads, on a page of known size."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from resnet_edu.bench.opening import open_cold

PICTURE_BYTES = 50_000
PAGE = "<!doctype html><link rel=icon href='data:,'><link rel=stylesheet href=style.css><h1>Here</h1><img src=big.svg>"


@pytest.fixture
def known_page(tmp_path: Path) -> Iterator[str]:
    drawing = "<svg xmlns='http://www.w3.org/2000/svg'></svg>"
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "style.css").write_text("h1 { color: green }")
    (tmp_path / "big.svg").write_text(drawing + " " * (PICTURE_BYTES - len(drawing)))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_an_opening_counts_every_request_and_byte(chromium: Browser, known_page: str) -> None:
    opened = open_cold(chromium, known_page, "h1")
    assert opened.requests == 3
    assert PICTURE_BYTES < 1000 * opened.kilobytes < PICTURE_BYTES + 2000
    assert opened.figure > 0
    assert opened.paint > 0
