"""Measurements that need a browser: first content, page changes, upload to answer. Needs requirements-dev.txt."""

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from resnet_edu.bench.chromium import browser
from resnet_edu.bench.figure import Figure, medians
from resnet_edu.bench.server import serve, wait_for_health
from resnet_edu.paths import PROJECT
from resnet_edu.ui.shell.navigation import PAGES, Lesson
from resnet_edu.vision.samples import DEFAULT_SAMPLE, SAMPLES

STARTS = 3
REPEATS = 10
BARE_APP = "import streamlit as st\nst.title('Why do we care?')\n"
DRAG = Path(__file__).with_name("drag.js")
SLIDE = Path(__file__).with_name("slide.js")
DRAG_BOTTLENECK = Path(__file__).with_name("drag_bottleneck.js")
WATCH_RACE = """section => {
    let step = section.dataset.step;
    window.raceTimes = [];
    new MutationObserver(() => {
        if (section.dataset.step !== step) window.raceTimes.push(performance.now());
        step = section.dataset.step;
    }).observe(section, { attributes: true });
}"""
WAIT = 60_000
FIRST_FIGURE = {
    "home": ".st-key-block_in_motion svg",
    "depth": ".st-key-training svg",
    "gradients": ".st-key-gradients .curves[data-position]",
    "block": ".st-key-block_diagram svg",
    "parameters": ".st-key-bottleneck svg",
    "inference": ".st-key-bars ol[data-key] li",
    "teach": ".st-key-confusion table",
    "beyond": ".st-key-tokens .curves",
}
"""By page, what to wait for."""


def start() -> Figure:
    """Measure from ``streamlit run`` to the first heading on screen, compared with a one-line app."""
    with browser() as chromium, tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE_APP, encoding="utf-8")
        ours_time, bare_time = medians(
            lambda: _time_to_heading(chromium, PROJECT / "app.py"),
            lambda: _time_to_heading(chromium, bare),
            repeats=STARTS,
        )
    return Figure(
        "start to the home page's first content", ours_time, bare_time, 1.5 * bare_time, "1.5 x bare streamlit"
    )


def warm_pages() -> list[Figure]:
    """On a warm server: turning to each page's first figure, and from the choice of a file to its painted answer."""
    with browser() as chromium, serve(PROJECT / "app.py") as address:
        wait_for_health(address)
        page = chromium.new_context().new_page()
        page.goto(f"{address}/inference")
        expect(_bars(page)).to_have_count(1, timeout=WAIT)

        for each in PAGES:
            _turn_to(page, each)  # warm the server up
        turns = medians(*(partial(_turn_to, page, each) for each in PAGES), repeats=REPEATS)
        page.goto(f"{address}/inference?source=upload")
        samples = [sample.path for sample in SAMPLES if sample.id != DEFAULT_SAMPLE]  # already shown
        _upload(page, samples[0])
        uploads = iter(samples[1:])
        upload = medians(lambda: _upload(page, next(uploads)), repeats=len(samples) - 1)[0]
    turned = [
        Figure(f"turning to {each.id}, warm", seconds, None, 0.3, "0.3 s")
        for each, seconds in zip(PAGES, turns, strict=True)
    ]
    return [*turned, Figure("upload to painted top 5, warm", upload, None, 1.0, "1 s")]


def drag(page: Page) -> list[dict[str, Any]]:
    """Drag the gradients page's slider over its whole range and back; return one row per step."""
    steps: list[dict[str, Any]] = page.evaluate(DRAG.read_text(encoding="utf-8"))
    return steps


def drag_bottleneck(page: Page) -> list[dict[str, Any]]:
    """Do the same with the parameters page's slider of channels."""
    steps: list[dict[str, Any]] = page.evaluate(DRAG_BOTTLENECK.read_text(encoding="utf-8"))
    return steps


def dragging() -> list[Figure]:
    """Measure from a movement of the hand to the new layout, over the whole range and back."""
    with browser() as chromium, serve(PROJECT / "app.py") as address:
        wait_for_health(address)
        page = chromium.new_page()
        page.goto(f"{address}/gradients")
        page.locator(".curves[data-position]").first.wait_for(timeout=WAIT)
        depth = _steps("dragging the depth", page, drag)
        page.goto(f"{address}/parameters")
        page.locator("section[data-channels]").wait_for(timeout=WAIT)
        channels = _steps("dragging the channels", page, drag_bottleneck)
        page.goto(f"{address}/block")
        page.locator(".st-key-turned_down section[data-share]").wait_for(timeout=WAIT)
        return [*depth, *channels, *_steps("turning a residual down", page, turn_down)]


