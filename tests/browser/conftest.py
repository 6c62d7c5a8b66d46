"""One server and one Chromium for all browser tests; a fresh context, and so a session, for each."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from resnet_edu.bench.chromium import browser
from resnet_edu.bench.server import serve, wait_for_health
from resnet_edu.paths import PROJECT

expect.set_options(timeout=30_000)

DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(PROJECT / "app.py", {"TORCH_HOME": str(tmp_path_factory.mktemp("torch"))}) as address:
        wait_for_health(address)
        yield address


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visit]:
    """Open a path of the app; the page is ready when its footer is there."""
    contexts: list[BrowserContext] = []

    def visit(path: str, server: str = address, **options: object) -> Page:
        context = chromium.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(server + path)
        page.locator("footer.lesson").wait_for()
        return page

    yield visit
    for context in contexts:
        context.close()
