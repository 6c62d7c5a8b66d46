"""The page beyond in a browser."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from resnet_edu.measure.backbones import levels, pyramid_sums
from resnet_edu.ui.beyond.detection import OBJECTS, SIDE

from .accessible import settled
from .conftest import DESKTOP, PHONE, Visit

BOXES = "shapes => shapes.map(each => { const { left, right } = each.getBoundingClientRect(); return [left, right]; })"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_chosen_map_and_the_pyramids_sums_are_drawn_within_the_screen(visit: Visit, viewport: ViewportSize) -> None:
    page = visit("/beyond?level=C2&open=detection", viewport=viewport)
    drawing, pyramid = (page.locator(f".st-key-detection-{name} section") for name in ("levels", "pyramid"))
    expect(drawing).to_have_attribute("data-drawn", "C2")
    level = levels()[0]
    path = drawing.locator(".grid").get_attribute("d") or ""
    assert path.count("H") == path.count("V") == level.side(SIDE) + 1
    assert float(drawing.locator("rect.field").get_attribute("width") or 0) == level.field.size
    widths = drawing.locator("rect.object").evaluate_all("each => each.map(rect => Number(rect.getAttribute('width')))")
    assert widths == list(OBJECTS)
    expect(pyramid).to_have_attribute("data-drawn", str(len(levels())))
    expect(pyramid.locator("circle")).to_have_count(len(pyramid_sums(SIDE)))
    for count in pyramid_sums(SIDE).values():
        expect(pyramid.get_by_text(f"{count:,} additions")).to_be_visible()
    for left, right in drawing.locator("text").evaluate_all(BOXES) + pyramid.locator("text").evaluate_all(BOXES):
        assert 0 <= left < right <= viewport["width"]
    page.get_by_role("radio", name="C4").click()
    expect(drawing).to_have_attribute("data-drawn", "C4")
    starts = drawing.locator("rect.object").evaluate_all("each => each.map(rect => Number(rect.getAttribute('x')))")
    assert not any(start % levels()[2].field.stride for start in starts), "their positions can be counted"


def test_dragging_the_steps_paints_without_the_server_and_the_url_follows(visit: Visit) -> None:
    page = visit("/beyond?show=flow&steps=3")
    panel = page.locator(".st-key-flow")
    slider = panel.get_by_role("slider")
    expect(panel.locator("section")).to_have_attribute("data-steps", "3", timeout=60_000)
    expect(panel.locator(".flow circle.dot")).to_have_count(4)
    slider.press("End")
    expect(panel.locator(".flow circle.dot")).to_have_count(33)
    expect(panel.locator(".told")).to_contain_text("h = 3 / 32 = 0.094")
    page.wait_for_url("**steps=32*")


def _remake(button: Locator) -> None:
    """As a run does that ends while the button is held."""
    button.evaluate("button => { const folds = button.parentElement; folds.outerHTML = folds.outerHTML; }")


def _click_while_it_is_made_anew(page: Page, button: Locator) -> None:
    button.hover()
    page.mouse.down()
    _remake(button)
    page.mouse.up()


def _tap_while_it_is_made_anew(page: Page, button: Locator) -> None:
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    _remake(button)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


FOLDED = ".folds button[aria-expanded=false]"


def test_a_phone_folds_the_sections_and_the_address_remembers_which_are_open(visit: Visit) -> None:
    page = visit("/beyond", viewport=PHONE, has_touch=True, is_mobile=True)
    settled(page)
    screens = page.locator(".stMainBlockContainer").evaluate("page => page.scrollHeight / innerHeight")
    assert screens <= 15
    expect(page.locator(".st-key-tokens .curves")).to_be_visible()
    figure = page.locator(".st-key-flow .flow svg")
    expect(figure).to_be_hidden()
    opener = page.get_by_role("button", name="A block as a step")
    opener.tap()
    expect(figure).to_be_visible()
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("open") == ["tokens,flow"])
    settled(page)
    expect(opener).to_be_focused()
    box = page.locator(".st-key-flow .flow path.exact").bounding_box()
    assert box
    assert box["width"] > 50, "it is drawn at its size"
    _tap_while_it_is_made_anew(page, opener)
    expect(figure).to_be_hidden()
    _click_while_it_is_made_anew(page, opener)
    expect(figure).to_be_visible()
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("open") == ["tokens,flow"])
    page.reload()
    settled(page)
    expect(figure).to_be_visible()
    expect(page.locator(".st-key-detection-levels")).to_be_hidden()
    page.get_by_role("button", name="Sections of this page").tap()
    page.get_by_role("navigation", name="Sections of this page").get_by_role("link", name="A timeline").tap()
    expect(page.locator(".st-key-timeline")).to_be_visible()
    page.set_viewport_size(DESKTOP)
    expect(page.locator(".st-key-detection-levels")).to_be_visible()
    expect(page.locator(FOLDED).first).to_be_hidden()
