"""The app with a cluster: two processes behind nginx, and browsers in front of them."""

import asyncio
import re

from playwright.sync_api import Browser, Page, expect

from deploy.cluster.app import Processes
from deploy.cluster.ray_cluster import Cluster
from deploy.load.tally import Tally
from deploy.load.viewer import LECTURE, OWN_PICTURE, Viewer

WAIT = 90_000
VIEWERS = 4
COUNT_RUNS = """app => {
    app.dataset.runs = 0;
    new MutationObserver(() => {
        if (app.dataset.testScriptState === "notRunning") app.dataset.runs = Number(app.dataset.runs) + 1;
    }).observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
}"""


def visit(chromium: Browser, address: str, path: str, process: int = 0) -> Page:
    """Open a path in a session of its own, at the process with this number."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="en-GB")
    context.add_cookies([{"name": "resnet_edu_process", "value": f"{process + 1}", "url": address}])
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(address + path)
    page.locator("footer.lesson").wait_for()
    return page


def answer(page: Page) -> str:
    """Return the picture and net of the answer on the page."""
    bars = page.locator(".st-key-bars ol[data-key]")
    expect(bars).to_have_count(1, timeout=WAIT)
    return bars.get_attribute("data-key") or ""


def test_viewers_are_answered_through_both_processes(opened: Processes) -> None:
    tally = Tally()

    async def attend() -> None:
        viewers = [Viewer(opened.address, tally, seed) for seed in range(VIEWERS)]
        for viewer in viewers:
            await viewer.steps(Viewer.open_link, *LECTURE, *OWN_PICTURE)
        for viewer in viewers:
            await viewer.leave()

    asyncio.run(attend())
    assert tally.errors == []
    counts = {kind: len(found) for kind, found in tally.seconds.items()}
    assert counts == {"open": 3 * VIEWERS, "change": 3 * VIEWERS, "upload": VIEWERS}


def test_predictions_maps_and_attributions_come_from_the_cluster(chromium: Browser, opened: Processes) -> None:
    page = visit(chromium, opened.address, "/inference?net=cifar10-residual-20&sample=horse&view=maps&layer=layer2.0")
    answer(page)
    expect(page.get_by_text("Ray Serve").first).to_be_visible(timeout=WAIT)
    expect(page.locator(".st-key-feature_maps section")).to_have_attribute("data-painted", re.compile("layer2.0"))
    page.goto(opened.address + "/inference?net=cifar10-residual-20&sample=horse&view=attributions&check=False")
    expect(page.locator(".st-key-attributions section")).to_have_attribute("data-maps", "4", timeout=WAIT)
    page.context.close()


def test_a_rolling_restart_of_the_app_keeps_every_session_at_its_setting(chromium: Browser, opened: Processes) -> None:
    pages = [visit(chromium, opened.address, "/gradients?preset=sigmoid&depth=80", process) for process in (0, 1)]
    for process, page in enumerate(pages):
        app = page.get_by_test_id("stApp")
        app.evaluate(COUNT_RUNS)
        opened.restart(process)
        expect(app).not_to_have_attribute("data-runs", "0", timeout=WAIT)  # a run has ended in the new process
    for page in pages:
        page.locator(".st-key-gradients").get_by_role("slider").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_url("**depth=86*")
        assert "preset=sigmoid" in page.url
        expect(page.get_by_test_id("stException")).to_have_count(0)
        page.context.close()


def test_the_app_outlives_its_cluster_says_so_and_recovers(
    chromium: Browser, opened: Processes, cluster: Cluster
) -> None:
    page = visit(chromium, opened.address, "/inference?sample=horse", 1)
    known = answer(page)
    cluster.kill()
    try:
        page.goto(opened.address + "/inference?sample=coffee")
        expect(page.get_by_text("can't be reached now").first).to_be_visible(timeout=WAIT)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        page.goto(opened.address + "/inference?sample=horse")
        assert answer(page) == known
        page.goto(opened.address + "/gradients?depth=80")  # recorded figures need no cluster
        expect(page.locator(".st-key-gradients .curves")).to_have_attribute("data-position", "80", timeout=WAIT)
        page.goto(opened.address + "/inference?sample=coffee&lang=zh")
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        expect(page.locator(".st-key-bars ol[data-key]")).to_have_count(0)
    finally:
        cluster.start()
    assert answer(page) != known  # without anyone doing anything
    page.context.close()
