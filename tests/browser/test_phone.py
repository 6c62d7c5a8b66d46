"""A phone held in one hand: swipes scroll, taps set values, and what was just set is in view."""

import re

import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from resnet_edu.ui.shell.navigation import PAGES as NAVIGATION

from .accessible import assert_nothing_is_cut_off, settled
from .conftest import PHONE, Visit
from .test_everywhere import PATHS

TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
NARROW = 320
STEPS = 4
BEYOND = next(page for page in NAVIGATION if page.id == "beyond")
HIGH, LOW = 160, 760  # range of the thumb's movement
PAGES = [
    *(path for path in PATHS if path not in ("/depth", "/beyond", "/inference")),
    "/depth?nets=both",
    "/inference?sample=horse",  # of which the net is not sure, so that it names others
    f"/beyond?open={','.join(BEYOND.sections)}",
    "/inference?net=cifar10-residual-20&view=knockout",
]
COLUMNS = (100, 195, 300)  # where the thumb starts
INSIDE = """const inside = (root) => [...root.querySelectorAll("*")].flatMap((each) =>
    [each, ...(each.shadowRoot ? inside(each.shadowRoot) : [])]);"""
SETTINGS = f"""() => {{ {INSIDE}
    const all = inside(document.querySelector("[data-testid=stMain]"));
    return [
        location.href,
        ...all.filter((each) => each.matches("input, select, textarea")).map((each) => [each.value, each.checked]),
        ...all.filter((each) => each.matches("[role=radio], [role=tab], [aria-pressed], details"))
            .map((each) => [each.textContent, each.ariaChecked, each.ariaSelected, each.ariaPressed, each.open]),
        ...[...document.querySelectorAll(".js-plotly-plot")].map(({{ _fullLayout: {{ xaxis, yaxis, scene }} }}) =>
            JSON.stringify([xaxis?.range, yaxis?.range, scene?.camera?.eye])),
    ].map(String);
}}"""
SLIDERS = f"""() => {{ {INSIDE}
    const kinds = "input[type=range], [role=slider]:not(canvas), .slider-container";
    window.sliders = inside(document.querySelector("[data-testid=stMain]"))
        .filter((each) => each.matches(kinds) && each.checkVisibility());
    return window.sliders.length;
}}"""
BREAKABLE = """() => {
    const walker = document.createTreeWalker(document.querySelector("[data-testid=stMain]"), NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode())
        if (!walker.currentNode.parentElement.closest("code, style, svg, canvas, .katex"))
            found.push(...(walker.currentNode.data.match(/\\d (ms|GiB|MiB|× \\d)|\\d\\s%/g) ?? []));
    return found;
}"""
AT_REST = """async (element) => {
    const frame = () => new Promise(requestAnimationFrame);
    for (let still = 0, last = NaN; still < 3; still = element.scrollTop === last ? still + 1 : 0) {
        last = element.scrollTop;
        await frame();
    }
    return element.scrollTop;
}"""
COMES_BEFORE_THE_PAGE = """list => list.compareDocumentPosition(document.querySelector("header.lesson"))
    === Node.DOCUMENT_POSITION_FOLLOWING"""
RARE = "[data-testid=stSelectbox], [data-testid=stElementToolbar], [data-testid=stNumberInput], [data-testid=stCode]"
SMALL = f"""() => {{ {INSIDE}
    return inside(document.querySelector("[data-testid=stApp]"))
        .filter((each) => each.matches("button, summary, input[type=range], [data-testid=stPageLink-NavLink]"))
        .filter((each) => each.checkVisibility({{ visibilityProperty: true }}) && !each.closest("{RARE}"))
        .filter((each) => each.getBoundingClientRect().height < 43.5)
        .map((each) => `${{each.getBoundingClientRect().height}} ${{each.outerHTML.slice(0, 120)}}`);
}}"""


def finger(page: Page) -> CDPSession:
    return page.context.new_cdp_session(page)


