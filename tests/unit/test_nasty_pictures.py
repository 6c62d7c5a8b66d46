"""Every malicious picture is decoded or rejected with one sentence, within bounds of memory and time."""

import json
import subprocess
import sys
from typing import Any

import pytest

from resnet_edu.paths import PROJECT
from resnet_edu.vision import image

from .nasty_pictures import CORPUS, PICTURE, jpeg_of_scans, outcome

pytest.importorskip("resource", reason="limits on a process are Unix's")

MEGABYTES = 500


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", f"{__package__}.nasty_pictures"]
    lines = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    return {row["name"]: row for row in map(json.loads, lines)}


@pytest.mark.slow
@pytest.mark.parametrize("name", CORPUS)
def test_it_ends_as_a_picture_or_a_sentence(results: dict[str, dict[str, Any]], name: str) -> None:
    expected = CORPUS[name][1]
    result = results[name]
    assert result["status"] == 0, "it was stopped: too much work, too much memory, or a fault of ours"
    assert result["megabytes"] <= MEGABYTES
    assert expected in result["outcome"]
    assert result["outcome"] == PICTURE or result["outcome"][-1] == "."


def test_the_limits_can_be_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the meter and the limit on scans, the same files are read to the end."""
    content = CORPUS["JPEG of comments"][0]()
    assert "damaged" in outcome(content)
    monkeypatch.setattr(image, "MAX_READS", 10**9)
    assert outcome(content) == PICTURE
    few = jpeg_of_scans(image.MAX_SCANS)
    assert "damaged" in outcome(few)
    monkeypatch.setattr(image, "MAX_SCANS", image.MAX_SCANS + 1)
    assert outcome(few) == PICTURE
