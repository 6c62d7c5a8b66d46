"""The live stream end to end, camera to paint, against bare torch doing the same passes. Needs requirements-dev.txt."""

import itertools
import statistics

from playwright.sync_api import Page

from resnet_edu.bench.chromium import browser
from resnet_edu.bench.figure import Figure
from resnet_edu.bench.passes import bare_passes, timed
from resnet_edu.bench.server import serve, wait_for_health
from resnet_edu.device import best_device, leave_a_core
from resnet_edu.paths import PROJECT
from resnet_edu.vision.catalogue import DEFAULT_NET, catalogue, load
from resnet_edu.vision.engine.protocol import Loaded

FAST_CAMERA = "--use-fake-device-for-media-stream=fps=60"
"""Chromium's own gives 20 frames a second, which would be measured in place of us."""
ROUNDS, SECONDS = 3, 6.0
SHARE_GOAL = 0.8
FRAME_GOALS = {"answer": 1 / 15, "grad-cam": 1 / 8}
LATE_GOAL = 0.2
TITLES = {"answer": "top five", "grad-cam": "Grad-CAM"}
WAIT = 60_000
WATCH = """section => {
    window.painted = [];
    new MutationObserver(() => window.painted.push([performance.now(), Number(section.dataset.latency)]))
        .observe(section, { attributes: true, attributeFilter: ["data-frame"] });
}"""


def streaming() -> list[Figure]:
    """ResNet-18 at 128 pixels; stream and bare passes take turns, so that a busy moment hits both."""
    leave_a_core()
    with browser(FAST_CAMERA) as chromium, serve(PROJECT / "app.py") as address:
        wait_for_health(address)
        page = chromium.new_context(permissions=["camera"]).new_page()
        return [figure for shows in FRAME_GOALS for figure in _figures(page, address, shows)]


def _figures(page: Page, address: str, shows: str) -> list[Figure]:
    page.goto(f"{address}/inference?source=live&net={DEFAULT_NET}&shows={shows}")
    bare = bare_passes(_loaded(), grad_cam=shows == "grad-cam")
    frames: list[float] = []
    passes: list[float] = []
    ages: list[float] = []
    _stream(page)  # meanwhile the server warms up
    for _ in range(ROUNDS):
        painted = _stream(page)
        frames += [later - earlier for (earlier, _), (later, _) in itertools.pairwise(painted)]
        ages += [age for _, age in painted]
        passes += timed(bare, SECONDS)
    ours, theirs = statistics.fmean(frames) / 1000, statistics.fmean(passes)
    late = statistics.quantiles(ages, n=20)[-1] / 1000
    title, goal = TITLES[shows], FRAME_GOALS[shows]
    return [
        Figure(f"a streamed frame with {title}", ours, theirs, theirs / SHARE_GOAL, "0.8 of bare torch's rate"),
        Figure("the same, against the clock", ours, None, goal, f"{1 / goal:.0f} a second"),
        Figure(f"{title}, frame to paint, 95th percentile", late, None, LATE_GOAL, "0.2 s"),
    ]


def _stream(page: Page) -> list[tuple[float, float]]:
    """When each frame was painted and how old it was, in milliseconds."""
    panel = page.locator(".st-key-stream section")
    page.locator(".st-key-stream .camera").click(timeout=WAIT)
    page.locator(".st-key-stream section[data-camera=on][data-frame]").wait_for(timeout=WAIT)
    page.wait_for_timeout(1000)  # the first frames find all pipes empty
    panel.evaluate(WATCH)
    page.wait_for_timeout(1000 * SECONDS)
    painted: list[tuple[float, float]] = page.evaluate("window.painted")
    page.locator(".st-key-stream .stop").click()
    return painted


def _loaded() -> Loaded:
    net, device = catalogue().nets[DEFAULT_NET], best_device()
    return Loaded(net, load(net).to(device), device)
