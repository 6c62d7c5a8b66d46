"""The benchmark's rows of a lecture hall: what the trials print is what is shown, also when a goal was missed."""

import subprocess
from typing import Any

import pytest

from resnet_edu.bench import load
from resnet_edu.bench.figure import Figure, table, to_json

FIGURES = [
    Figure("opening a page to its content, 95th percentile", 0.6, None, 0.5, "0.5 s"),
    Figure("memory after all have left, against before", 1000.0, 980.0, 1078.0, "1.1 x before", "MB"),
]


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[str]:
    """The trials have ended with this code and printed the figures; the command that started them."""
    command: list[str] = []

    def run(asked: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        command.extend(asked)
        return subprocess.CompletedProcess(asked, request.param, to_json(FIGURES))

    monkeypatch.setattr(subprocess, "run", run)
    return command


@pytest.mark.parametrize("ended", [0, 1], indirect=True)
def test_the_rows_are_those_of_the_trials(ended: list[str]) -> None:
    figures = load.hall_under_load()
    assert figures == FIGURES
    assert "MISSED" in table(figures)
    assert ended[1:3] == ["-m", "tests.load"]


@pytest.mark.parametrize("ended", [2], indirect=True)
def test_trials_that_could_not_be_made_are_an_error(ended: list[str]) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        load.hall_under_load()
