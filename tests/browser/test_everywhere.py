"""What holds on every page, in both languages, both themes and both sizes."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Page, expect

from resnet_edu.bench.server import serve, wait_for_health
from resnet_edu.paths import PROJECT
from resnet_edu.ui.shell.navigation import PAGES

from .conftest import DESKTOP, PHONE, Visit

HERE = Path(__file__).parent
CUT_OFF = HERE.joinpath("cut_off.js").read_text(encoding="utf-8")
FOCUS = HERE.joinpath("focus.js").read_text(encoding="utf-8")
NEXT_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
MOST_STOPS = 400
HALL = {"width": 1024, "height": 768}
PATHS = [f"/{page.id}" if page.id != "home" else "/" for page in PAGES]
VIEWS = ["/depth?vote=show", *(f"/inference?view={view}" for view in ("attributions", "knockout", "throughput"))]
EVERYWHERE = [(path, theme, locale) for path in PATHS for theme in ("light", "dark") for locale in ("en-GB", "zh-CN")]


@pytest.mark.parametrize(("path", "theme", "locale"), EVERYWHERE)
def test_nothing_is_cut_off_and_axe_finds_nothing_serious(visit: Visit, path: str, theme: str, locale: str) -> None:
    """On a phone, then on a projector: one load for both."""
    page = visit(path, viewport=PHONE, color_scheme=theme, locale=locale, reduced_motion="reduce")
    expect(page.locator("html")).to_have_attribute("lang", {"en-GB": "en", "zh-CN": "zh-CN"}[locale])
    assert_accessible(page)
    page.set_viewport_size(DESKTOP)
    expect(page.get_by_test_id("stTopNavLink").first).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("path", [*VIEWS, *(f"{path}?lecture=1" for path in PATHS)])
def test_so_are_the_other_views_and_lecture_mode(visit: Visit, path: str) -> None:
    assert_accessible(visit(path, viewport=HALL, reduced_motion="reduce"))


def assert_accessible(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.evaluate(NEXT_FRAMES)
    hidden = page.get_by_test_id("stMain").evaluate("element => element.scrollWidth - element.clientWidth")
    violations = Axe().run(page).response["violations"]
    serious = [
        (found["id"], [node["html"][:160] for node in found["nodes"]][:4])
        for found in violations
        if found["impact"] in ("serious", "critical")
    ]
    assert (hidden, page.evaluate(CUT_OFF), serious) == (0, [], [])


@pytest.mark.parametrize("path", [*PATHS, *VIEWS])
def test_tab_reaches_every_control_each_has_a_name_and_shows_its_focus_and_figures_speak(
    visit: Visit, path: str
) -> None:
    page = visit(path, reduced_motion="reduce")
    expect(page.get_by_test_id("stMain")).to_have_attribute("aria-label", "The page")
    page.wait_for_load_state("networkidle")
    tree = page.context.new_cdp_session(page)
    page.evaluate(FOCUS)
    nameless, unseen = [], []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        step = page.evaluate("walk.step()")
        if step["unseen"]:
            unseen.append(step["unseen"])
        if step["around"]:
            break
        if step["needsName"] and not name_of_focus(tree):
            nameless.append(step["at"])
    else:
        pytest.fail(f"Tab does not come round within {MOST_STOPS} stops")
    assert (nameless, unseen, page.evaluate("walk.missed()"), page.evaluate("walk.silent()")) == ([], [], [], [])


def name_of_focus(tree: CDPSession) -> str:
    """As the browser tells it to a screen reader."""
    held = tree.send("Runtime.evaluate", {"expression": "walk.held()"})["result"]["objectId"]
    nodes = tree.send("Accessibility.getPartialAXTree", {"objectId": held, "fetchRelatives": False})["nodes"]
    return str(nodes[0].get("name", {}).get("value", "")).strip()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_browsers_theme_is_followed(visit: Visit, theme: str) -> None:
    page = visit("/", color_scheme=theme)
    background = page.locator(".stApp").evaluate("element => getComputedStyle(element).backgroundColor")
    assert background == {"light": "rgb(251, 250, 246)", "dark": "rgb(17, 21, 27)"}[theme]


@pytest.mark.parametrize("path", PATHS)
def test_no_request_leaves_the_servers_origin(visit: Visit, address: str, path: str) -> None:
    page = visit("/")
    requests: list[str] = []
    page.context.on("request", lambda request: requests.append(request.url))
    page.on("websocket", lambda socket: requests.append(socket.url.replace("ws:", "http:", 1)))
    page.goto(address + path)
    page.locator("footer.lesson").wait_for()
    page.wait_for_load_state("networkidle")
    assert any("_stcore/stream" in url for url in requests)
    assert [url for url in requests if not url.startswith((address, "data:", "blob:"))] == []


def test_a_deep_link_is_right_for_the_first_visitor_after_a_start(chromium: Browser) -> None:
    with serve(PROJECT / "app.py") as fresh:
        wait_for_health(fresh)
        page = chromium.new_page(viewport=DESKTOP)
        page.goto(f"{fresh}/inference?sample=rocket&lang=zh")
        expect(page.get_by_role("heading", level=1)).to_have_text("残差网络看到了什么？")
        expect(page.get_by_text("SpaceX")).to_be_visible()
        expect(page.get_by_role("link", name="首页")).to_be_visible()
        page.close()


@pytest.mark.parametrize("lesson", [lesson.id for lesson in PAGES if lesson.id != "home"])
def test_the_first_visitor_may_come_while_the_server_warms_up(chromium: Browser, lesson: str) -> None:
    """Several come at once, in the first seconds: every session and the warm-up want torch and torchvision."""
    with serve(PROJECT / "app.py") as fresh:
        wait_for_health(fresh)
        pages = [chromium.new_page(viewport=DESKTOP) for _ in range(3)]
        for page in pages:
            page.goto(f"{fresh}/{lesson}")
        for page in pages:
            expect(page.locator("footer.lesson")).to_be_visible(timeout=60_000)
            expect(page.get_by_test_id("stException")).to_have_count(0)
            page.close()


def test_a_link_to_the_same_page_changes_the_address(visit: Visit) -> None:
    page = visit("/inference?sample=horse")
    page.get_by_role("link", name="A rocket").click()
    page.wait_for_url("**sample=rocket*")
    expect(page.get_by_text("SpaceX")).to_be_visible()
    assert "horse" not in page.url


def test_the_language_switch_changes_page_and_url_and_stays(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("radio", name="中文").or_(page.get_by_role("button", name="中文")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("为什么 152 层的网络还能学习？")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.wait_for_url("**/?lang=zh")
    page.get_by_role("link", name="推理").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("残差网络看到了什么？")
    page.wait_for_url("**/inference?lang=zh*")
