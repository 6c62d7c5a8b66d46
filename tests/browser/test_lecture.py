"""Lecture mode: keys lead from stop to stop whatever was used before, and settings stay."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from resnet_edu.lecture.plan import load_plan

from .accessible import assert_accessible
from .conftest import DESKTOP, Visit

PLAN = load_plan()
SHORT = load_plan("45")
SCREENS = ({"width": 1024, "height": 768}, {"width": 1366, "height": 768}, {"width": 1920, "height": 1080})
FIGURES = {
    "suspect": ".st-key-training section",
    "identity": ".st-key-identity section",
    "paper": ".st-key-gradients section",
    "same-cost": ".st-key-bottleneck section",
}
OPTIONAL = {
    "reversal": (".st-key-reversal section",),
    "detection": (".st-key-detection-levels svg", "table.levels"),
    "context": (".st-key-context-radius", ".st-key-context-parts section"),
    "probes": (".st-key-probes g.legend",),
}
"""What the optional stops ask about."""
LARGER = 1.14
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"
TYPE = "element => parseFloat(getComputedStyle(element).fontSize) * (element.currentCSSZoom ?? 1)"


def link_to(stop_id: str, **also: str) -> str:
    stop = next(each for each in load_plan(also.get("plan", PLAN.name)).stops if each.id == stop_id)
    query = {**stop.setting, "lecture": "1", "stop": stop_id, **also}
    return f"/{'' if stop.page == 'home' else stop.page}?{urlencode(query)}"


def at(page: Page, stop_id: str, *, seen: bool = False) -> None:
    """Check that the lecture is at the stop, that only its section is shown, and that its page has run."""
    stop = next(each for each in PLAN.stops if each.id == stop_id)
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("stop") == [stop_id] and ("seen=" in url) is seen)
    expect(bar(page).get_by_role("heading", level=1)).to_have_text(stop.title)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator(f".st-key-section-{stop.section}")).to_be_visible(visible=seen or not stop.covered)


def bar(page: Page):
    return page.locator(".st-key-lecture section")


def test_the_keys_of_a_remote_lead_through_the_short_plan_from_first_to_last(visit: Visit) -> None:
    page = visit(link_to("opening", plan="45"))
    page.evaluate("window.sameDocument = true")
    keys = ("PageDown", "ArrowRight", "Space")
    for number, (stop, seen) in enumerate(SHORT.steps):
        at(page, stop.id, seen=seen)
        page.keyboard.press(keys[number % 3])
    stop, seen = SHORT.steps[-1]
    at(page, stop.id, seen=seen)  # the last key had no effect
    page.keyboard.press("PageUp")
    at(page, SHORT.stops[-2].id, seen=SHORT.stops[-2].covered)
    assert page.evaluate("window.sameDocument")


def test_the_keys_work_after_a_slider_and_a_menu_were_used(visit: Visit) -> None:
    page = visit(link_to("identity"))
    at(page, "identity")
    page.get_by_role("slider").first.click()
    page.keyboard.press("ArrowRight")
    at(page, "shapes")
    page.goto(page.url.split("?")[0].rsplit("/", 1)[0] + link_to("picture"))
    at(page, "picture")
    page.get_by_role("combobox").first.click()
    page.get_by_role("option").first.click()
    page.keyboard.press("PageDown")
    at(page, "way")


def test_a_control_that_was_reached_by_tab_keeps_its_arrows(visit: Visit) -> None:
    page = visit(link_to("identity"))
    at(page, "identity")
    slider = page.get_by_role("slider").first
    for _ in range(40):
        page.keyboard.press("Tab")
        if slider.evaluate("element => element.getRootNode().activeElement === element"):
            break
    expect(slider).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".st-key-identity section")).to_have_attribute("data-k", "1")
    page.keyboard.press("PageDown")
    at(page, "shapes")


def test_what_was_set_at_a_stop_is_found_again(visit: Visit) -> None:
    page = visit(link_to("epochs"))
    at(page, "epochs")
    page.get_by_role("slider").first.fill("7")
    page.wait_for_url("**epoch=7*")
    page.keyboard.press("PageDown")
    at(page, "suspect")
    page.keyboard.press("PageUp")
    at(page, "epochs")
    assert "epoch=7" in page.url


def test_outside_a_lecture_a_page_is_found_as_it_was_left(visit: Visit) -> None:
    page = visit("/gradients?preset=paper&depth=20")
    expect(page.locator("footer.lesson")).to_be_attached()
    scroller = page.get_by_test_id("stMain")
    scroller.hover()
    page.mouse.wheel(0, 700)
    page.wait_for_function(f"() => {SCROLLED} > 600")
    where = page.evaluate(SCROLLED)
    page.get_by_role("link", name="Block", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What is a residual block?")
    page.get_by_role("link", name="Gradients", exact=True).click()
    page.wait_for_url("**/gradients?*preset=paper*")
    page.wait_for_function(f"() => Math.abs({SCROLLED} - {where}) < 2")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("What is a residual block?")
    page.go_forward()
    page.wait_for_url("**/gradients?*preset=paper*")
    page.wait_for_function(f"() => Math.abs({SCROLLED} - {where}) < 2")


def test_digits_the_list_and_the_black_screen(visit: Visit) -> None:
    page = visit(link_to("opening"))
    at(page, "opening")
    for key in ("1", "4", "Enter"):
        page.keyboard.press(key)
    at(page, PLAN.stops[13].id)
    page.keyboard.press("o")
    stops = page.get_by_role("dialog").get_by_role("listitem")
    expect(stops).to_have_count(len(PLAN.stops))
    stops.get_by_role("button", name=PLAN.stops[1].title).click()
    at(page, "deeper")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("b")
    expect(page.locator("dialog.blank")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.blank")).to_be_hidden()
    at(page, "deeper")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stHeader")).to_be_visible()
    assert "stop=" not in page.url


def test_escape_closes_an_open_list_first(visit: Visit) -> None:
    page = visit(link_to("picture"))
    at(page, "picture")
    page.get_by_role("combobox").first.click()
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    at(page, "picture")


def test_the_clock_can_be_hidden_and_the_answer_shown(visit: Visit) -> None:
    page = visit(link_to("more-layers"))
    at(page, "more-layers")
    expect(bar(page).locator(".place")).to_have_text(f"6 of {len(PLAN.stops)} · 0 of 90 min")
    page.keyboard.press("c")
    expect(bar(page).locator(".place")).to_have_text("·")
    page.keyboard.press("c")
    page.keyboard.press("r")
    at(page, "more-layers", seen=True)
    expect(page.locator(".question .right")).to_contain_text("A copy of what they are given")


def test_the_speakers_window_follows_and_leads(visit: Visit) -> None:
    page = visit(link_to("deeper"))
    at(page, "deeper")
    notes = page.context.new_page()
    notes.goto(page.url.split("?")[0] + "?notes=1&lang=en")
    expect(notes.get_by_role("heading", level=1)).to_have_text("Does deeper mean better?")
    expect(notes.get_by_text(PLAN.stops[1].note)).to_be_visible()
    expect(notes.locator("li.right")).to_have_text("The one with 20 layers ✓")
    expect(notes.locator(".following")).to_have_text("The deeper net is worse")
    page.keyboard.press("PageDown")
    expect(notes.get_by_text(PLAN.stops[2].note)).to_be_visible()
    notes.keyboard.press("PageUp")
    at(page, "deeper")
    assert PLAN.stops[1].note not in page.locator("body").inner_text()
    assert_accessible(notes)
    notes.close()


def test_the_switch_and_escape_and_the_cross(visit: Visit) -> None:
    page = visit("/depth?nets=both")
    plain = page.locator("footer.lesson").evaluate(TYPE)
    for leave in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.get_by_role("button", name="End lecture mode").click(),
    ):
        page.get_by_role("button", name="Lecture", exact=True).click()
        expect(page.get_by_test_id("stHeader")).to_be_hidden()
        page.wait_for_url("**lecture=1*")
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        assert page.locator("footer.lesson").evaluate(TYPE) >= LARGER * plain
        page.evaluate("document.fullscreenElement && document.exitFullscreen()")
        leave()
        expect(page.get_by_test_id("stHeader")).to_be_visible()
        assert "nets=both" in page.url


def test_a_link_leads_to_the_figure_that_it_changes(visit: Visit) -> None:
    page = visit("/parameters")
    page.get_by_role("link", name="1,202 layers have fewer parameters").click()
    page.wait_for_url("**show=fit*")
    section = page.locator(".st-key-section-fit")
    expect(section).to_have_attribute("data-flash", "")
    expect(section.locator("h2")).to_be_in_viewport()
    expect(section).not_to_have_attribute("data-flash", "")


def test_a_chapters_card_leads_to_its_first_stop_and_the_page_leads_on(visit: Visit) -> None:
    page = visit("/?lang=zh")
    page.locator(".st-key-card-4").click()
    page.wait_for_url("**/gradients?*stop=textbook*")
    assert "lang=zh" in page.url
    following = page.locator(".st-key-next a")
    expect(following).to_contain_text("论文里的网络")
    following.click()
    page.wait_for_url("**/gradients?*stop=paper*")


def test_a_worksheets_link_shows_its_stop_alone_and_what_answers_its_question_after_the_answer(visit: Visit) -> None:
    stop = next(each for each in PLAN.stops if each.id == "where")
    page = visit(f"/{stop.page}?{urlencode({**stop.setting, 'stop': stop.id, 'worksheet': 'True'})}")
    expect(page.get_by_role("heading", level=1)).to_have_text(stop.title)
    section = page.locator(f".st-key-section-{stop.section}")
    card = page.locator(".st-key-asked section")
    card.locator(".answer").first.wait_for()
    expect(section).to_be_hidden()
    card.locator(".answer").first.click()
    expect(section).to_be_visible()
    expect(card.locator(".told").nth(1)).to_have_text(stop.seen)
    expect(page.locator(".st-key-section-bottleneck")).to_be_hidden()
    page.get_by_role("button", name="Show the whole page").click()
    expect(page.locator(".st-key-section-bottleneck")).to_be_visible()
    expect(card).to_have_count(0)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda size: str(size["width"]))
def test_the_figure_fills_the_screen_whole(visit: Visit, screen: dict[str, int]) -> None:
    shares = {}
    for stop_id, selector in FIGURES.items():
        stop = next(each for each in PLAN.stops if each.id == stop_id)
        page = visit(link_to(stop_id, **({"seen": "True"} if stop.covered else {})), viewport=screen)
        at(page, stop_id, seen=stop.covered)
        figure = page.locator(selector).first
        expect(figure).to_be_in_viewport(ratio=0.99)
        box = figure.bounding_box()
        assert box
        shares[stop_id] = (box["width"] / screen["width"], (box["y"] + box["height"]) / screen["height"])
    assert all(wide >= 0.94 and 0.6 <= low <= 1.01 for wide, low in shares.values()), shares


@pytest.mark.parametrize("stop_id", ["tokens", "stream"])
def test_a_figure_takes_the_room_that_is_free(visit: Visit, stop_id: str) -> None:
    page = visit(link_to(stop_id, plan="120", seen="True"), viewport=DESKTOP)
    name = {"tokens": "tokens", "stream": "residual-stream"}[stop_id]
    page.locator(f".st-key-{name} .curves").wait_for(timeout=60_000)
    page.wait_for_function(
        """name => { const { bottom } = document.querySelector(`.st-key-${name}`).getBoundingClientRect();
                     return innerHeight - 20 < bottom && bottom <= innerHeight + 1; }""",
        arg=name,
    )


@pytest.mark.parametrize("stop_id", OPTIONAL)
def test_an_optional_stop_shows_what_it_asks_about_on_one_screen(visit: Visit, stop_id: str) -> None:
    page = visit(link_to(stop_id, plan="120"), viewport=DESKTOP)
    for selector in OPTIONAL[stop_id]:
        expect(page.locator(selector).first).to_be_attached(timeout=60_000)
        expect(page.locator(selector).first).to_be_hidden()
    page.keyboard.press("r")
    for selector in OPTIONAL[stop_id]:
        expect(page.locator(selector).first).to_be_in_viewport(ratio=0.99, timeout=60_000)
    for plot in page.locator(".js-plotly-plot:visible:has(g.legend)").all():
        legend, grid = (plot.locator(each).bounding_box() for each in ("g.legend", ".gridlayer"))
        assert legend
        assert grid
        assert legend["y"] + legend["height"] <= grid["y"] + 2, "drawn while covered, it has room above the curves"


def test_the_pointer_finds_the_layer_in_the_enlarged_figure(visit: Visit) -> None:
    page = visit("/gradients?lecture=1&preset=paper&depth=110", viewport=DESKTOP)
    curves = page.locator(".st-key-gradients .curves")
    expect(curves).to_have_attribute("data-layers", "109")
    tick = curves.locator(".tick", has_text="100")
    box, at_tick = curves.bounding_box(), tick.bounding_box()
    assert box
    assert at_tick
    page.mouse.move(at_tick["x"] + at_tick["width"] / 2, box["y"] + 40)
    expect(page.locator(".st-key-gradients .layer")).to_contain_text("Layer 100 ·")


@pytest.mark.parametrize("stop_id", ["deeper", "identity", "bottleneck"])
def test_axe_finds_nothing_serious_at_a_stop(visit: Visit, stop_id: str) -> None:
    page = visit(link_to(stop_id), viewport=SCREENS[0], reduced_motion="reduce")
    at(page, stop_id)
    assert_accessible(page)
    page.keyboard.press("o")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
