"""Accessibility: nothing is cut off, no two figures have one name, and axe finds no violation.

Including below the fold and in collapsed parts.
"""

import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

ALIKE = Path(__file__).with_name("alike.js").read_text(encoding="utf-8")
CUT_OFF = Path(__file__).with_name("cut_off.js").read_text(encoding="utf-8")
NEXT_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
UNFOLD = """() => document.querySelectorAll("[data-testid=stMain] details:not([open]) > summary").forEach(
    (summary) => summary.click())"""
TURN_TABS = """() => [...document.querySelectorAll("[data-testid=stMain] [role=tablist]")].map((list) =>
    [...list.querySelectorAll("[role=tab]")].at(-1).click()).length"""
TALL = 1.02
WAITING = re.compile(r"In line: \d|The net is at work\.|排队中|网络正在计算")


def settled(page: Page) -> None:
    """Wait until the page's script, requests and drawing have finished."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    expect(page.locator("[data-stale=true]")).to_have_count(0)  # Streamlit fades what is being replaced
    expect(page.get_by_text(WAITING)).to_have_count(0, timeout=60_000)
    page.evaluate(NEXT_FRAMES)


def assert_nothing_is_cut_off(page: Page) -> None:
    settled(page)
    hidden = page.get_by_test_id("stMain").evaluate("element => element.scrollWidth - element.clientWidth")
    assert (hidden, page.evaluate(CUT_OFF)) == (0, [])


def violations(page: Page) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what axe finds: each rule, with some of the elements that break it."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        (each["id"], [(node["html"][:160], node["failureSummary"]) for node in each["nodes"]][:4]) for each in found
    ]


def assert_accessible(page: Page) -> None:
    """Check the page at its size, then unfolded on a screen as tall as the page, because axe does not scroll."""
    assert_nothing_is_cut_off(page)
    page.evaluate(UNFOLD)
    page.evaluate("document.documentElement.style.setProperty('--figure-height', '20rem')")  # not the screen's
    settled(page)
    size = page.viewport_size
    assert size is not None
    tall = page.get_by_test_id("stMain").evaluate("element => element.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": round(TALL * tall)})
    settled(page)
    found = violations(page)
    alike = page.evaluate(ALIKE)
    if page.evaluate(TURN_TABS):
        settled(page)
        found += violations(page)
    page.set_viewport_size(size)
    page.evaluate("document.documentElement.style.removeProperty('--figure-height')")
    assert (found, alike) == ([], [])
