"""The tests that need a GPU leave no task out, and say clearly why they don't run without one."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator

import resnet_edu.teaching
import resnet_edu.vision
from resnet_edu.paths import PROJECT
from resnet_edu.vision.engine.protocol import Loaded
from tests.gpu import test_speed, test_tasks


def tasks() -> Iterator[str]:
    """Every class that a net is loaded for."""
    for package in (resnet_edu.vision, resnet_edu.teaching):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "vision.engine" in found.name:  # runs tasks and has none; part of it needs ray
                continue
            for name, each in inspect.getmembers(importlib.import_module(found.name), inspect.isclass):
                run = each.__dict__.get("run")
                if run and each.__module__ == found.name and Loaded in inspect.get_annotations(run).values():
                    yield name


def test_every_task_that_needs_a_net_is_compared_on_the_device() -> None:
    found = set(tasks())
    assert {"Predict", "Verify", "LookedAt"} < found
    assert found <= {*vars(test_tasks), *vars(test_speed)}


def test_without_a_gpu_they_are_left_out_with_the_reason() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "tests/gpu/test_speed.py", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-k", "stream_is_answered"], cwd=PROJECT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0
    for kind in ("CUDA", "MPS"):
        assert f"this machine has no {kind} device" in done.stdout or "1 passed" in done.stdout
