"""The feature maps in a browser: by keyboard, pointer and drag, on phone and desktop."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .accessible import assert_accessible
from .conftest import PHONE, Visit

PIXELS = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((sum, value, index) => (sum * 31 + value * (index % 97)) % 1000003, 7);
}"""


def maps(page: Page) -> Locator:
    panel = page.locator(".st-key-feature_maps section")
    expect(panel).to_have_attribute("data-channel", re.compile(r"\d+"))
    return panel


def pixels(canvas: Locator) -> Any:
    return canvas.evaluate(PIXELS)


def test_the_whole_net_is_walked_by_keyboard_and_clicked(visit: Visit) -> None:
    page = visit("/inference?net=cifar10-residual-20&view=maps")
    maps(page)
    page.get_by_role("radio", name="Stem").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="stage 1, block 1")).to_be_focused()
    page.wait_for_url("**layer=layer1.0*")
    page.keyboard.press("End")
    expect(page.get_by_role("radio", name="stage 3, block 3")).to_be_checked()
    page.wait_for_url("**layer=layer3.2*")
    expect(page.locator(".st-key-journey")).to_contain_text("64 maps of 8 × 8")
    page.get_by_role("radio", name="stage 2, block 1").click()
    page.wait_for_url("**layer=layer2.0*")
    expect(page.locator(".st-key-inside_block section")).to_have_attribute("data-key", re.compile("layer2.0"))
    expect(maps(page)).to_have_attribute("data-painted", re.compile("layer2.0"))


def test_a_map_is_chosen_by_click_and_by_keyboard_and_the_url_remembers(visit: Visit) -> None:
    page = visit("/inference?net=cifar10-residual-20&view=maps&layer=layer1.0")
    panel = maps(page)
    montage = panel.locator("canvas.montage")
    before = pixels(panel.locator("canvas.map"))
    box = montage.bounding_box()
    assert box
    montage.click(position={"x": box["width"] * 0.9, "y": box["height"] * 0.1})
    expect(panel).to_have_attribute("data-channel", "4")
    assert pixels(panel.locator("canvas.map")) != before
    page.wait_for_url("**channel=4*")
    montage.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(panel).to_have_attribute("data-channel", "7")
    page.wait_for_url("**channel=7*")
    expect(page.get_by_role("slider", name="All maps of this layer")).to_have_attribute("aria-valuenow", "7")
    page.reload()
    expect(maps(page)).to_have_attribute("data-channel", "7")


def test_a_position_is_pointed_at_and_its_effective_field_measured(visit: Visit) -> None:
    page = visit("/inference?net=cifar10-residual-20&view=maps&layer=layer2.0&channel=5")
    panel = maps(page)
    effective = panel.locator("canvas.effective")
    expect(effective).to_have_attribute("data-unit", re.compile(r"\[5,"))
    one = panel.locator("canvas.map")
    box = one.bounding_box()
    assert box
    one.click(position={"x": box["width"] * 0.53, "y": box["height"] * 0.28})
    expect(panel).to_have_attribute("data-at", "5-9")
    expect(effective).to_have_attribute("data-unit", "[5,5,9]")
    page.wait_for_url("**at=5-9*")
    one.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(panel).to_have_attribute("data-at", "6-10")
    expect(effective).to_have_attribute("data-unit", "[5,6,10]")
    page.wait_for_url("**at=6-10*")


def test_another_picture_has_its_own_effective_field_at_the_same_unit(visit: Visit) -> None:
    unit = "layer=layer2.1&channel=5&at=9-9"

    def seen(page: Page, before: str = "^$") -> tuple[str, Any]:
        panel = maps(page)
        expect(panel).not_to_have_attribute("data-painted", re.compile(before))
        expect(panel.locator("canvas.effective")).to_have_attribute("data-unit", "[5,9,9]")
        return panel.get_attribute("data-painted") or "", pixels(panel.locator("canvas.effective"))

    page = visit(f"/inference?net=cifar10-residual-20&sample=cat&{unit}")
    painted, cat = seen(page)
    page.get_by_role("radio", name="A cup of coffee").click()
    _, changed = seen(page, re.escape(painted))
    _, fresh = seen(visit(f"/inference?net=cifar10-residual-20&sample=coffee&{unit}"))
    assert changed == fresh != cat


