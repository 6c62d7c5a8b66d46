"""A reader who waits for the engine: told why, nothing covered, and answered without doing anything."""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from resnet_edu.bench.server import serve, wait_for_health
from resnet_edu.paths import PROJECT
from resnet_edu.vision.samples import FOLDER

from .conftest import PHONE, Visit

# in the queue at once if the server's warm-up is not over yet
TOLD = {
    "en": re.compile(r"^(The net is at work\.|In line: [1-9]\d* before you\.)"),
    "zh": re.compile(r"^(网络正在计算。|排队中：前面还有 [1-9]\d* 个。)"),
}


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file; the engine finishes no task while it is locked."""
    file = tmp_path_factory.mktemp("engine") / "held"
    file.touch()
    return file


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
def test_who_waits_is_told_and_then_answered(
    visit: Visit, held_server: str, gate: Path, language: str, sample: str, options: dict[str, Any]
) -> None:
    picture = FOLDER / f"{sample}.jpg"
    new = f".st-key-bars ol[data-key$='{hashlib.sha256(picture.read_bytes()).hexdigest()}'] li"
    page = visit(f"/inference?source=upload&lang={language}", server=held_server, **options)
    expect(page.locator("footer.lesson")).to_be_visible()
    told = page.get_by_text(TOLD[language])
    with gate.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        page.locator("input[type=file]").set_input_files(picture)
        expect(told.first).to_be_visible()
        # Streamlit's own indicator would cover the language control
        expect(page.get_by_test_id("stStatusWidget")).to_have_css("display", "none")
        expect(
            told.nth(1)
        ).to_be_visible()  # the page has moved on to the views, and meanwhile keeps polling for the answer
        expect(page.locator(new)).to_have_count(0)
    expect(page.locator(new)).to_have_count(5)
    expect(told).to_have_count(0)
