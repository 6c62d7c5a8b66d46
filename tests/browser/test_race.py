"""The race in a browser: it starts, continues by itself, pauses, steps, and its setting is in the URL."""

import re

from playwright.sync_api import Locator, Page, expect

from .conftest import PHONE, Visit

SMALL = "race_depth=4&race_width=8"
LONG = 120_000


def shown(page: Page) -> Locator:
    return page.locator(".st-key-race section")


def step_of(page: Page) -> int:
    return int(shown(page).get_attribute("data-step") or 0)


def button(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-race-{name}").get_by_role("button")


def at_step(page: Page, step: int) -> None:
    expect(shown(page)).to_have_attribute("data-step", str(step), timeout=LONG)


def test_a_race_goes_on_by_itself_until_the_lap_is_over(visit: Visit) -> None:
    page = visit("/depth")
    at_step(page, 0)
    shown(page).evaluate(
        """section => {
            window.steps = [];
            new MutationObserver(() => {
                const step = Number(section.dataset.step);
                if (step !== window.steps.at(-1)) window.steps.push(step);
            }).observe(section, { attributes: true });
        }"""
    )
    button(page, "go").click()
    at_step(page, 400)
    steps = page.evaluate("window.steps")
    assert len(steps) > 5
    assert steps == sorted(steps)
    expect(shown(page)).to_have_attribute("data-does", "rests")
    expect(shown(page).locator(".net.plain .right")).to_have_text("50% right")
    expect(shown(page).locator(".net.residual .right")).to_have_text(re.compile(r"(99|100)% right"))
    expect(shown(page).get_by_role("status")).to_have_text(re.compile("400 steps are over.*Plain net: 50% right"))
    expect(button(page, "go")).to_have_text(re.compile("Go on"))


def test_a_pause_stops_it_and_a_step_is_exactly_one(visit: Visit) -> None:
    page = visit("/depth?race_depth=64&race_width=64")
    button(page, "go").click()
    expect(shown(page)).not_to_have_attribute("data-step", "0", timeout=LONG)
    button(page, "go").click()
    expect(shown(page)).to_have_attribute("data-does", "rests", timeout=LONG)
    paused = step_of(page)
    assert 0 < paused < 400
    button(page, "step").click()
    at_step(page, paused + 1)
    expect(shown(page).get_by_role("status")).to_contain_text(f"Paused after {paused + 1} steps.")
    button(page, "reset").click()
    at_step(page, 0)


def test_maps_losses_and_strips_are_drawn_before_the_start_and_change_with_it(visit: Visit) -> None:
    page = visit(f"/depth?{SMALL}")
    at_step(page, 0)
    panel = shown(page)
    colours = """canvas => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const seen = new Set();
        for (let at = 0; at < data.length; at += 4) seen.add(`${data[at]} ${data[at + 1]} ${data[at + 2]}`);
        return seen.size;
    }"""
    canvas = panel.locator(".net.residual canvas")
    assert canvas.evaluate(colours) > 20
    expect(canvas).to_have_attribute("aria-label", re.compile(r"Residual net: decision boundary \(\d+% right\)\."))
    expect(panel.locator(".strip.plain rect")).to_have_count(4)
    line = panel.locator(".line.residual")
    before = [line.get_attribute("d"), canvas.evaluate("canvas => canvas.toDataURL()")]
    button(page, "go").click()
    at_step(page, 400)
    after = [line.get_attribute("d"), canvas.evaluate("canvas => canvas.toDataURL()")]
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert (after[0] or "").count("L") >= 50


def test_the_address_keeps_the_setting_and_a_reload_shows_it(visit: Visit) -> None:
    page = visit(f"/depth?{SMALL}")
    button(page, "seed").click()
    page.wait_for_url("**race_seed=1*")
    page.locator(".st-key-race_points input").click()
    page.get_by_role("option", name="moons").click()
    page.wait_for_url("**race_points=moons*")
    page.locator(".st-key-race_depth").get_by_role("slider").press("ArrowRight")
    page.wait_for_url("**race_depth=6*")
    expect(shown(page).locator(".strip.plain rect")).to_have_count(6)
    race = shown(page).get_attribute("data-race") or ""
    button(page, "step").click()
    at_step(page, 1)
    page.reload()
    expect(shown(page)).to_have_attribute("data-race", race)
    at_step(page, 0)


def test_digits_are_shown_as_a_confusion_that_is_named(visit: Visit) -> None:
    page = visit("/depth?race_points=digits&race_depth=4")
    canvas = shown(page).locator(".net.plain canvas")
    expect(canvas).to_have_attribute("aria-label", re.compile("confusion of the digits.*Row: the digit"))


def test_the_keyboard_is_enough(visit: Visit) -> None:
    page = visit(f"/depth?{SMALL}")
    at_step(page, 0)
    button(page, "step").focus()
    page.keyboard.press("Enter")
    at_step(page, 1)
    expect(button(page, "step")).to_be_focused()
    page.keyboard.press("Space")
    at_step(page, 2)
    button(page, "go").focus()
    page.keyboard.press("Enter")
    at_step(page, 400)


def test_two_who_race_at_once_do_not_meet(visit: Visit) -> None:
    """Only one race runs at a time; the other waits in the queue, shows that, and starts by itself."""
    first, second = visit(f"/depth?{SMALL}"), visit(f"/depth?{SMALL}&race_seed=5")
    for page in (first, second):
        button(page, "go").click()
    for page in (first, second):
        at_step(page, 400)
    assert shown(first).get_attribute("data-race") != shown(second).get_attribute("data-race")


def test_the_whole_race_is_seen_at_once_on_a_projector(visit: Visit) -> None:
    page = visit("/depth")
    at_step(page, 0)
    top = page.locator(".st-key-race_points").bounding_box()
    bottom = shown(page).bounding_box()
    assert top is not None
    assert bottom is not None
    assert bottom["y"] + bottom["height"] - top["y"] <= 768 - 64


def test_a_phone_shows_it_and_starts_it_by_touch(visit: Visit) -> None:
    page = visit(f"/depth?{SMALL}", viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce")
    at_step(page, 0)
    button(page, "go").tap()
    at_step(page, 400)
    assert shown(page).evaluate("section => section.scrollWidth <= section.clientWidth")
