"""The live stream in a browser, with Chromium's own moving picture as the camera."""

import re

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from .accessible import violations
from .conftest import PHONE, Visit

LONG = 60_000
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
CAMERA = "video => video.srcObject?.getTracks()[0].label"
RECORD = """async () => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((done) => (recorder.onstop = done));
    recorder.start();
    for (let step = 0; step < 20; step += 1) {
        context.fillStyle = `rgb(200 ${10 * step} 0)`;
        context.fillRect(0, 0, canvas.width, canvas.height);
        await new Promise((done) => setTimeout(done, 50));
    }
    recorder.stop();
    await stopped;
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
}"""
"""A second of video that the browser makes itself."""


def panel(page: Page) -> Locator:
    return page.locator(".st-key-stream section")


def expect_next_frame(page: Page) -> None:
    before = panel(page).get_attribute("data-frame") or ""
    expect(panel(page)).not_to_have_attribute("data-frame", before, timeout=LONG)


def test_the_camera_stays_on_and_the_net_answers_freezes_and_goes_on(visit: Visit) -> None:
    page = visit("/inference?source=live", permissions=["camera"])
    expect(panel(page)).to_have_attribute("data-camera", "off")
    panel(page).locator(".camera").click()
    expect(panel(page)).to_have_attribute("data-frame", re.compile(r"\d"), timeout=LONG)
    expect(panel(page).locator("li")).to_have_count(5)
    expect_next_frame(page)
    expect(panel(page).locator("svg path.line")).to_have_count(5)
    expect(panel(page).locator(".measured")).to_have_text(
        re.compile(r"^\d+ frames/s · [\d.]+ ms in the net · \d+ ms from frame to answer · CPU · ")
    )
    assert page.locator(".st-key-bars").count() == 0

    video = panel(page).locator("video")
    first = video.evaluate(CAMERA)
    panel(page).locator(".turn").click()
    other = f"([video, first]) => ![undefined, first].includes(({CAMERA})(video))"
    page.wait_for_function(other, arg=[video.element_handle(), first])
    assert not video.get_attribute("class")
    expect_next_frame(page)

    panel(page).locator(".freeze").click()
    expect(page.locator(".st-key-bars li")).to_have_count(5, timeout=LONG)
    expect(page.locator(".st-key-seen img")).to_be_visible()
    expect(panel(page)).to_have_attribute("data-camera", "frozen")
    expect(page.get_by_role("radiogroup", name="Look inside")).to_be_visible()

    panel(page).locator(".freeze").click()
    expect(panel(page)).to_have_attribute("data-camera", "on")
    expect(page.locator(".st-key-bars")).to_have_count(0)
    expect_next_frame(page)

    page.get_by_role("radio", name="Grad-CAM").click()
    expect(panel(page).locator("canvas.heat")).to_be_visible(timeout=LONG)
    expect(panel(page).locator(".legend")).to_contain_text("Grad-CAM")
    page.get_by_role("radio", name="What the net sees").click()
    expect(panel(page).locator("img.seen")).to_be_visible(timeout=LONG)
    expect(panel(page).locator(".legend")).to_contain_text("sampled at")
    page.get_by_role("radio", name="Feature maps").click()
    expect(panel(page).locator("canvas.sheet")).to_be_visible(timeout=LONG)
    page.get_by_role("radio", name="Knock out blocks").click()
    page.locator(".st-key-switches button").first.click()
    expect(panel(page).locator(".column h3").last).to_contain_text("1 of its 8 blocks off", timeout=LONG)
    expect(panel(page).locator(".column").last.locator("li")).to_have_count(5, timeout=LONG)
    expect(panel(page)).to_have_attribute("data-camera", "on")