def swipe(touch: CDPSession, x: float, y: float, by: float) -> None:
    """Swipe like a thumb; a negative distance is upwards and shows what is further down."""
    for step in range(STEPS + 1):
        point = {"x": x, "y": y + by * step / STEPS}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove" if step else "touchStart", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def walk(page: Page, touch: CDPSession, down: bool) -> None:
    """Swipe to the end of the page; each swipe must scroll, whatever it starts on."""
    main = page.get_by_test_id("stMain")
    at = main.evaluate(AT_REST)
    for number in range(200):
        rest = main.evaluate("element => element.scrollHeight - element.clientHeight") - at if down else at
        if rest < 2:
            return
        x, y = COLUMNS[number % len(COLUMNS)], LOW if down else HIGH
        swipe(touch, x, y, HIGH - LOW if down else LOW - HIGH)
        before, at = at, main.evaluate(AT_REST)
        if abs(at - before) < min((LOW - HIGH) / 2, rest - 2):
            under = page.evaluate("([x, y]) => document.elementFromPoint(x, y).outerHTML.slice(0, 200)", [x, y])
            pytest.fail(f"trapped at {before} px on {under}")
    pytest.fail("the page has no end")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.partition(",")[0])
def test_swipes_from_top_to_bottom_and_back_move_the_page_and_nothing_else(visit: Visit, path: str) -> None:
    page = visit(path, **TOUCH)
    settled(page)
    touch = finger(page)
    main = page.get_by_test_id("stMain")
    walk(page, touch, down=True)  # draws everything that is drawn only when first seen
    settled(page)
    if rows := page.locator(".st-key-shots ul").all():
        assert rows[0].get_attribute("data-more") == " right", "a row is cut without a hint"
    for grids in page.locator(".st-key-arithmetic .grids").all():
        assert grids.evaluate("element => element.scrollWidth - element.clientWidth") == 0, "numbers are cut"
    before = page.evaluate(SETTINGS)
    walk(page, touch, down=False)
    for index in range(page.evaluate(SLIDERS)):
        box = page.evaluate(
            "index => { const it = window.sliders[index]; it.scrollIntoView({ block: 'center' });"
            " const { x, y, width, height } = it.getBoundingClientRect(); return { x, y, width, height }; }",
            index,
        )
        swipe(touch, box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2, -200)
    main.evaluate("element => element.scrollTo(0, 0)")
    settled(page)
    assert page.evaluate(SETTINGS) == before
    assert page.evaluate(BREAKABLE) == []
    assert page.evaluate(SMALL) == []
    page.set_viewport_size({"width": NARROW, "height": PHONE["height"]})
    assert_nothing_is_cut_off(page)


def test_the_page_list_closes_by_its_cross_and_by_escape_and_changes_no_language(visit: Visit) -> None:
    page = visit("/parameters", **TOUCH)
    opener = page.get_by_test_id("stExpandSidebarButton")
    cross = page.get_by_test_id("stSidebarCollapseButton").get_by_role("button")
    is_open = page.locator("[data-testid=stSidebar][data-collapsed=false]")
    opener.tap()
    cross.tap()  # waits until nothing lies over it
    expect(is_open).to_have_count(0)
    opener.tap()
    expect(is_open).to_be_attached()  # before that Escape has nothing to close
    page.keyboard.press("Escape")
    expect(is_open).to_have_count(0)
    expect(opener).to_be_focused()
    expect(cross).not_to_be_in_viewport()
    expect(page.locator("html")).to_have_attribute("lang", "en")

    table = page.get_by_test_id("stDataFrame").first
    touch = finger(page)
    settled(page)
    table.scroll_into_view_if_needed()
    scroller = table.locator(".dvn-scroller")
    expect(scroller).to_have_css("overflow-y", "hidden")
    table.tap(position={"x": 60, "y": 120})  # waits until it lies still and nothing lies over it
    expect(scroller).not_to_have_css("overflow-y", "hidden")
    box = table.bounding_box()
    assert box
    swipe(touch, box["x"] + 60, box["y"] + 200, -100)
    assert scroller.evaluate(AT_REST) > 50
    toolbar = table.get_by_test_id("stElementToolbar").bounding_box()
    above = page.get_by_role("radiogroup", name="Pictures").bounding_box()
    assert toolbar
    assert above
    assert above["y"] + above["height"] <= toolbar["y"]

    opener.tap()
    expect(is_open).to_be_attached()
    page.reload()
    expect(opener).to_be_visible()
    settled(page)
    expect(is_open).to_have_count(0)


