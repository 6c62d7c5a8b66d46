"""Inside another site's page, as a learning platform shows the app: files and camera pictures arrive.

To a browser, 127.0.0.1 and localhost are two sites.
"""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, expect

from resnet_edu.vision.samples import FOLDER

FRAME = (
    '<!doctype html><link rel=icon href="data:,"><iframe src="{src}" allow="{allowed}" width=1200 height=2000></iframe>'
)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Another site: its folder, and its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def framed(context: BrowserContext, platform: tuple[Path, str], address: str, allowed: str) -> FrameLocator:
    folder, site = platform
    source = f"{address}/inference?source=camera&net=cifar10-residual-20"
    (folder / "course.html").write_text(FRAME.format(src=source, allowed=allowed))
    page = context.new_page()
    page.set_viewport_size({"width": 1300, "height": 2100})
    page.goto(f"{site}/course.html")
    return page.frame_locator("iframe")


def test_in_a_frame_that_may_keep_nothing_files_and_camera_pictures_arrive(
    chromium: Browser, platform: tuple[Path, str], address: str
) -> None:
    context = chromium.new_context(permissions=["camera"])  # private: in a frame neither cookies nor storage
    app = framed(context, platform, address, "camera")
    app.get_by_role("button", name="Take a picture").click(timeout=90_000)
    answer = app.locator(".st-key-bars ol")
    expect(answer.locator("li")).to_have_count(5)
    taken = answer.get_attribute("data-key")
    app.get_by_role("radio", name="Your picture").click()
    app.locator("input[type=file]").set_input_files(FOLDER / "coffee.jpg")
    expect(answer).not_to_have_attribute("data-key", taken or "")
    expect(app.get_by_text("BidiComponent Error")).to_have_count(0)
    app.get_by_role("link", name="Teach it", exact=True).click()
    app.get_by_role("radio", name="Your own classes").click()
    app.locator(".st-key-teach-upload input[type=file]").set_input_files([FOLDER / "coffee.jpg", FOLDER / "dog.jpg"])
    expect(app.locator(".st-key-shots section")).to_have_attribute("data-tiles", "2")
    context.close()


def test_where_the_other_site_allows_no_camera_the_page_says_so(
    chromium: Browser, platform: tuple[Path, str], address: str
) -> None:
    context = chromium.new_context(permissions=["camera"])
    app = framed(context, platform, address, "fullscreen")
    expect(app.get_by_text("that site has to allow it too")).to_be_visible(timeout=90_000)
    context.close()
