"""The gradients page in a browser: a drag draws every step; keyboard, play, hover."""

import re

import pytest
from playwright.sync_api import Page, expect

from resnet_edu.bench.browser import drag
from resnet_edu.figures.gradient_curves import gradient_csv
from resnet_edu.measure.sweeps import PRESETS
from resnet_edu.ui.gradients.records import recorded_sweep

from .conftest import PHONE, Visit


def depth_shown(page: Page) -> int:
    return int(page.locator(".curves").first.get_attribute("data-position") or 0)


def wait_until_quiet(page: Page) -> None:
    """Count what the page sends, and wait until it stops sending; live measurements poll until they are done."""
    page.evaluate(
        """() => {
            window.sent = 0;
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (...args) { window.sent += 1; return send.apply(this, args); };
        }"""
    )
    page.wait_for_function(
        "() => { const quiet = window.last === window.sent; window.last = window.sent; return quiet; }", polling=2000
    )


def test_dragging_paints_every_step_over_the_whole_range_and_back(visit: Visit) -> None:
    page = visit("/gradients")
    expect(page.locator(".st-key-gradients .curves[data-position='56']")).to_be_visible()
    wait_until_quiet(page)
    before = page.evaluate("window.sent")
    steps = drag(page)
    assert [step["depth"] for step in steps] == [8 + 6 * step["at"] for step in steps]
    assert all(step["bars"] == step["depth"] - 1 for step in steps)
    assert all(step["still"] for step in steps)
    assert page.evaluate("window.sent") == before
    page.get_by_role("slider").first.press("End")
    page.wait_for_function(f"() => window.sent > {before}")  # releasing the slider is sent, so the counter works


def test_the_slider_works_by_keyboard_and_the_url_follows(visit: Visit) -> None:
    page = visit("/gradients?depth=56")
    expect(page.locator(".st-key-gradients .curves[data-position='56']")).to_be_visible()
    wait_until_quiet(page)
    slider = page.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".st-key-gradients .curves[data-position='62']")).to_be_visible()
    page.wait_for_url("**depth=62*")
    page.keyboard.press("Home")
    expect(page.locator(".st-key-gradients .curves[data-position='8']")).to_be_visible()
    expect(slider).to_be_focused()


def test_play_sweeps_to_the_deepest_net_and_can_be_paused(visit: Visit) -> None:
    page = visit("/gradients?depth=80")
    hero = page.locator(".st-key-gradients")  # the first steps have a button of their own
    hero.get_by_role("button", name="Play").click()
    expect(hero.locator(".curves[data-position='110']")).to_be_visible()
    hero.get_by_role("button", name="Play").click()
    expect(hero.locator(".curves")).not_to_have_attribute("data-position", "110")  # it starts again
    hero.get_by_role("button", name="Pause").click()
    assert depth_shown(page) < 110


def test_the_1202_layers_of_the_paper_are_one_button_away(visit: Visit) -> None:
    page = visit("/gradients")
    page.get_by_role("button", name="1202").first.click()
    expect(page.locator(".st-key-gradients .curves[data-position='1202']")).to_be_visible()
    expect(page.locator(".plain .ratio b").first).to_have_text("0")
    expect(page.locator(".plain .ratio .spread").first).to_have_text("underflows float32")
    expect(page.locator(".residual .ratio b").first).to_have_text("overflows float32")
    page.wait_for_url("**depth=1202*")
    # Signs fill their bars: a bar thinner than a pixel has no outline of its own.
    strip = page.locator(".plain .strip").first
    assert strip.locator("rect.signed").first.evaluate("each => getComputedStyle(each).stroke") == "none"
    outlines = strip.locator(".sign.underflow").get_attribute("d") or ""
    assert outlines.count("M") == 1
    filled = page.locator(".residual .strip .sign.overflow").first
    assert (filled.get_attribute("d") or "").count("M") == 1
    assert filled.evaluate("each => getComputedStyle(each).fill != 'none'")
    ticks = page.locator(".curves").first.locator(".tick")
    deepest = ticks.all_text_contents()
    page.get_by_role("slider").first.press("Home")
    expect(page.locator(".st-key-gradients .curves[data-position='8']")).to_be_visible()
    assert ticks.all_text_contents() != deepest


