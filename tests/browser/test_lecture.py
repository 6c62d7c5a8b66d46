"""Lecture mode: the lesson fills the screen, keys turn the pages, controls keep theirs, Escape ends it."""

import pytest
from playwright.sync_api import Page, expect

from resnet_edu.ui.shell.navigation import PAGES

from .conftest import DESKTOP, Visit

SCREENS = ({"width": 1024, "height": 768}, {"width": 1920, "height": 1080})
FIGURES = {
    "depth": ".st-key-training section",
    "gradients": ".st-key-gradients section",
    "block": ".st-key-block_diagram section",
    "parameters": ".st-key-bottleneck section",
}
LARGER = 1.14
TYPE = "element => parseFloat(getComputedStyle(element).fontSize) * (element.currentCSSZoom ?? 1)"


def at(page: Page, lesson: str, *, lecture: bool = True) -> None:
    """The page is open, and says in its address whether this is a lecture."""
    title = "" if lesson == "home" else lesson
    page.wait_for_url(lambda url: url.split("?")[0].endswith(f"/{title}") and ("lecture=1" in url) is lecture)
    expect(page.get_by_test_id("stHeader")).to_be_visible(visible=not lecture)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    if lecture:
        place = [each.id for each in PAGES].index(lesson) + 1
        expect(page.locator(".st-key-lecture .place")).to_have_text(f"{place} / {len(PAGES)}")


def test_keys_turn_the_pages_in_lecture_order_and_stop_at_both_ends(visit: Visit) -> None:
    page = visit("/?lecture=1")
    at(page, "home")
    page.evaluate("window.sameDocument = true")
    keys = ("ArrowRight", "PageDown")
    for number, lesson in enumerate(PAGES[1:], start=2):
        page.keyboard.press(keys[number % 2])
        at(page, lesson.id)
        expect(page.locator("footer.lesson")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("PageUp")
    at(page, PAGES[-2].id)
    page.keyboard.press("ArrowLeft")
    at(page, PAGES[-3].id)
    assert page.evaluate("window.sameDocument")


def test_a_control_keeps_the_keys_it_uses_itself(visit: Visit) -> None:
    page = visit("/gradients?lecture=1&depth=56")
    at(page, "gradients")
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**depth=62*")
    curves = page.locator(".st-key-gradients .curves")
    curves.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".st-key-gradients .layer")).to_contain_text("Layer 2 ·")
    page.get_by_role("radio", name="The paper's setting").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", level=1)).to_have_text("How far back does the learning signal reach?")
    at(page, "gradients")
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")
    at(page, "block")
    page.get_by_role("radio", name="Bottleneck").click()
    page.keyboard.press("PageDown")
    at(page, "parameters")


def test_the_switch_and_escape_and_the_cross(visit: Visit) -> None:
    page = visit("/depth?vote=show")
    plain = page.locator("footer.lesson").evaluate(TYPE)
    for leave in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.get_by_role("button", name="End lecture mode").click(),
    ):
        page.get_by_role("button", name="Lecture", exact=True).click()
        at(page, "depth")
        assert page.locator("footer.lesson").evaluate(TYPE) >= LARGER * plain
        leave()
        at(page, "depth", lecture=False)
        assert "vote=show" in page.url
    page.keyboard.press("ArrowRight")
    page.get_by_role("link", name="Block", exact=True).click()
    at(page, "block", lecture=False)


def test_a_link_to_a_setting_stays_in_the_lecture_and_the_language(visit: Visit) -> None:
    page = visit("/?lecture=1&lang=zh")
    at(page, "home")
    page.locator(".st-key-card-2").click()
    at(page, "gradients")
    assert "preset=textbook" in page.url
    assert "lang=zh" in page.url


def test_a_new_page_begins_at_its_top(visit: Visit) -> None:
    page = visit("/gradients?lecture=1")
    at(page, "gradients")
    page.locator("footer.lesson").scroll_into_view_if_needed()
    page.keyboard.press("ArrowRight")
    at(page, "block")
    expect(page.locator("h1")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda size: str(size["width"]))
def test_the_figure_fills_the_screen_and_nothing_is_beside_it(visit: Visit, screen: dict[str, int]) -> None:
    page = visit("/?lecture=1", viewport=screen, reduced_motion="reduce")
    at(page, "home")
    shares = {}
    for lesson in PAGES[1:]:
        page.keyboard.press("ArrowRight")
        at(page, lesson.id)
        if lesson.id not in FIGURES:
            continue
        figure = page.locator(FIGURES[lesson.id]).first
        expect(figure).to_be_visible()
        box = figure.bounding_box()
        assert box
        shares[lesson.id] = (box["width"] / screen["width"], (box["y"] + box["height"]) / screen["height"])
    assert all(wide >= 0.94 and 0.78 <= low <= 1 for wide, low in shares.values()), shares


def test_the_pointer_finds_the_layer_in_the_enlarged_figure(visit: Visit) -> None:
    page = visit("/gradients?lecture=1&preset=paper&depth=110", viewport=DESKTOP)
    curves = page.locator(".st-key-gradients .curves")
    expect(curves).to_have_attribute("data-layers", "109")
    tick = curves.locator(".tick", has_text="100")
    box, at_tick = curves.bounding_box(), tick.bounding_box()
    assert box
    assert at_tick
    page.mouse.move(at_tick["x"] + at_tick["width"] / 2, box["y"] + 40)
    expect(page.locator(".st-key-gradients .layer")).to_contain_text("Layer 100 ·")