def test_a_stream_that_ends_by_itself_says_why_and_a_hidden_tab_or_a_left_page_stops_its_camera(visit: Visit) -> None:
    page = visit("/inference?source=live", viewport=PHONE, has_touch=True, permissions=["camera"])
    panel(page).locator(".camera").click()
    expect(panel(page)).to_have_attribute("data-frame", re.compile(r"\d"), timeout=LONG)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for begins in ("video", ".freeze", ".stop", "li >> nth=0"):
        expect(panel(page).locator(begins)).to_be_in_viewport(ratio=1)
    assert violations(page) == []
    track = panel(page).locator("video").evaluate_handle("video => video.srcObject.getTracks()[0]")
    page.evaluate(HIDE, True)
    expect(panel(page)).to_have_attribute("data-camera", "off")
    assert track.evaluate("track => track.readyState") == "ended"
    page.evaluate(HIDE, False)
    expect(panel(page)).to_have_attribute("data-camera", "on")
    expect_next_frame(page)
    panel(page).locator("video").evaluate("video => video.srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
    expect(panel(page)).to_have_attribute("data-camera", "off")
    expect(panel(page).locator(".status")).to_contain_text("The camera has stopped.")
    expect(panel(page).locator(".visible")).to_contain_text("only while this page stays visible")
    page.evaluate("navigator.mediaDevices.getDisplayMedia = () => navigator.mediaDevices.getUserMedia({ video: true })")
    panel(page).locator(".window").click()
    expect(panel(page)).to_have_attribute("data-camera", "on")
    page.evaluate(HIDE, True)
    page.evaluate(HIDE, False)
    expect(panel(page)).to_have_attribute("data-camera", "off")
    expect(panel(page).locator(".status")).to_contain_text("because this page was hidden")
    panel(page).locator(".camera").click()
    expect_next_frame(page)
    track = panel(page).locator("video").evaluate_handle("video => video.srcObject.getTracks()[0]")
    page.get_by_role("radio", name="Gallery").or_(page.get_by_role("button", name="Gallery", exact=True)).first.click()
    expect(page.locator(".st-key-bars li")).to_have_count(5, timeout=LONG)
    page.wait_for_function("track => track.readyState === 'ended'", arg=track)


def test_where_no_camera_is_possible_the_page_says_so_and_streams_the_gallery_and_a_video(
    visit: Visit,
) -> None:
    page = visit("/inference?source=live&lang=en")
    page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")  # as over http
    is_silent = False
    browsers: list[WebSocketRoute] = []

    def relay(browser: WebSocketRoute) -> None:
        browsers.append(browser)
        server = browser.connect_to_server()
        server.on_message(lambda message: None if is_silent else browser.send(message))

    page.route_web_socket(lambda url: "/stream/" in url, relay)
    page.reload()
    expect(panel(page).locator(".status")).to_contain_text("only over https", timeout=LONG)
    expect(panel(page).locator(".camera")).to_be_hidden()
    panel(page).locator(".gallery").click()
    expect(panel(page)).to_have_attribute("data-frame", re.compile(r"\d"), timeout=LONG)
    expect(panel(page).locator("li").first).to_contain_text("German shepherd")
    is_silent = True
    expect(panel(page).locator(".status")).to_have_text(
        "The server hasn't answered for a few seconds. It will continue automatically."
    )
    is_silent = False
    expect(panel(page).locator(".status")).to_be_empty()
    expect_next_frame(page)

    for left in (44, 43, 31, 30, 29):
        browsers[-1].send(f'{{"before": 0, "left": {left}, "behind_lecturer": false}}')
        expect(panel(page).locator(".status")).to_have_text(f"Others are waiting: {left} s left of your minute.")
        spoken = panel(page).get_by_role("status")
        expect(spoken).to_have_text(f"Others are waiting: {44 if left > 30 else 30} s left of your minute.")
    browsers[-1].send('{"before": 1, "left": null, "behind_lecturer": true}')
    for element in (spoken, panel(page).locator(".status")):
        expect(element).to_contain_text("The lecturer is streaming, without a time limit. In line: 1 before you")
    browsers[-1].send('{"before": 0, "left": null, "behind_lecturer": false}')
    expect_next_frame(page)

    def choose_language(name: str) -> None:
        page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name)).first.click()

    choose_language("中文")
    expect(panel(page).locator("ol")).to_have_accessible_name("当前最可能的类别", timeout=LONG)
    expect(panel(page).locator("svg text").last).to_have_text("现在")
    choose_language("English")
    expect(panel(page).locator("svg text").last).to_have_text("now")
    panel(page).locator(".stop").click()
    content = page.evaluate(RECORD)
    panel(page).locator("input[type=file]").set_input_files(
        {"name": "red.webm", "mimeType": "video/webm", "buffer": bytes(content)}
    )
    expect(panel(page)).to_have_attribute("data-camera", "on")
    expect_next_frame(page)
    panel(page).locator(".stop").click()
    panel(page).locator("input[type=file]").set_input_files(
        {"name": "no.webm", "mimeType": "video/webm", "buffer": b"no video"}
    )
    expect(panel(page).locator(".status")).to_contain_text("can't play this file")
    assert violations(page) == []
