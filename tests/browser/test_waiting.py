"""A reader who has to wait for the engine: told why, with the last answer still there and nothing covered."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from resnet_edu.bench.browser import serve, wait_for_health
from resnet_edu.paths import PROJECT
from resnet_edu.ui import asking
from resnet_edu.vision.samples import FOLDER

from .conftest import PHONE, Visit

TOLD = {"en": "The net is at work.", "zh": "网络正在计算。"}


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """While this file is there, the engine finishes nothing."""
    return tmp_path_factory.mktemp("engine") / "held"


@pytest.fixture(scope="module")
def held_server(gate: Path) -> Iterator[str]:
    path = os.pathsep.join(map(str, (PROJECT, Path(__file__).with_name("held_engine"))))
    with serve(PROJECT / "app.py", {"PYTHONPATH": path, "HELD": str(gate)}) as address:
        wait_for_health(address)
        yield address


@pytest.mark.parametrize(
    ("language", "sample", "options"),
    [("en", "coffee", {}), ("zh", "rocket", {"viewport": PHONE})],
    ids=["English desktop", "Chinese phone"],
)
def test_who_waits_is_told_beside_the_last_answer(
    visit: Visit, held_server: str, gate: Path, language: str, sample: str, options: dict[str, Any]
) -> None:
    picture = FOLDER / f"{sample}.jpg"
    new = f".st-key-bars ol[data-key$='{hashlib.sha256(picture.read_bytes()).hexdigest()}'] li"
    page = visit(f"/inference?source=upload&lang={language}", server=held_server, **options)
    old = page.locator(".st-key-bars ol[data-key] li")
    expect(old).to_have_count(5)
    expect(page.locator(".st-key-responses section[data-drawn]")).to_be_attached()  # the last that the page asks for
    gate.touch()
    try:
        page.locator("input[type=file]").set_input_files(picture)
        told = page.get_by_text(TOLD[language], exact=True).first  # by the answer; what is inside may wait too
        expect(told).to_be_visible()
        expect(old).to_have_count(5)
        runner = page.get_by_test_id("stStatusWidgetRunningIcon")
        expect(runner).to_be_attached()  # Streamlit's own sign would lie over the language control
        expect(runner).to_be_hidden()
        page.wait_for_timeout(1000 * (asking.PATIENCE_SECONDS + asking.RUN_SECONDS))
        expect(told).to_be_visible()  # by now the page has gone on, and asks
        page.locator("footer.lesson").wait_for()
        expect(page.locator(new)).to_have_count(0)
    finally:
        gate.unlink()
    expect(page.locator(new)).to_have_count(5)
    expect(page.get_by_text(TOLD[language], exact=True)).to_have_count(0)
