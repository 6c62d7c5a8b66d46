"""A few real browsers among the crowd, to measure what viewers see, page by page, until the others are done.

Unlike the viewers' own, they run on the server's processors. They get only what it leaves, and their times include
the drawing.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from playwright.async_api import Error, Page, async_playwright, expect

from deploy.load.tally import Tally
from resnet_edu.bench.chromium import CHROMIUM_OPTIONS, installed

WAIT = 60_000
PAUSE_SECONDS = 10.0
"""Time between two rounds: a viewer looks at each page, and drawing takes half a processor per browser."""
PATIENT = """#!/bin/sh
# Linux shares processors out among sessions first, and Chromium undoes its own niceness where it may
[ -w /proc/self/autogroup ] && echo 19 > /proc/self/autogroup
exec nice -n 19 "{executable}" "$@"
"""
BARS = ".st-key-bars ol[data-key]"


async def browse(address: str, count: int, tally: Tally, done: asyncio.Event) -> None:
    """Let ``count`` browsers walk through the pages until ``done``; missing content counts as an error."""
    if not count:
        return
    async with async_playwright() as playwright:
        with tempfile.TemporaryDirectory() as folder:
            patient = _patient(playwright.chromium.executable_path, Path(folder))
            chromium = await playwright.chromium.launch(executable_path=patient, args=list(CHROMIUM_OPTIONS))
        pages = [await chromium.new_page() for _ in range(count)]
        await asyncio.gather(*(_walk(page, address, tally, done) for page in pages))
        await chromium.close()


def _patient(own: str, folder: Path) -> Path:
    """Return a script that starts the system's Chromium, else Playwright's ``own``, at the lowest priority."""
    executable = installed() or own
    script = folder / "chromium"
    script.write_text(PATIENT.format(executable=executable), encoding="utf-8")
    script.chmod(0o700)
    return script


async def _walk(page: Page, address: str, tally: Tally, done: asyncio.Event) -> None:
    page.set_default_timeout(WAIT)
    expect.set_options(timeout=WAIT)
    try:
        await page.goto(f"{address}/gradients?depth=56")
        await page.locator(".st-key-gradients .curves[data-position='56']").wait_for()
        while not done.is_set():
            await _look_once(page, tally)
            await asyncio.sleep(PAUSE_SECONDS)
    except (Error, AssertionError) as error:
        tally.errors.append(f"browser: {error}")


async def _look_once(page: Page, tally: Tally) -> None:
    """Open the inference page, choose another sample, and return to the gradients page."""

    async def timed(kind: str, action: Awaitable[None], seen: Awaitable[None]) -> None:
        started = time.perf_counter()
        await action
        await seen
        tally.add(kind, time.perf_counter() - started)

    await timed(
        "page in a browser",
        page.get_by_role("link", name="Inference", exact=True).click(),
        page.locator(f"{BARS} li:nth-child(5)").wait_for(),
    )
    before = await page.locator(BARS).get_attribute("data-key") or ""
    await timed(
        "change in a browser",
        page.get_by_role("radio", name="A rocket takes off").click(),
        expect(page.locator(BARS)).not_to_have_attribute("data-key", before),
    )
    await timed(
        "page in a browser",
        page.get_by_role("link", name="Gradients", exact=True).click(),
        page.locator(".st-key-gradients .curves[data-position]").wait_for(),
    )
    if await page.get_by_test_id("stException").count():
        raise AssertionError("an exception on the page")
