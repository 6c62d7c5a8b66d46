"""The attribution view in a browser: dragging the overlay, choosing methods and classes, pointing, on a phone."""

import re

from playwright.sync_api import Page, expect

from .conftest import PHONE, Visit

VIEW = "/inference?net=cifar10-residual-20&sample=cat&view=attributions&check=False"
FIND = """() => {
    const find = (node) => {
        for (const each of node.querySelectorAll("*")) {
            if (each.matches("section[data-overlay]")) return each;
            const inside = each.shadowRoot && find(each.shadowRoot);
            if (inside) return inside;
        }
        return null;
    };
    return find(document);
}"""


def ready(page: Page, count: int) -> None:
    expect(page.locator(".st-key-attributions section")).to_have_attribute("data-maps", str(count))


def test_every_step_of_the_overlay_is_painted_while_the_hand_drags(visit: Visit) -> None:
    page = visit(f"{VIEW}&methods=saliency,guided-backprop")
    ready(page, 2)
    steps = page.evaluate(
        f"""() => {{
            const root = ({FIND})();
            const slider = root.querySelector("#overlay");
            const pixels = (name) => root.querySelector(`figure[data-method=${{name}}] canvas`).toDataURL();
            const steps = [];
            for (let value = 100; value >= 0; value -= 10) {{
                slider.value = value;
                slider.dispatchEvent(new Event("input", {{ bubbles: true }}));
                steps.push([root.dataset.overlay, pixels("saliency"), pixels("guided-backprop"), pixels("picture")]);
            }}
            return steps;
        }}"""
    )
    assert [int(step[0]) for step in steps] == list(range(100, -1, -10))
    assert len({step[1] for step in steps}) == 11
    assert len({step[2] for step in steps}) == 11
    assert steps[-1][1] == steps[-1][2] == steps[-1][3] == steps[0][3]


def test_the_overlay_follows_the_keyboard_and_the_url(visit: Visit) -> None:
    page = visit(f"{VIEW}&methods=saliency")
    ready(page, 1)
    page.get_by_label("Map over the picture").press("End")
    expect(page.locator(".st-key-attributions section")).to_have_attribute("data-overlay", "100")
    page.wait_for_url("**overlay=100*")
    page.reload()
    expect(page.locator(".st-key-attributions section")).to_have_attribute("data-overlay", "100")


def test_methods_are_chosen_by_a_click_and_stand_side_by_side(visit: Visit) -> None:
    page = visit(f"{VIEW}&methods=saliency")
    ready(page, 1)
    page.get_by_role("button", name="Deconvolution").click()
    ready(page, 2)
    page.wait_for_url("**methods=saliency%2Cdeconvolution*")
    figures = page.locator(".st-key-attributions figure")
    expect(figures).to_have_count(3)
    boxes = [figures.nth(index).bounding_box() for index in range(3)]
    assert all(box is not None for box in boxes)
    assert len({round(box["y"]) for box in boxes if box}) == 1
    page.get_by_role("button", name="Saliency").click()
    ready(page, 1)


def test_another_class_is_one_click_away(visit: Visit) -> None:
    page = visit(f"{VIEW}&methods=saliency")
    ready(page, 1)
    facts = page.locator(".st-key-attributions figure[data-method=saliency] .facts")
    before = facts.inner_text()
    page.get_by_role("radio", name=re.compile("deer")).click()
    page.wait_for_url("**class=4*")
    expect(facts).not_to_have_text(before)


def test_pointing_and_arrow_keys_read_the_values_of_all_maps(visit: Visit) -> None:
    page = visit(f"{VIEW}&methods=saliency,guided-backprop")
    ready(page, 2)
    picture = page.locator(".st-key-attributions figure[data-method=picture] canvas")
    facts = page.locator(".st-key-attributions figure:not([data-method=picture]) .facts")
    picture.hover()
    expect(facts.nth(0)).to_contain_text("here:")
    expect(facts.nth(1)).to_contain_text("here:")
    page.mouse.move(0, 0)
    expect(facts.nth(0)).to_contain_text(" to ")
    picture.press("ArrowDown")
    expect(facts.nth(1)).to_contain_text("here:")


