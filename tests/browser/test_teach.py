"""Teaching in a browser: the camera collects while its button is held, the net learns and answers; on a phone too."""

import re

from playwright.sync_api import Page, expect

from .conftest import PHONE, Visit

LONG = 120_000


def collected(page: Page) -> int:
    return int(page.locator(".st-key-shots section").get_attribute("data-tiles") or 0)


def collect(page: Page, least: int) -> None:
    """Hold the button until enough pictures are collected; each frame of Chromium's fake camera differs."""
    hold = page.locator(".st-key-teach-camera .hold")
    expect(hold).to_be_enabled()
    hold.scroll_into_view_if_needed()
    hold.dispatch_event("keydown", {"key": " "})
    expect(page.locator(".st-key-teach-camera .status")).to_have_text(
        re.compile(rf"^([{least}-9]|\d\d+) "), timeout=LONG
    )
    hold.dispatch_event("keyup", {"key": " "})
    expect(page.locator(".st-key-shots section")).not_to_have_attribute("data-tiles", "0", timeout=LONG)


def test_a_phone_collects_with_its_camera_learns_and_gets_answers(visit: Visit) -> None:
    page = visit("/teach?pictures=own", viewport=PHONE, has_touch=True, permissions=["camera"])
    page.locator(".st-key-teach-camera .on").click()
    expect(page.locator(".st-key-teach-camera section")).to_have_attribute("data-camera", "on")
    collect(page, 6)
    assert collected(page) >= 4
    page.get_by_role("radio", name=re.compile("class B")).or_(
        page.get_by_role("button", name=re.compile("class B"))
    ).first.click()
    expect(page.locator(".st-key-shots section")).to_have_attribute("data-tiles", "0", timeout=LONG)
    collect(page, 6)
    page.locator(".st-key-learn").get_by_role("button").click()
    rows = page.locator(".st-key-teach-camera li")
    expect(rows).to_have_count(2, timeout=LONG)
    expect(rows.first.locator(".text")).to_have_text(re.compile(r"^\d+%$"))
    first = page.locator(".st-key-teach-camera section").get_attribute("data-answer")
    expect(page.locator(".st-key-teach-camera section")).not_to_have_attribute("data-answer", first or "", timeout=LONG)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_cell_opens_its_pictures_with_what_the_net_looked_at(visit: Visit) -> None:
    page = visit("/teach?cam=True")
    cell = page.locator(".st-key-confusion button[data-cell='1-1']")
    expect(cell).to_be_visible(timeout=LONG)
    cell.click()
    expect(page).to_have_url(re.compile("cell=1-1"))
    tiles = page.locator(".st-key-doubtful")
    expect(tiles.locator(".note").first).to_have_text(re.compile(r"^house \d+%$"), timeout=LONG)
    expect(tiles.locator(".legend")).to_be_visible(timeout=LONG)
    expect(page.locator(".st-key-take-weights")).to_be_visible(timeout=LONG)
    with page.expect_download() as found:
        page.locator(".st-key-take-pictures").get_by_role("button").click()
    assert found.value.suggested_filename == "pictures.zip"
