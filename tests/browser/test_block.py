"""The block page in a browser: walking through a diagram, reversing it, repairing it, turning F down, whole nets."""

import re

import pytest
from playwright.sync_api import Page, expect

from resnet_edu.nets.stack_presets import BY_NAME

from .conftest import PHONE, Visit


def diagram(page: Page, direction: str = "forward") -> None:
    expect(page.locator(f".st-key-block_diagram svg[data-direction={direction}]")).to_be_visible()


def test_a_diagram_can_be_walked_by_keyboard_and_pointed_at(visit: Visit) -> None:
    page = visit("/block?block=bottleneck")
    diagram(page)
    page.locator("[data-op=x]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-op=conv1]")).to_be_focused()
    sentence = page.locator(".st-key-block_diagram")
    expect(sentence).to_contain_text("1 × 1 × 256 × 64 = 16,384")
    page.keyboard.press("End")
    expect(page.locator("[data-op=y]")).to_be_focused()
    page.locator("[data-op=conv2]").hover()
    expect(sentence).to_contain_text("3 × 3 × 64 × 64 = 36,864")


def test_the_switch_turns_the_diagram_round_and_the_url_remembers(visit: Visit) -> None:
    page = visit("/block")
    diagram(page)
    page.get_by_role("button", name=re.compile("Backward")).click()
    diagram(page, "backward")
    page.wait_for_url("**backward=True*")
    expect(page.locator(".st-key-block_diagram")).to_contain_text("∂L/∂x = ∂L/∂s · (1 + ∂F/∂x)")
    page.reload()
    diagram(page, "backward")


def test_a_broken_block_is_repaired_by_a_button(visit: Visit) -> None:
    page = visit("/block?block=own&channels_out=128&stride=2")
    expect(page.locator("[data-fault=add]")).to_be_visible()
    page.get_by_role("button", name=re.compile("option B")).click()
    expect(page.locator("[data-fault=add]")).to_have_count(0)
    expect(page.locator("[data-op='shortcut.0']")).to_be_visible()
    page.wait_for_url("**shortcut=B*")


def test_every_step_of_turning_f_down_is_painted_and_zero_is_the_shortcut_bit_for_bit(visit: Visit) -> None:
    page = visit("/block?share=100")
    panel = page.locator(".st-key-turned_down section")
    expect(panel).to_have_attribute("data-share", "100")
    steps = page.evaluate(
        """() => {
            const find = (node) => {
                for (const each of node.querySelectorAll("*")) {
                    if (each.matches("section[data-share]")) return each;
                    const inside = each.shadowRoot && find(each.shadowRoot);
                    if (inside) return inside;
                }
                return null;
            };
            const root = find(document);
            const slider = root.querySelector("#share");
            const picture = root.querySelector(".residual canvas[data-part=output]");
            const pixels = () => picture.toDataURL();
            const steps = [];
            for (let value = 100; value >= 0; value -= 1) {
                slider.value = value;
                slider.dispatchEvent(new Event("input", { bubbles: true }));
                steps.push({ ...root.dataset, pixels: pixels() });
            }
            return { steps, shortcut: root.querySelector("canvas[data-part=shortcut]").toDataURL() };
        }"""
    )
    assert [int(step["share"]) for step in steps["steps"]] == list(range(100, -1, -1))
    distances = [float(step["distance"]) for step in steps["steps"]]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] == 0 < distances[-2]
    assert float(steps["steps"][-1]["left"]) == 0 < float(steps["steps"][0]["left"])
    assert steps["steps"][-1]["pixels"] == steps["shortcut"] != steps["steps"][0]["pixels"]


def test_the_share_follows_the_keyboard_and_the_url(visit: Visit) -> None:
    page = visit("/block")
    panel = page.locator(".st-key-turned_down section")
    expect(panel).to_have_attribute("data-share", "100")
    page.get_by_label("How much of F(x)").press("Home")
    expect(panel).to_have_attribute("data-share", "0")
    page.wait_for_url("**share=0*")
    expect(panel).to_contain_text("Bit for bit")


@pytest.mark.parametrize("name", ["ResNet-152 (v1.5)", "residual-1202"])
def test_a_net_opens_stage_by_stage_and_block_by_block(visit: Visit, name: str) -> None:
    page = visit(f"/block?net={name}")
    stage = BY_NAME[name].spec.stack().stages[2]
    part = page.locator("[data-part=layer3]")
    expect(part).to_be_visible()
    part.locator(".head").click()
    expect(part.locator(".chip")).to_have_count(len(stage.blocks))
    part.locator(".chip").nth(4).click()
    expect(part.locator("tbody tr")).to_have_count(len(stage.blocks[4].operations))
    expect(part.locator("tbody tr").first).to_contain_text("layer3.4.conv1")
    part.locator(".head").click()
    expect(part.locator(".chip")).to_have_count(0)


def test_the_diagram_stands_upright_on_a_phone(visit: Visit) -> None:
    page = visit("/block?block=dashed", viewport=PHONE, has_touch=True, is_mobile=True)
    expect(page.locator(".st-key-block_diagram svg[data-layout=tall]")).to_be_visible()
    box = page.locator(".st-key-block_diagram svg[data-layout=tall]").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]


def test_the_diagram_and_its_first_controls_are_above_the_fold(visit: Visit) -> None:
    page = visit("/block?block=dashed")
    diagram(page)
    box = page.get_by_label("Channels in").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 768


def test_a_block_by_hand_follows_every_number_and_the_url_remembers(visit: Visit) -> None:
    page = visit("/block?hand_x=1,-2,3,0,4")
    panel = page.locator(".st-key-by_hand section")
    panel.scroll_into_view_if_needed()
    panel.get_by_role("button", name="Second weights to 0").click()
    expect(panel).to_have_attribute("data-sum", "1 −2 3 0 4")  # F(x) = 0, so x comes out
    page.wait_for_url("**hand_second=0%2C0%2C0*")
    panel.get_by_role("spinbutton", name="of the second 2").fill("2")
    panel.get_by_role("spinbutton", name="Weights of the first convolution 1").fill("0")
    panel.get_by_role("spinbutton", name="Weights of the first convolution 3").fill("0")
    expect(panel).to_have_attribute("data-sum", "3 −2 9 0 12")  # x + 2 ReLU(x)


def test_figure_3_has_the_layers_and_shortcuts_of_the_paper(visit: Visit) -> None:
    page = visit("/block")
    drawing = page.locator(".st-key-figure_3 section")
    drawing.scroll_into_view_if_needed()
    expect(drawing).to_have_attribute("data-layers", "24 36 36")  # 19, 34 and 34 with weights; the rest is pooling
    expect(drawing.locator(".residual .arc")).to_have_count(16)
    expect(drawing.locator(".residual .arc.dashed")).to_have_count(3)
    expect(drawing.locator(".plain .arc")).to_have_count(0)
    expect(page.locator(".st-key-two_orders .on-path")).to_have_count(2)
