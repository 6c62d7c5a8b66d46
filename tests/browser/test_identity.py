"""The identity experiment in a browser: a drag draws every k; keyboard, the URL, a phone."""

import re

from playwright.sync_api import Locator, Page, expect

from resnet_edu.measure.identity import COUNTS, MOST
from resnet_edu.vision.samples import CIFAR10_SAMPLES

from .accessible import assert_accessible
from .conftest import PHONE, Visit


def root(page: Page) -> Locator:
    """Return the panel once both nets have answered."""
    section = page.locator(".st-key-identity section")
    for net in ("residual", "plain"):
        expect(section.locator(f".said.{net}").first).to_have_text(re.compile(r"\d%"))
    return section


def test_dragging_paints_every_k_and_tells_the_server_on_release(visit: Visit) -> None:
    page = visit("/depth?k=0")
    expect(root(page)).to_have_attribute("data-k", "0")
    slider = root(page).get_by_role("slider")
    sent = []
    watch = page.context.new_cdp_session(page)
    watch.send("Network.enable")
    watch.on("Network.webSocketFrameSent", lambda frame: sent.append(frame))
    painted = slider.evaluate(
        """(input, most) => {
            const section = input.closest("section");
            const said = (net) => [...section.querySelectorAll(`.said.${net}`)].map((each) => each.textContent).join();
            const seen = [];
            for (let k = 0; k <= most; k += 1) {
                input.value = k;
                input.dispatchEvent(new Event("input", { bubbles: true }));
                seen.push([section.dataset.k, section.dataset.recorded, section.querySelector("output").textContent,
                           said("residual"), said("plain"), section.querySelector(".sizes .residual").textContent]);
            }
            return seen;
        }""",
        MOST,
    )
    assert [int(k) for k, *_ in painted] == list(range(MOST + 1))
    assert [output for _, _, output, *_ in painted] == [f"k = {k}" for k in range(MOST + 1)]
    assert {int(recorded) for _, recorded, *_ in painted} == set(COUNTS)
    assert len({residual for *_, residual, _, _ in painted}) == 1  # neither an answer nor the error changes
    assert len({plain for *_, plain, _ in painted}) > MOST / 2
    assert "120 layers" in painted[MOST][-1]
    assert sent == []
    slider.dispatch_event("change")
    page.wait_for_url(f"**k={MOST}*")
    assert sent != []


def test_the_slider_works_by_keyboard_and_the_address_keeps_k(visit: Visit) -> None:
    page = visit("/depth?k=12")
    expect(root(page)).to_have_attribute("data-k", "12")
    slider = root(page).get_by_role("slider", name="How many are inserted")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(root(page)).to_have_attribute("data-k", "13")
    page.wait_for_url("**k=13*")
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute(
        "aria-valuetext", re.compile(rf"Residual net: {len(CIFAR10_SAMPLES)} of {len(CIFAR10_SAMPLES)} answers")
    )
    page.reload()
    expect(root(page)).to_have_attribute("data-k", "13")


def test_axe_finds_nothing_serious_and_a_phone_shows_all(visit: Visit) -> None:
    page = visit("/depth?k=50", color_scheme="dark", viewport=PHONE, reduced_motion="reduce")
    expect(root(page)).to_have_attribute("data-k", "50")
    assert_accessible(page)
