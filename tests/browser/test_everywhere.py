"""Properties of every page, in both languages, themes and sizes."""

from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, expect

from resnet_edu.bench.server import serve, wait_for_health
from resnet_edu.paths import PROJECT
from resnet_edu.ui.shell.navigation import PAGES

from .accessible import assert_accessible, assert_nothing_is_cut_off
from .conftest import DESKTOP, PHONE, Visit

FOCUS = Path(__file__).with_name("focus.js").read_text(encoding="utf-8")
MOST_STOPS = 400
ENLARGED = {"width": 683, "height": 384}  # a laptop's screen at 200%
HALL = {"width": 1024, "height": 768}
PATHS = [f"/{page.id}" if page.id != "home" else "/" for page in PAGES]
VIEWS = ["/depth?nets=both", *(f"/inference?view={view}" for view in ("attributions", "knockout", "throughput"))]
OWN_CLASSES = "/teach?pictures=own"
IMPOSSIBLE = "/block?block=own&kind=basic&shortcut=identity&stride=2&order=nonsense"
THEMES = {"light": "rgb(251, 250, 246)", "dark": "rgb(17, 21, 27)"}
LANGUAGES = {"en-GB": "en", "zh-CN": "zh-CN"}
# every page in both themes, languages and sizes, covering all pairs of these
COMBINATIONS = [
    (path, list(THEMES)[dark], list(LANGUAGES)[dark ^ (place & 1)], (PHONE, DESKTOP)[dark ^ (place >> 1 & 1)])
    for (place, path), dark in product(enumerate(PATHS), (0, 1))
]


@pytest.mark.parametrize(("path", "theme", "locale", "size"), COMBINATIONS)
def test_nothing_is_cut_off_and_axe_finds_nothing(
    visit: Visit, path: str, theme: str, locale: str, size: dict[str, int]
) -> None:
    """One load serves both phone and projector; axe checks one of them."""
    page = visit(path, viewport=PHONE, color_scheme=theme, locale=locale, reduced_motion="reduce")
    expect(page.locator("html")).to_have_attribute("lang", LANGUAGES[locale])
    expect(page.locator(".stApp")).to_have_css("background-color", THEMES[theme])
    if size == PHONE:
        assert_accessible(page)
    else:
        assert_nothing_is_cut_off(page)
    page.set_viewport_size(DESKTOP)
    expect(page.get_by_test_id("stTopNavLink").first).to_be_visible()
    if size == DESKTOP:
        assert_accessible(page)
    else:
        assert_nothing_is_cut_off(page)


@pytest.mark.parametrize(("path", "theme"), list(zip([*VIEWS, OWN_CLASSES, IMPOSSIBLE], 3 * list(THEMES), strict=True)))
def test_so_are_the_other_views(visit: Visit, path: str, theme: str) -> None:
    page = visit(path, viewport=HALL, color_scheme=theme, reduced_motion="reduce")
    if path == IMPOSSIBLE:
        expect(page.get_by_text("What would make it possible?")).to_be_visible()
        page.get_by_role("button", name="Sections of this page").click()
    assert_accessible(page)


@pytest.mark.parametrize(("path", "screen"), [*product(PATHS, [ENLARGED]), *product(VIEWS, [DESKTOP])])
def test_tab_reaches_every_control_each_has_a_name_and_shows_its_focus_and_figures_speak(
    visit: Visit, path: str, screen: dict[str, int]
) -> None:
    page = visit(path, viewport=screen, reduced_motion="reduce")
    expect(page.get_by_test_id("stMain")).to_have_attribute("aria-label", "The page")
    page.wait_for_load_state("networkidle")
    tree = page.context.new_cdp_session(page)
    page.evaluate(FOCUS)
    nameless, unseen, wrong = [], [], []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        step = page.evaluate("walk.step()")
        wrong += step["wrong"]
        if step["unseen"]:
            unseen.append(step["unseen"])
        if step["around"]:
            break
        if step["needsName"] and not name_of_focus(tree):
            nameless.append(step["at"])
    else:
        pytest.fail(f"Tab does not come round within {MOST_STOPS} stops")
    assert (nameless, unseen, wrong) == ([], [], [])
    assert (page.evaluate("walk.missed()"), page.evaluate("walk.silent()")) == ([], [])


def name_of_focus(tree: CDPSession) -> str:
    """Return the name that the browser gives a screen reader."""
    held = tree.send("Runtime.evaluate", {"expression": "walk.held()"})["result"]["objectId"]
    nodes = tree.send("Accessibility.getPartialAXTree", {"objectId": held, "fetchRelatives": False})["nodes"]
    return str(nodes[0].get("name", {}).get("value", "")).strip()


def test_the_first_visitors_may_come_while_the_server_warms_up(visit: Visit) -> None:
    """Open many pages in the first seconds, when every session and the warm-up import torch and torchvision."""
    link = "/inference?sample=rocket&lang=zh"
    with serve(PROJECT / "app.py") as fresh:
        wait_for_health(fresh)
        pages = [visit.open(path, fresh) for path in (link, *PATHS, link)]
        for page in pages:
            expect(page.locator("footer.lesson")).to_be_visible(timeout=120_000)
            expect(page.get_by_test_id("stException")).to_have_count(0)
        for page in (pages[0], pages[-1]):
            expect(page.get_by_role("heading", level=1)).to_have_text("残差网络看到了什么？")
            expect(page.get_by_text("SpaceX")).to_be_visible()
            expect(page.get_by_role("link", name="首页")).to_be_visible()
        for page in pages:
            page.close()


def test_a_link_to_the_same_page_changes_the_address(visit: Visit) -> None:
    page = visit("/inference?sample=horse")
    page.get_by_role("link", name="A rocket").click()
    page.wait_for_url("**sample=rocket*")
    expect(page.get_by_text("SpaceX")).to_be_visible()
    assert "horse" not in page.url


def test_back_from_a_link_to_another_page_finds_the_setting_that_was_left(visit: Visit) -> None:
    page = visit("/depth?nets=plain&lang=en")
    page.get_by_role("link", name="How large is what each block adds?").click()
    page.wait_for_url("**/inference?*view=maps*")
    expect(page.get_by_role("heading", level=1)).to_have_text("What does a residual network see?")
    page.go_back()
    page.wait_for_url("**/depth?nets=plain&lang=en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Does deeper mean better?")


def test_the_language_switch_changes_page_and_url_and_stays(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("radio", name="中文").or_(page.get_by_role("button", name="中文")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("为什么 152 层的网络还能学习？")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.wait_for_url("**/?lang=zh")
    page.get_by_role("link", name="推理").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("残差网络看到了什么？")
    page.wait_for_url("**/inference?lang=zh*")