def test_the_overlay_is_painted_while_dragging_and_told_afterwards(visit: Visit) -> None:
    page = visit("/inference?net=cifar10-residual-20&view=maps&layer=layer1.1&strength=100")
    panel = maps(page)
    steps = panel.evaluate(
        """section => {
            const slider = section.querySelector("#strength");
            const canvas = section.querySelector("canvas.map");
            const context = canvas.getContext("2d");
            return [100, 60, 20, 0].map((value) => {
                slider.value = value;
                slider.dispatchEvent(new Event("input"));
                const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
                return [section.dataset.strength, data.reduce((sum, each) => sum + each, 0)];
            });
        }"""
    )
    assert [strength for strength, _ in steps] == ["100", "60", "20", "0"]
    assert len({total for _, total in steps}) == 4
    assert "strength=100" in page.url
    slider = panel.get_by_role("slider", name="Overlay")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**strength=1")
    expect(panel).to_have_attribute("data-strength", "1")


def test_another_order_and_scale_repaint_the_same_maps(visit: Visit) -> None:
    page = visit("/inference?net=cifar10-residual-20&view=maps&layer=layer2.1&channel=3")
    panel = maps(page)
    expect(panel).to_have_attribute("data-painted", re.compile('"index","channel"'))
    before = pixels(panel.locator("canvas.montage"))
    page.get_by_role("radio", name="Variance").or_(page.get_by_role("button", name="Variance")).first.click()
    expect(panel).to_have_attribute("data-painted", re.compile('"variance","channel"'))
    sorted_ = pixels(panel.locator("canvas.montage"))
    page.get_by_role("radio", name="The whole net").or_(page.get_by_role("button", name="The whole net")).first.click()
    expect(panel).to_have_attribute("data-painted", re.compile('"variance","net"'))
    assert len({before, sorted_, pixels(panel.locator("canvas.montage"))}) == 3
    expect(panel).to_have_attribute("data-channel", "3")
    page.wait_for_url("**sort=variance&scale=net*")


def test_the_receptive_field_grows_along_the_way(visit: Visit) -> None:
    page = visit("/inference?net=cifar10-residual-20&sample=rocket")
    way = page.locator(".st-key-journey section")
    field = way.get_by_role("img", name="a frame of 3 × 3 pixels")
    picture, window = (box.bounding_box() for box in (field, field.locator("i")))
    assert picture
    assert window
    assert window["width"] / picture["width"] == pytest.approx(3 / 32, rel=0.05)
    widths = [box.bounding_box() for box in way.locator(".field i").all()]
    assert [box and box["width"] for box in widths] == sorted(box["width"] for box in widths if box)


def test_a_click_in_a_map_works_out_the_number_there(visit: Visit) -> None:
    page = visit("/inference?net=cifar10-residual-20&layer=layer1.1&operation=layer1.1.conv1&unit=3,4,5")
    work = page.locator(".st-key-arithmetic section")
    expect(work).to_have_attribute("data-key", re.compile(r"layer1.1.conv1 \(2, 3, 4\)"))
    expect(work.locator("table")).to_have_count(3)
    before = work.locator(".result").inner_text()
    work.locator("canvas.map").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**unit=3%2C5%2C5*")
    expect(work.locator(".result")).not_to_have_text(before)
    work.get_by_role("radio", name="add: addition").click()
    page.wait_for_url("**operation=layer1.1.add*")
    expect(work.locator(".result")).to_contain_text(" + ")
    expect(work).to_have_attribute("data-key", re.compile(r"layer1.1.add \(2, 4, 4\)"))


def test_what_follows_the_sum_is_never_negative_and_the_chart_has_every_block(visit: Visit) -> None:
    page = visit("/inference?net=cifar10-residual-20&view=maps&layer=layer1.1")
    block = page.locator(".st-key-inside_block section")
    expect(block).to_have_attribute("data-key", re.compile("layer1.1"))
    for part in ("shortcut", "residual", "sum", "output"):
        expect(block.locator(f"[data-part={part}]")).to_have_attribute("data-largest", re.compile(r"\d"))
    chart = page.locator(".st-key-responses section > svg")
    expect(chart.locator(".mark.residual")).to_have_count(9)
    expect(chart.locator(".mark.shortcut")).to_have_count(9)


def test_axe_finds_nothing_serious_and_a_phone_shows_all(visit: Visit) -> None:
    page = visit(
        "/inference?net=cifar10-residual-20&view=maps&layer=layer2.0",
        color_scheme="dark",
        viewport=PHONE,
        reduced_motion="reduce",
    )
    panel = maps(page)
    expect(panel.locator("canvas.effective")).to_have_attribute("data-unit", re.compile(r"\d"))
    assert_accessible(page)