def in_view(*parts: Locator) -> None:
    for part in parts:
        expect(part).to_be_in_viewport(ratio=0.9)


def test_an_answer_and_an_effect_are_seen_where_they_are_caused(visit: Visit) -> None:
    page = visit("/inference?net=cifar10-residual-20&view=knockout&sample=dog", **TOUCH)
    settled(page)
    answer = page.locator(".st-key-bars li").first
    page.get_by_role("radio", name=re.compile("cat", re.I)).tap()
    page.wait_for_url("**sample=cat*")
    settled(page)
    assert page.get_by_test_id("stMain").evaluate("element => element.scrollTop") == 0
    expect(answer).to_contain_text("cat")
    in_view(answer)

    switch = page.locator(".st-key-switches").get_by_role("button").first
    switch.evaluate("element => element.getRootNode().host.scrollIntoView({ block: 'start' })")
    switch.tap()
    page.wait_for_url("**off=*")
    settled(page)
    in_view(switch, page.locator("[class*=st-key-without] li").first)


def test_sections_are_at_hand_can_be_linked_and_the_next_page_is_at_the_end(visit: Visit) -> None:
    page = visit("/depth?nets=both#race", **TOUCH)
    race = page.get_by_role("heading", name="A race")
    settled(page)
    in_view(race)

    below = page.get_by_test_id("stMain").evaluate("element => element.getBoundingClientRect().bottom")
    for button in (page.get_by_role("button", name="Sections of this page"), page.locator(".st-key-hall .alone")):
        place = button.bounding_box()
        assert place
        assert place["y"] >= below, "it covers the page"
    assert page.locator(".st-key-sections").evaluate(COMES_BEFORE_THE_PAGE)
    page.get_by_role("button", name="Sections of this page").tap()
    sections = page.get_by_role("navigation", name="Sections of this page")
    shown = page.locator("main h2:visible").evaluate_all("all => all.map(({ textContent }) => textContent.trim())")
    assert sections.get_by_role("link").all_inner_texts() == ["Top of the page", *shown]
    sections.get_by_role("link", name="The identity experiment").tap()
    page.wait_for_url("**/depth?nets=both#identity")
    heading = page.get_by_role("heading", name="The identity experiment")
    in_view(heading)
    box, header = heading.bounding_box(), page.get_by_test_id("stHeader").bounding_box()
    assert box
    assert header
    assert header["y"] + header["height"] <= box["y"] < PHONE["height"] / 2
    page.get_by_role("button", name="Sections of this page").tap()
    sections.get_by_role("link", name="Top of the page").tap()
    in_view(page.locator("h1:visible"))
    question = page.locator("h1:visible").inner_text()

    name = page.locator(".st-key-training tbody th").first
    name.scroll_into_view_if_needed()
    in_view(name)
    seeds = page.locator(".wide:has(table.numbers)").first
    seeds.evaluate("element => element.scrollTo(300, 0)")
    first = seeds.locator("tbody th").first.bounding_box()
    assert first
    assert first["x"] >= 0
    assert first["width"] < PHONE["width"] / 2

    page.locator(".st-key-next").get_by_role("link", name="Next page: Gradients").tap()
    page.wait_for_url("**/gradients?*")
    expect(page.locator("h1:visible")).not_to_have_text(question)
    expect(page.locator(".st-key-section-gradients")).to_be_in_viewport()


def test_the_ratio_of_the_gradients_is_in_view(visit: Visit) -> None:
    page = visit("/gradients", **TOUCH)
    ratio = page.locator(".st-key-gradients .ratio span").first
    expect(ratio).to_have_text("first ÷ last")
    in_view(ratio)
