"""The device under test: CUDA and MPS, where there are any.

``RESNET_EDU_TEST_DEVICE=cpu`` runs the same tests on the CPU, in bfloat16, to see that they work.
"""

import os
from collections.abc import Iterator
from functools import partial

import pytest
import torch

from resnet_edu.device import inference_dtype, is_available
from resnet_edu.vision.engine.local import LocalEngine

from .exhaustion import Limited, limited

GPUS = ("cuda", "mps")
ASKED = "RESNET_EDU_TEST_DEVICE"
TRIAL = torch.device("cpu", 0)
"""The CPU in place of a GPU; unequal to ``torch.device("cpu")``, on which results are checked."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "device" in metafunc.fixturenames:
        metafunc.parametrize("device", [_parameter(kind) for kind in _kinds()], indirect=True, scope="module")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "gpu":
            item.add_marker("gpu")


@pytest.fixture(scope="module")
def device(request: pytest.FixtureRequest) -> Iterator[torch.device]:
    with pytest.MonkeyPatch.context() as patched:
        found = torch.device(request.param)
        if found.type == "cpu":
            found = TRIAL
            patched.setattr("resnet_edu.vision.engine.protocol.inference_dtype", _half_on_trial)
        yield found


@pytest.fixture(scope="module")
def engine(device: torch.device) -> LocalEngine:
    return LocalEngine(device)


@pytest.fixture
def memory(device: torch.device) -> Limited:
    return partial(limited, device)


def _kinds() -> tuple[str, ...]:
    return (os.environ[ASKED],) if ASKED in os.environ else GPUS


def _parameter(kind: str) -> object:
    reason = f"this machine has no {kind.upper()} device; {ASKED}=cpu tries the tests on the CPU"
    return pytest.param(kind, marks=pytest.mark.skipif(not is_available(kind), reason=reason))


def _half_on_trial(device: torch.device) -> torch.dtype:
    return torch.bfloat16 if device == TRIAL else inference_dtype(device)
