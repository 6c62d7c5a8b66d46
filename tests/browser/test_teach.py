"""Teaching in a browser: the camera collects while its button is held, the net learns and answers; on a phone too."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

from resnet_edu.bench.server import serve, wait_for_health
from resnet_edu.cli import app
from resnet_edu.paths import PROJECT

from .accessible import assert_accessible, violations
from .conftest import PHONE, Visit

LONG = 120_000
NOTE_FRAMES = """() => {
    const { send } = WebSocket.prototype;
    window.runsAtFrames = [];
    WebSocket.prototype.send = function (message) {
        if (new TextDecoder().decode(message).includes('picture\\\\"'))
            window.runsAtFrames.push(document.querySelector("[data-testid=stApp]").dataset.testScriptState);
        return send.call(this, message);
    };
}"""
"""Notes what the page is doing whenever its camera sends a picture."""


def collected(page: Page) -> int:
    return int(page.locator(".st-key-shots section").get_attribute("data-tiles") or 0)


def collect(page: Page, least: int) -> None:
    """Hold the button until enough pictures are collected; each frame of Chromium's fake camera differs."""
    hold = page.locator(".st-key-teach-camera .hold")
    expect(hold).to_be_enabled()
    hold.scroll_into_view_if_needed()
    hold.dispatch_event("keydown", {"key": " "})
    expect(page.locator(".st-key-teach-camera .status")).to_have_text(
        re.compile(rf"^([{least}-9]|\d\d+) "), timeout=LONG
    )
    hold.dispatch_event("keyup", {"key": " "})
    expect(page.locator(".st-key-shots section")).not_to_have_attribute("data-tiles", "0", timeout=LONG)


def test_a_phone_collects_with_its_camera_learns_and_gets_answers(visit: Visit) -> None:
    page = visit("/teach?pictures=own", viewport=PHONE, has_touch=True, permissions=["camera"])
    page.locator(".st-key-teach-camera .on").click()
    expect(page.locator(".st-key-teach-camera section")).to_have_attribute("data-camera", "on")
    collect(page, 6)
    taken = collected(page)
    assert taken >= 4
    page.locator(".st-key-shots").get_by_role("button", name=re.compile("^Remove")).first.click()
    expect(page.locator(".st-key-shots section")).to_have_attribute("data-tiles", str(taken - 1), timeout=LONG)
    page.get_by_role("radio", name=re.compile("class B")).or_(
        page.get_by_role("button", name=re.compile("class B"))
    ).first.click()
    expect(page.locator(".st-key-shots section")).to_have_attribute("data-tiles", "0", timeout=LONG)
    collect(page, 6)
    page.locator(".st-key-learn").get_by_role("button").click()
    rows = page.locator(".st-key-teach-camera li")
    expect(rows).to_have_count(2, timeout=LONG)
    expect(rows.first.locator(".text")).to_have_text(re.compile(r"^\d+%$"))
    first = page.locator(".st-key-teach-camera section").get_attribute("data-answer")
    expect(page.locator(".st-key-teach-camera section")).not_to_have_attribute("data-answer", first or "", timeout=LONG)
    page.evaluate(NOTE_FRAMES)
    for letter in "CD":  # while it answers
        page.locator(".st-key-add-class").get_by_role("button").click()
        expect(page.get_by_role("radio", name=re.compile(f"class {letter}"))).to_be_checked()
    expect(rows.first.locator(".text")).to_have_text(re.compile(r"^\d+%$"))
    page.wait_for_function("window.runsAtFrames.length > 0")
    assert set(page.evaluate("window.runsAtFrames")) == {"notRunning"}
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_cell_opens_its_pictures_with_what_the_net_looked_at(visit: Visit) -> None:
    page = visit("/teach?cam=True")
    cell = page.locator(".st-key-confusion button[data-cell='1-1']")
    expect(cell).to_be_visible(timeout=LONG)
    cell.click()
    expect(page).to_have_url(re.compile("cell=1-1"))
    tiles = page.locator(".st-key-doubtful")
    expect(tiles.locator(".note").first).to_have_text(re.compile(r"^house \d+%$"), timeout=LONG)
    expect(tiles.locator(".legend")).to_be_visible(timeout=LONG)
    expect(page.locator(".st-key-take-weights")).to_be_visible(timeout=LONG)
    with page.expect_download() as found:
        page.locator(".st-key-take-pictures").get_by_role("button").click()
    assert found.value.suggested_filename == "pictures.zip"
    assert_accessible(page)


def test_a_run_that_is_stopped_can_be_undone(visit: Visit) -> None:
    page = visit("/teach?net=cifar10-residual-20&few=True&epochs=20")
    page.locator(".st-key-tune").get_by_role("button").click(timeout=LONG)
    page.locator(".st-key-stop-tuning").get_by_role("button").click(timeout=LONG)
    undo = page.locator(".st-key-undo-tuning").get_by_role("button")
    undo.click(timeout=LONG)
    expect(undo).to_have_count(0)


def test_what_is_taken_home_comes_back_and_is_at_hand_at_once(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visit("/teach?net=cifar10-residual-20")
    weights = page.locator(".st-key-take-weights").get_by_role("button")
    expect(weights).to_be_visible(timeout=LONG)
    with page.expect_download() as found:
        weights.click()
    with zipfile.ZipFile(found.value.path()) as archive:
        archive.extractall(tmp_path)
    page.get_by_role("link", name="Look inside the taught net").click()
    classes = page.locator(".st-key-bars")
    expect(classes).to_contain_text("flower", timeout=LONG)

    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(folder))
    said = CliRunner().invoke(app, ["weights", "import", str(tmp_path / "taught.safetensors")])
    assert said.exit_code == 0, said.output
    with serve(PROJECT / "app.py") as other:
        wait_for_health(other)
        page = visit("/inference?net=file-taught.safetensors", other)
        expect(page.locator(".st-key-bars")).to_contain_text("flower", timeout=LONG)
        page.close()  # before its server ends
