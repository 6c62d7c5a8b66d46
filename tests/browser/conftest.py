"""One server and one Chromium per worker. Every visit is a page with its own session, and any fault there fails."""

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect

from resnet_edu.bench.chromium import browser
from resnet_edu.bench.server import serve, wait_for_health
from resnet_edu.paths import PROJECT

expect.set_options(timeout=30_000)
pytest.register_assert_rewrite("tests.browser.accessible")

DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
RESULTS = PROJECT / "test-results"
HARMLESS = (
    # Streamlit looks for its server below a deep link's path first and then finds it at the root.
    re.compile(r"the server responded with a status of 404 .*/\w+/_stcore/health$"),
    re.compile(r"the server responded with a status of 404 .*/\w+/_stcore/host-config$"),
)
REPORT_VIOLATIONS = """document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
    console.error(`policy violation: ${effectiveDirective} ${blockedURI}`));"""
OPEN = pytest.StashKey[list["Visit"]]()


class Visit:
    """Opens paths of the app. Visits with the same options share a context, and so its cache."""

    def __init__(self, chromium: Browser, address: str) -> None:
        self._chromium = chromium
        self._address = address
        self._contexts: dict[str, BrowserContext] = {}
        self._pages: list[Page] = []
        self.faults: list[str] = []
        """Uncaught errors, console errors, policy violations, requests to another origin."""

    def __call__(self, path: str, server: str | None = None, **options: object) -> Page:
        """Open a path and wait until the page's footer is there."""
        page = self.open(path, server, **options)
        page.locator("footer.lesson").wait_for(timeout=90_000)
        return page

    def open(self, path: str, server: str | None = None, **options: object) -> Page:
        """Open a path without waiting for the page's content."""
        origin = server or self._address
        page = self._context(options).new_page()
        page.set_default_timeout(30_000)
        self._watch(page, origin)
        self._pages.append(page)
        page.goto(origin + path)
        return page

    def leave(self, test: pytest.Item | pytest.Collector) -> None:
        """Close the open pages and fail if any fault occurred there."""
        faults, self.faults = self.faults, []
        try:
            if faults:
                self.keep(_results(test))
        except Error as error:  # a page that hangs cannot be captured
            faults.append(f"no picture or trace: {error}")
        for page in self._pages:
            page.close()
        self._pages.clear()
        for context in self._contexts.values():
            context.clear_cookies()
            context.tracing.stop_chunk()
            context.tracing.start_chunk()
        assert faults == []

    def close(self, tests: pytest.Collector) -> None:
        """Leave, and drop the cache."""
        try:
            self.leave(tests)
        finally:
            for context in self._contexts.values():
                context.close()
            self._contexts.clear()

    def keep(self, folder: Path) -> None:
        """Save a screenshot of every open page, and a trace of what was done there."""
        for number, page in enumerate(self._pages):
            if not page.is_closed():
                page.screenshot(path=folder / f"{number}.png")
        for number, context in enumerate(self._contexts.values()):
            context.tracing.stop_chunk(path=folder / f"trace-{number}.zip")
            context.tracing.start_chunk()

    def _context(self, options: dict[str, Any]) -> BrowserContext:
        key = repr(sorted(options.items()))
        if key not in self._contexts:
            context = self._chromium.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
            context.add_init_script(REPORT_VIOLATIONS)
            context.tracing.start()  # without snapshots, which would double the time of the tests
            self._contexts[key] = context
        return self._contexts[key]

    def _watch(self, page: Page, origin: str) -> None:
        def on_console(message: ConsoleMessage) -> None:
            said = f"{message.text} {message.location['url']}"
            if message.type == "error" and not any(each.search(said) for each in HARMLESS):
                self.faults.append(f"console: {said}")

        def on_request(url: str) -> None:
            if not url.startswith((f"{origin}/", "data:", "blob:")):
                self.faults.append(f"request to {url}")

        page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        page.on("console", on_console)
        page.on("request", lambda request: on_request(request.url))
        page.on("websocket", lambda socket: on_request(socket.url.replace("ws:", "http:", 1)))


def _results(test: pytest.Item | pytest.Collector) -> Path:
    return RESULTS / re.sub(r"\W+", "-", test.nodeid).strip("-")[-150:]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[OPEN] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let faults fail the test itself, which is then tried again; after another failure they are only shown."""
    visit: Visit | None = getattr(item, "funcargs", {}).get("visit")
    try:
        result = yield
    except BaseException:
        if visit:
            print(*visit.faults, sep="\n")
            visit.faults.clear()
        raise
    if visit:
        faults, visit.faults = visit.faults, []
        assert faults == []
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep screenshots and traces of a failed test; ``playwright show-trace`` shows them."""
    report = yield
    if report.failed and report.when != "teardown":
        for visits in item.config.stash[OPEN]:
            try:
                visits.keep(_results(item))
            except Error as error:  # a page that hangs cannot be captured
                report.sections.append(("No picture or trace", str(error)))
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(PROJECT / "app.py", {"TORCH_HOME": str(tmp_path_factory.mktemp("torch"))}) as address:
        wait_for_health(address)
        yield address


@pytest.fixture(scope="session")
def visits(pytestconfig: pytest.Config, chromium: Browser, address: str) -> Visit:
    made = Visit(chromium, address)
    pytestconfig.stash[OPEN].append(made)
    return made


@pytest.fixture
def visit(request: pytest.FixtureRequest, visits: Visit) -> Iterator[Visit]:
    """Open a path of the app for one test."""
    yield visits
    visits.leave(request.node)


@pytest.fixture(scope="module")
def look(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Visit]:
    """Open a path of the app for all tests of a module that do not change it."""
    made = Visit(chromium, address)
    opened = request.config.stash[OPEN]
    opened.append(made)
    yield made
    opened.remove(made)
    made.close(request.node)
