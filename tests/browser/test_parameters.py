"""The parameters page in a browser: the script computes what Python does, a drag draws every step; keyboard."""

import json
import random
import re

from playwright.sync_api import expect

from resnet_edu.bench.browser import drag_bottleneck
from resnet_edu.measure.comparison import ComparedBlocks, compare
from resnet_edu.ui.parameters.costs import OPTIONS

from .conftest import PHONE, Visit

SET_AND_READ = """
(section, [settings, options]) => settings.map((setting) => {
    for (const [name, value] of Object.entries(setting)) {
        const input = section.querySelector(`#${name}`);
        input.value = options[name].indexOf(value);
        input.dispatchEvent(new Event("input", { bubbles: true }));
    }
    return { ...section.dataset };
})
"""


def settings(count: int, equal_cost: bool) -> list[ComparedBlocks]:
    """Return the extreme settings and some random ones."""
    draw = random.Random(0)
    corners = [
        ComparedBlocks(*(options[at] for options in OPTIONS.values()), equal_cost=equal_cost)  # type: ignore[arg-type]
        for at in (0, -1)
    ]
    between = [
        ComparedBlocks(*(draw.choice(options) for options in OPTIONS.values()), equal_cost=equal_cost)  # type: ignore[arg-type]
        for _ in range(count)
    ]
    return [ComparedBlocks(equal_cost=equal_cost), *corners, *between]


def test_the_scripts_arithmetic_is_pythons(visit: Visit) -> None:
    for equal_cost in (False, True):
        page = visit("/parameters?compare=" + ("same-cost" if equal_cost else "same-channels"))
        section = page.locator(".st-key-bottleneck section").first
        expect(section).to_have_attribute("data-channels", "256")
        tried = settings(200, equal_cost)
        plain = [{name: getattr(setting, name) for name in OPTIONS} for setting in tried]
        for setting, seen in zip(tried, section.evaluate(SET_AND_READ, [plain, OPTIONS]), strict=True):
            for kind, costs in zip(("basic", "bottleneck"), compare(setting), strict=True):
                shown = [int(seen[kind + quantity]) for quantity in ("weights", "multiplyAdds", "kept")]
                assert shown == [costs.weights, costs.multiply_adds, costs.kept], setting


def test_the_page_opens_with_the_papers_example_above_the_fold(visit: Visit) -> None:
    page = visit("/parameters")
    expect(page.locator(".verdict b")).to_have_text("16.9×")
    expect(page.get_by_text("3 × 3 × 256 × 256 = 589,824").first).to_be_visible()
    expect(page.locator(".block.basic .total b")).to_have_text("1,179,648")
    expect(page.locator(".block.bottleneck .total b")).to_have_text("69,632")
    box = page.locator(".controls").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 768


def test_dragging_paints_every_step_without_the_server(visit: Visit) -> None:
    page = visit("/parameters")
    expect(page.locator(".verdict b")).to_have_text("16.9×")
    page.evaluate(
        """() => {
            window.sent = 0;
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (...args) { window.sent += 1; return send.apply(this, args); };
        }"""
    )
    steps = drag_bottleneck(page)
    assert [step["value"] for step in steps] == [OPTIONS["channels"][step["at"]] for step in steps]
    assert all(f"{step['value']}" in step["text"] for step in steps)
    assert page.evaluate("window.sent") == 0


def test_the_sliders_work_by_keyboard_and_the_url_follows(visit: Visit) -> None:
    page = visit("/parameters")
    slider = page.get_by_role("slider", name="Bottleneck width")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**width=72*")
    expect(page.locator(".block.bottleneck").get_by_text("1×1, 72")).to_be_visible()
    expect(slider).to_be_focused()
    page.get_by_role("slider", name="Number of blocks").press("End")
    page.wait_for_url("**blocks=50*")
    expect(page.locator(".block.basic .total")).to_have_text(re.compile(r"1,179,648 × 50 = 58,982,400"))
    expect(slider).to_have_attribute("aria-valuetext", "72")  # the verdict next to it announces itself


def test_equal_cost_is_the_papers_figure_5(visit: Visit) -> None:
    page = visit("/parameters")
    page.get_by_role("radio", name="Same cost").click()
    expect(page.locator(".verdict b")).to_have_text("1.06×")
    expect(page.locator(".block.basic .total b")).to_have_text("73,728")
    page.wait_for_url("**compare=same-cost*")


def test_a_stage_of_the_icicle_can_be_seen_alone(visit: Visit) -> None:
    page = visit("/parameters?net=resnet-18")
    figure = page.locator(".st-key-where")
    expect(figure.locator(".slicetext", has_text="layer4.1").first).to_be_visible()
    figure.locator("g.slice", has_text="layer3").first.click()
    expect(figure.locator("g.slice", has_text="layer4.1")).to_have_count(0)


def test_what_fits_follows_the_batch(visit: Visit) -> None:
    page = visit("/parameters?net=resnet-50-v1-5&batch=128")
    expect(page.locator("p.fit")).to_contain_text("It fits")
    page.goto(page.url.replace("batch=128", "batch=256"))
    expect(page.locator("p.fit")).to_contain_text("Does not fit")


def test_the_layers_can_be_kept(visit: Visit) -> None:
    page = visit("/parameters?net=resnet-20")
    with page.expect_download() as download:
        page.get_by_role("button", name="Layers as CSV").click()
    assert download.value.suggested_filename == "layers-resnet-20.csv"
    assert "layer3.2.conv2" in download.value.path().read_text()


def test_a_phone_shows_the_ratio_first_and_nothing_is_cut(visit: Visit) -> None:
    page = visit("/parameters", viewport=PHONE, has_touch=True, is_mobile=True)
    expect(page.locator(".verdict b")).to_be_in_viewport()
    texts = page.locator(".block text.sum")
    expect(texts.first).to_be_visible()
    for text in texts.all():
        box = text.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= PHONE["width"], json.dumps(box)
