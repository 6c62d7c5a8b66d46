"""`bench --device`: the tables of a device, here the CPU with a small net, and a sentence where there is no device."""

import json

import pytest
import torch
from typer.testing import CliRunner

from resnet_edu import device
from resnet_edu.bench import engine, on_device
from resnet_edu.bench.figure import Figure
from resnet_edu.bench.on_device import DeviceSpeed
from resnet_edu.cli import app
from resnet_edu.errors import UserError
from resnet_edu.vision import throughput
from resnet_edu.vision.throughput import Speed


def test_all_figures_of_a_device_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_device, "NET", "cifar10-residual-20")
    monkeypatch.setattr(on_device, "SECONDS", 0.01)
    monkeypatch.setattr(engine, "REPEATS", 1)
    monkeypatch.setattr(throughput, "MEASURED_SECONDS", 1e-9)
    monkeypatch.setattr(throughput, "SLOWEST_PASS", 0.0)  # one batch is enough
    done = CliRunner().invoke(app, ["bench", "--device", "cpu", "--json"], catch_exceptions=False)
    found = json.loads(done.stdout)
    names = [figure["name"] for figure in found["figures"]]
    assert names[1:] == [
        "a streamed frame with top five",
        "a streamed frame with Grad-CAM",
        "the same, against the clock",
    ]
    assert all(figure["ours"] > 0 for figure in found["figures"])
    assert {precision: [speed["batch"] for speed in speeds] for precision, speeds in found["throughput"].items()} == {
        "float32": [1],
        "bfloat16": [1],
    }


def test_throughput_is_a_row_a_batch_and_empty_where_nothing_was_measured() -> None:
    speeds = {
        "float32": (Speed(1, 0.5, 3, 1, 1.0, None),),
        "bfloat16": tuple(Speed(n, 0.1, 3, 1, 1.0, 5 * 10**6) for n in (1, 2)),
    }
    shown = DeviceSpeed("a GPU", {"torch": "2"}, "ResNet-50", (Figure("a", 1.0, 2.0, 3.0),), speeds).text().splitlines()
    assert shown[0] == "a GPU; torch 2"
    start = shown.index("ResNet-50")
    assert shown[start + 1].split() == ["batch", "float32,", "images/s", "memory", "bfloat16,", "images/s", "memory"]
    assert [row.split() for row in shown[start + 2 : start + 4]] == [
        ["1", "2.0", "10", "5", "MB"],
        ["2", "20", "5", "MB"],
    ]
    assert shown[start + 4].split() == ["4"]


def test_where_there_is_no_such_device_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert not device.is_available("cuda")
    with pytest.raises(UserError, match="no CUDA device"):
        CliRunner().invoke(app, ["bench", "--device", "cuda"], catch_exceptions=False)
