"""The commands that record: what they write, and how they resume after Ctrl-C."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from resnet_edu import cli
from resnet_edu.measure import first_steps, sweeps
from resnet_edu.measure.gradients import Experiment
from resnet_edu.measure.sweeps import PRESETS, Curve, load_sweep, measure_at, measure_spread, rounded, save_sweep

PRESET = PRESETS[0]
DEPTHS = (8, 14)


@pytest.fixture(autouse=True)
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use two shallow depths and journals in a test folder, and restore torch's threads."""
    threads = torch.get_num_threads()
    monkeypatch.setattr(sweeps, "RECORDED_DEPTHS", DEPTHS)
    monkeypatch.setattr(sweeps, "SEEDS", (0,))
    monkeypatch.setattr(first_steps, "SEEDS", (0,))
    monkeypatch.setattr(first_steps, "RECORDED_DEPTHS", DEPTHS)
    monkeypatch.setattr("resnet_edu.cli.record.CHECKPOINTS", tmp_path / "runs")
    yield
    torch.set_num_threads(threads)


def record(*words: str) -> int:
    return CliRunner().invoke(cli.app, ["record", *words, "--preset", PRESET.id]).exit_code


def test_a_stopped_record_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[str] = []

    def stopped(net: Experiment) -> Curve:
        measured.append(net.net.name)
        if measured == ["plain-8", "residual-8"]:
            raise KeyboardInterrupt
        return measure_at(net)

    monkeypatch.setattr(sweeps, "measure_at", stopped)
    assert record("gradients", "--out", str(tmp_path)) == 130
    assert record("gradients", "--out", str(tmp_path), "--resume") == 0
    assert measured == ["plain-8", "residual-8", "residual-8", "plain-14", "residual-14"]
    spreads = {depth: measure_spread(PRESET.setting, depth, seeds=(0,)) for depth in DEPTHS}
    save_sweep(tmp_path / "expected.json", PRESET.setting, spreads)
    assert load_sweep(tmp_path / f"{PRESET.id}.json") == load_sweep(tmp_path / "expected.json")
    assert not list((tmp_path / "runs").iterdir())


def test_first_steps_are_recorded_at_every_depth(tmp_path: Path) -> None:
    assert record("first-steps", "--out", str(tmp_path)) == 0
    found = first_steps.load_steps(tmp_path / f"{PRESET.id}.json")
    assert tuple(found.moments) == tuple(found.endings) == DEPTHS
    moments = dict(first_steps.first_steps(PRESET.setting, 8))
    last = first_steps.ending_of(moments[first_steps.STEPS[-1]])
    assert found.endings[8][0].plain_loss == rounded(last.plain_loss)
