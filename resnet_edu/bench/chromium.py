"""A Chromium, the system's if there is one. Needs requirements-dev.txt."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


@contextlib.contextmanager
def browser(*more: str) -> Iterator[Browser]:
    """The system's Chromium where there is one, else Playwright's own; with ``more`` options, which come last.

    Its contexts are private windows.
    """
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=_executable(), args=[*CHROMIUM_OPTIONS, *more])
        yield found
        found.close()


@contextlib.contextmanager
def ordinary_window(chromium: Browser, profile: Path) -> Iterator[BrowserContext]:
    """A window that isn't private, so that a site in another one's frame may keep cookies."""
    window = chromium.browser_type.launch_persistent_context(
        profile, executable_path=_executable(), args=list(CHROMIUM_OPTIONS), permissions=["camera"]
    )
    yield window
    window.close()


def _executable() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")