@pytest.fixture(scope="module")
def paper(look: Visit) -> Page:
    """Open the paper's setting at depth 20, for tests that do not change it."""
    page = look("/gradients?preset=paper&depth=20")
    expect(page.locator(".st-key-gradients .curves[data-position='20']")).to_be_visible()
    return page


def test_a_layer_tells_its_numbers_by_mouse_and_by_keyboard(visit: Visit) -> None:
    page = visit("/gradients?preset=paper&depth=20")
    curves = page.locator(".curves").first
    curves.focus()
    page.keyboard.press("End")
    told = page.locator(".layer").first
    expect(told).to_have_text(
        re.compile(r"Layer 19 · layer3\.2\.conv2 · stage 3 · 64×64×3×3 · Plain net .+ · Residual")
    )
    page.keyboard.press("Home")
    expect(told).to_have_text(re.compile(r"Layer 1 · conv1 · stem · 16×3×3×3"))
    box = curves.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 62 + 2, box["y"] + 100)
    expect(told).to_have_text(re.compile(r"Layer 1 ·"))


def test_a_preset_and_a_quantity_change_figure_and_url(visit: Visit) -> None:
    page = visit("/gradients?depth=110")
    expect(page.locator(".plain .ratio b").first).to_have_text(re.compile(r"×10⁻"))
    page.get_by_role("radio", name="The paper's setting").click()
    expect(page.locator(".plain .ratio b").first).to_have_text(re.compile(r"×10⁶"))
    page.wait_for_url("**preset=paper*")
    page.get_by_role("radio", name="Activation scale").first.click()
    page.wait_for_url("**quantity=output_std*")
    expect(page.locator(".axis").first).to_contain_text("standard deviation")


def test_an_own_setting_is_measured_live_and_can_be_stopped(visit: Visit) -> None:
    page = visit("/gradients?preset=own&depth=110&width=16&seed=77")
    expect(page.locator(".st-key-gradients .curves[data-position='110']")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    assert depth_shown(page) == 110


def test_a_phone_can_set_the_depth_by_touch(visit: Visit) -> None:
    page = visit("/gradients", viewport=PHONE, has_touch=True, is_mobile=True)
    slider = page.get_by_role("slider").first
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] * 0.97, box["y"] + box["height"] / 2)
    expect(page.locator(".st-key-gradients .curves[data-position='110'], .curves[data-position='104']")).to_be_visible()


def test_the_figure_is_above_the_fold(paper: Page) -> None:
    paper.get_by_test_id("stMain").evaluate("element => element.scrollTo(0, 0)")
    box = paper.locator(".control").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 768


def test_dragging_the_path_depth_paints_without_the_server_and_the_url_follows(visit: Visit) -> None:
    page = visit("/gradients")
    panel = page.locator(".st-key-shattering")
    slider = panel.get_by_role("slider")
    expect(slider).to_have_attribute("max", "7", timeout=60_000)
    slider.press("Home")
    expect(panel.locator("section")).to_have_attribute("data-depth", "2")
    before = panel.locator(".plain .path .line").get_attribute("d")
    slider.press("End")
    expect(panel.locator("section")).to_have_attribute("data-depth", "50")
    assert panel.locator(".plain .path .line").get_attribute("d") != before
    page.wait_for_url("**path_depth=50*")


def test_the_numbers_on_screen_can_be_saved(paper: Page) -> None:
    page = paper
    with page.expect_download() as saved:
        page.get_by_role("button", name="Numbers as CSV").click()
    assert saved.value.suggested_filename == "gradients-paper-20.csv"
    setting = next(preset.setting for preset in PRESETS if preset.id == "paper")
    expected = gradient_csv(setting, 20, recorded_sweep("paper").spreads[20])
    assert saved.value.path().read_text(encoding="utf-8") == expected


def test_the_own_setting_opens_on_demand_and_changes_the_figure(visit: Visit) -> None:
    page = visit("/gradients?preset=sigmoid&depth=8")
    page.get_by_text("Set it up yourself").click()
    page.get_by_role("spinbutton", name="Seed").fill("3")
    page.keyboard.press("Enter")
    page.wait_for_url("**preset=own**seed=3**")
    expect(page.locator(".st-key-gradients .curves[data-position='8']")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Seed")).to_have_value("3")
