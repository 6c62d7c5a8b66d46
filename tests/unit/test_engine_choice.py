"""Which engine a process uses."""

import subprocess
import sys

import pytest

from resnet_edu import config
from resnet_edu.errors import UserError
from resnet_edu.measure.sweeps import Setting, measure_pair
from resnet_edu.ui.shared import engines
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import queue_is_full
from resnet_edu.vision.measure_pair import measured_by

choose = engines.engine.__wrapped__  # type: ignore[attr-defined]  # without streamlit's cache


def test_without_a_word_it_is_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(config.ENGINE.name, raising=False)
    assert isinstance(choose(), LocalEngine)


@pytest.mark.parametrize(
    "environment",
    [
        {config.ENGINE.name: "sun"},
        {config.ENGINE.name: "ray"},
        {config.ENGINE.name: "ray", config.RAY_ADDRESS.name: "ray://host:10001"},
    ],
)
def test_half_a_choice_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    monkeypatch.delenv(config.RAY_ADDRESS.name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=config.RAY_ADDRESS.name):
        choose()


def test_what_only_a_cluster_needs_is_not_imported() -> None:
    code = "import sys, resnet_edu.ui.shared.engines; sys.exit(not {'ray', 'aiohttp'}.isdisjoint(sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_while_no_engine_takes_questions_this_process_measures(caplog: pytest.LogCaptureFixture) -> None:
    def engine() -> LocalEngine:
        raise queue_is_full(64)

    setting = Setting(width=4, batch_size=2)
    assert measured_by(engine)(setting, 8, None) == measure_pair(setting, 8)
    assert "Measured here" in caplog.text
