"""A Chromium, the system's if there is one. Needs requirements-dev.txt.

The headless shell comes first: without a window to paint it takes less of the processor.
"""

import contextlib
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream=device-count=2",
    "--use-fake-ui-for-media-stream",
    "--font-render-hinting=none",  # texts as wide in the headless shell as in readers' browsers
)


def installed() -> str | None:
    """Return the path of the system's Chromium, or None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def browser(*more: str) -> Iterator[Browser]:
    """The system's Chromium where there is one, else Playwright's own; with ``more`` options, which come last."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=installed(),
            args=[*CHROMIUM_OPTIONS, *more],
        )
        yield found
        found.close()