def test_a_map_of_the_strip_chooses_grad_cams_layer_by_click_and_by_keyboard(visit: Visit) -> None:
    page = visit(f"{VIEW}&methods=grad-cam")
    ready(page, 1)
    strip = page.locator(".st-key-grad_cam_stages")
    title = page.locator(".st-key-attributions figure[data-method=grad-cam] b")
    expect(strip.get_by_role("button")).to_have_count(4)
    expect(strip.get_by_role("button", pressed=True)).to_have_attribute("data-layer", "layer3")
    expect(title).to_contain_text("stage 3")
    strip.get_by_role("button", name="stage 1").click()
    page.wait_for_url("**cam_layer=layer1*")
    expect(title).to_contain_text("stage 1")
    strip.get_by_role("button", name="stem").press("Enter")
    expect(title).to_contain_text("stem")
    strip.get_by_role("button", name="stage 2").press("Space")
    expect(title).to_contain_text("stage 2")
    expect(strip.get_by_role("button", name="stage 2")).to_be_focused()
    expect(strip.get_by_role("button", pressed=True)).to_have_attribute("data-layer", "layer2")
    page.wait_for_url("**cam_layer=layer2*")


def test_the_strip_and_the_list_of_layers_know_of_each_other(visit: Visit) -> None:
    page = visit(f"{VIEW}&methods=grad-cam")
    ready(page, 1)
    strip = page.locator(".st-key-grad_cam_stages")
    title = page.locator(".st-key-attributions figure[data-method=grad-cam] b")
    strip.get_by_role("button", name="stage 1").click()
    expect(title).to_contain_text("stage 1")
    page.locator('[class*="st-key-cam_layer"] input').click()
    page.locator('[class*="st-key-cam_layer"] input').fill("layer2.0.conv1")
    page.keyboard.press("Enter")
    expect(title).to_contain_text("layer2.0.conv1")
    expect(strip.get_by_role("button", pressed=True)).to_have_count(0)
    strip.get_by_role("button", name="stage 1").click()  # the same choice as last time
    expect(title).to_contain_text("stage 1")
    expect(strip.get_by_role("button", pressed=True)).to_have_attribute("data-layer", "layer1")


def test_choosing_a_layer_shows_grad_cam_if_nothing_else_has_one(visit: Visit) -> None:
    page = visit(f"{VIEW}&methods=saliency")
    ready(page, 1)
    page.locator(".st-key-grad_cam_stages").get_by_role("button", name="stage 2").click()
    ready(page, 2)
    expect(page.locator(".st-key-attributions figure[data-method=grad-cam] b")).to_contain_text("stage 2")


def test_the_check_is_a_table_that_a_screen_reader_can_read(visit: Visit) -> None:
    page = visit("/inference?net=cifar10-residual-20&view=attributions&methods=saliency,guided-backprop&check=True")
    table = page.locator(".st-key-randomisation table")
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(table.get_by_role("columnheader")).to_have_count(6)
    expect(table.get_by_role("rowheader", name="Guided Backprop")).to_be_visible()
    expect(table.locator("td span").first).to_have_text("ρ 1.00")


def test_maps_stand_below_each_other_on_a_phone(visit: Visit) -> None:
    page = visit(f"{VIEW}&methods=saliency,grad-cam", viewport=PHONE, has_touch=True, is_mobile=True)
    ready(page, 2)
    for index in range(3):
        box = page.locator(".st-key-attributions figure").nth(index).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_control_of_either_pane_moves_both(visit: Visit) -> None:
    page = visit(f"{VIEW}&methods=saliency&pinned=horse&pinned_net=cifar10-plain-20")
    chosen, pinned = (page.locator(f".st-key-attributions{ending} section") for ending in ("", "-pinned"))
    for each in (chosen, pinned):
        expect(each).to_have_attribute("data-maps", "1")
    pinned.get_by_label("Map over the picture").press("End")
    expect(chosen).to_have_attribute("data-overlay", "100")
    page.get_by_role("button", name="Deconvolution").nth(1).click()
    for each in (chosen, pinned):
        expect(each).to_have_attribute("data-maps", "2")
    boxes = [each.bounding_box() for each in (chosen, pinned)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    page.get_by_role("button", name="Unpin").click()
    expect(pinned).to_have_count(0)