def turn_down(page: Page) -> list[dict[str, Any]]:
    """Drag the block page's slider for F over its whole range and back; return one row per step."""
    milliseconds: list[float] = page.evaluate(SLIDE.read_text(encoding="utf-8"), "#share")
    return [{"milliseconds": each} for each in milliseconds]


def _steps(name: str, page: Page, drag_over: Callable[[Page], list[dict[str, Any]]]) -> list[Figure]:
    drag_over(page)  # warm up
    seconds = sorted(step["milliseconds"] / 1000 for step in drag_over(page))
    median, late = (seconds[int(len(seconds) * share)] for share in (0.5, 0.95))
    return [
        Figure(f"one step of {name}, median", median, None, 0.008, "8 ms"),
        Figure(f"one step of {name}, 95th percentile", late, None, 0.016, "16 ms"),
    ]


def racing() -> Figure:
    """Measure from one picture of a 64-layer race to the next in the browser, over a whole lap."""
    with browser() as chromium, serve(PROJECT / "app.py") as address:
        wait_for_health(address)
        page = chromium.new_page()
        page.goto(f"{address}/depth?race_depth=64")
        panel = page.locator(".st-key-race section[data-step='0']")
        panel.wait_for(timeout=WAIT)
        panel.evaluate(WATCH_RACE)
        page.locator(".st-key-race-go button").click()
        page.locator(".st-key-race section[data-step='400']").wait_for(timeout=WAIT)
        times: list[float] = page.evaluate("window.raceTimes")
    between = statistics.median(later - earlier for earlier, later in itertools.pairwise(times)) / 1000
    return Figure("from one picture of a race to the next", between, None, 0.2, "0.2 s")


def building() -> list[Figure]:
    """Measure, on a warm block page, from a change of the block, and of the net, to the new diagram."""
    with browser() as chromium, serve(PROJECT / "app.py") as address:
        wait_for_health(address)
        page = chromium.new_page()
        page.goto(f"{address}/block")
        page.locator(".st-key-stack li").first.wait_for(timeout=WAIT)
        changed, opened = medians(lambda: _change_block(page), lambda: _open_net(page), repeats=REPEATS)
    return [
        Figure("a change of the block to its new diagram", changed, None, 0.3, "0.3 s"),
        Figure("choosing ResNet-152 to its diagram", opened, None, 1.0, "1 s"),
    ]


def _change_block(page: Page) -> float:
    """Change to the basic block and time the change back to the bottleneck."""
    page.get_by_role("radio", name="Basic").click()
    page.locator("[data-op=conv3]").wait_for(state="detached", timeout=WAIT)
    started = time.perf_counter()
    page.get_by_role("radio", name="Bottleneck").click()
    page.locator("[data-op=conv3]").wait_for(timeout=WAIT)
    return time.perf_counter() - started


def _open_net(page: Page) -> float:
    """Choose a small net, then time choosing a large one from the list."""

    def choose(name: str, head: str) -> None:
        page.locator(".st-key-net input").click()
        page.locator(".st-key-net input").fill(name)
        page.keyboard.press("Enter")
        page.locator("[data-part=head]", has_text=head).wait_for(timeout=WAIT)

    choose("ResNet-18", "513,000")
    started = time.perf_counter()
    choose("ResNet-152 (v1.5)", "2,049,000")
    return time.perf_counter() - started


def _turn_to(page: Page, to: Lesson) -> float:
    """From the click on a page's name to its first figure."""
    started = time.perf_counter()
    page.get_by_role("link", name=to.title, exact=True).click()
    page.locator(FIRST_FIGURE[to.id]).first.wait_for(timeout=WAIT)
    return time.perf_counter() - started


def _upload(page: Page, file: Path) -> float:
    """From the choice of a file to its answer; the page shows none before the first one."""
    before = [each.get_attribute("data-key") for each in _bars(page).all()]
    page.locator("input[type=file]").wait_for(state="attached", timeout=WAIT)
    started = time.perf_counter()
    page.locator("input[type=file]").set_input_files(file)
    others = "".join(f":not([data-key='{key}'])" for key in before)
    page.locator(f".st-key-bars ol[data-key]{others}").wait_for(timeout=WAIT)
    return time.perf_counter() - started


def _bars(page: Page) -> Locator:
    return page.locator(".st-key-bars ol[data-key]")


def _time_to_heading(chromium: Browser, script: Path) -> float:
    started = time.perf_counter()
    with serve(script) as address:
        wait_for_health(address)
        page = chromium.new_page()
        page.goto(address)
        page.locator("h1").first.wait_for(timeout=WAIT)
        seconds = time.perf_counter() - started
        page.close()
    return seconds
