"""The gradients page in a browser: dragging paints every step, keyboard, play, hover."""

import re

from playwright.sync_api import Page, expect

from .conftest import PHONE, Visit

DRAG = """async () => {
    const find = (root, selector) => {
        const found = root.querySelector(selector);
        if (found) return found;
        for (const each of root.querySelectorAll("*"))
            if (each.shadowRoot) { const inner = find(each.shadowRoot, selector); if (inner) return inner; }
        return null;
    };
    const input = find(document, "input#depth");
    const curves = input.closest("section").querySelector(".curves");
    const frame = () => new Promise(requestAnimationFrame);
    const steps = [];
    const axis = curves.querySelector(".tick").getAttribute("y");
    const range = [...Array(Number(input.max) + 1).keys()];
    for (const at of [...range, ...range.toReversed()]) {
        await frame();
        const started = performance.now();
        input.value = at;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        const strip = input.closest("section").querySelector(".plain .strip");
        const bars = strip.querySelectorAll("rect:not([visibility]):not(.chosen)").length;
        curves.getBoundingClientRect();
        steps.push({ at, depth: Number(curves.dataset.depth), bars, milliseconds: performance.now() - started,
                     still: curves.querySelector(".tick").getAttribute("y") === axis });
    }
    return steps;
}"""


def depth_shown(page: Page) -> int:
    return int(page.locator(".curves").get_attribute("data-depth") or 0)


def test_dragging_paints_every_step_over_the_whole_range_and_back(visit: Visit) -> None:
    page = visit("/gradients")
    expect(page.locator(".curves[data-depth='56']")).to_be_visible()
    requests: list[str] = []
    page.on("websocket", lambda socket: requests.append(socket.url))
    steps = page.evaluate(DRAG)
    assert [step["depth"] for step in steps] == [8 + 6 * step["at"] for step in steps]
    assert all(step["bars"] == step["depth"] - 1 for step in steps)
    assert all(step["still"] for step in steps)
    times = sorted(step["milliseconds"] for step in steps)
    print(f"drag step: median {times[len(times) // 2]:.1f} ms, 95th percentile {times[int(len(times) * 0.95)]:.1f} ms")
    assert requests == []


def test_the_slider_works_by_keyboard_and_the_url_follows(visit: Visit) -> None:
    page = visit("/gradients?depth=56")
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".curves[data-depth='62']")).to_be_visible()
    page.wait_for_url("**depth=62*")
    page.keyboard.press("Home")
    expect(page.locator(".curves[data-depth='8']")).to_be_visible()
    expect(slider).to_be_focused()


def test_play_sweeps_to_the_deepest_net_and_can_be_paused(visit: Visit) -> None:
    page = visit("/gradients?depth=80")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".curves[data-depth='110']")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".curves[data-depth='14']")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    assert depth_shown(page) < 110


def test_the_1202_layers_of_the_paper_are_one_button_away(visit: Visit) -> None:
    page = visit("/gradients")
    page.get_by_role("button", name="1202").click()
    expect(page.locator(".curves[data-depth='1202']")).to_be_visible()
    expect(page.locator(".plain .ratio b")).to_have_text("0")
    page.wait_for_url("**depth=1202*")


def test_a_layer_tells_its_numbers_by_mouse_and_by_keyboard(visit: Visit) -> None:
    page = visit("/gradients?preset=paper&depth=20")
    curves = page.locator(".curves")
    curves.focus()
    page.keyboard.press("End")
    told = page.locator(".layer")
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
    expect(page.locator(".plain .ratio b")).to_have_text(re.compile(r"×10⁻"))
    page.get_by_text("The paper's setting", exact=True).click()
    expect(page.locator(".plain .ratio b")).to_have_text(re.compile(r"×10⁶"))
    page.wait_for_url("**preset=paper*")
    page.get_by_text("Activation scale", exact=True).click()
    page.wait_for_url("**quantity=output_std*")
    expect(page.locator(".axis")).to_contain_text("standard deviation")


def test_an_own_setting_is_measured_live_and_can_be_stopped(visit: Visit) -> None:
    page = visit("/gradients?preset=own&depth=110&width=16&seed=77")
    expect(page.locator(".curves[data-depth='110']")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    assert depth_shown(page) == 110


def test_a_phone_can_drag_by_touch(visit: Visit) -> None:
    page = visit("/gradients", viewport=PHONE, has_touch=True, is_mobile=True)
    slider = page.get_by_role("slider")
    box = slider.bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] * 0.97, box["y"] + box["height"] / 2)
    expect(page.locator(".curves[data-depth='110'], .curves[data-depth='104']")).to_be_visible()


def test_the_figure_is_above_the_fold(visit: Visit) -> None:
    page = visit("/gradients")
    box = page.locator(".control").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 768
