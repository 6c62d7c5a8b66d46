"""Knocking out blocks in a browser: by mouse and keys, without redrawing the rest, on phone and desktop."""

import re

from playwright.sync_api import Locator, Page, expect

from .accessible import assert_accessible
from .conftest import PHONE, Visit

NET = "cifar10-residual-20"
TWIN = "cifar10-plain-20"


def answer(page: Page, which: str) -> Locator:
    """Return the bars of one of the four answers once they are there."""
    bars = page.locator(f".st-key-{which} ol")
    expect(bars).to_have_attribute("data-key", re.compile("."))
    return bars


def test_blocks_are_switched_by_click_and_by_keyboard_and_the_url_remembers(visit: Visit) -> None:
    page = visit(f"/inference?net={NET}&view=knockout")
    without = answer(page, f"without-{NET}")
    expect(without).to_have_text(answer(page, f"whole-{NET}").inner_text(), use_inner_text=True)
    switch = page.get_by_role("button", name="stage 2, block 1")
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    page.wait_for_url("**off=layer2.0*")
    expect(without).to_have_attribute("data-key", re.compile(re.escape("['layer2.0']")))
    expect(answer(page, f"without-{TWIN}")).to_have_attribute("data-key", re.compile(re.escape("['layer2.0']")))
    expect(answer(page, f"whole-{NET}")).not_to_have_text(without.inner_text(), use_inner_text=True)
    page.get_by_role("button", name="stage 3, block 3").press("Enter")
    page.wait_for_url("**off=layer2.0%2Clayer3.2*")
    expect(page.get_by_role("button", name="stage 3, block 3")).to_be_focused()
    page.reload()
    expect(page.get_by_role("button", name="stage 3, block 3")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="stage 2, block 1").press("Space")
    page.wait_for_url("**off=layer3.2*")


def test_each_net_has_its_colour(visit: Visit) -> None:
    page = visit(f"/inference?net={NET}&view=knockout&off=layer1.1")
    bars = {net: answer(page, f"without-{net}").locator(".bar").first for net in (NET, TWIN)}
    colours = {net: bar.evaluate("bar => getComputedStyle(bar).backgroundColor") for net, bar in bars.items()}
    assert colours == {NET: "rgb(0, 114, 178)", TWIN: "rgb(213, 94, 0)"}


def test_axe_finds_nothing_serious_and_a_phone_shows_all(visit: Visit) -> None:
    page = visit(
        f"/inference?net={NET}&view=knockout&off=layer2.0", color_scheme="dark", viewport=PHONE, reduced_motion="reduce"
    )
    answer(page, f"without-{TWIN}")
    assert_accessible(page)
