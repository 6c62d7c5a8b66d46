"""Every task that a page submits, and its result, arrives on the other side unchanged."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
import torch
from PIL import Image

from resnet_edu.measure.gradients import Pictures
from resnet_edu.measure.identity import Insert
from resnet_edu.measure.sweeps import Setting
from resnet_edu.vision.attribution.faithfulness import Verify
from resnet_edu.vision.attribution.randomisation import Randomise
from resnet_edu.vision.attribution.task import Attribute, CamStages
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.context import LookAtParts, LookAtScales
from resnet_edu.vision.deepened import Deepen
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.messages import opened, sealed
from resnet_edu.vision.engine.protocol import AnyTask
from resnet_edu.vision.measure_pair import MeasurePair
from resnet_edu.vision.throughput import MeasureSpeed
from tests.contract.jobs import NET, finish
from tests.contract.tasks import CAT, ONE_PASS

KEY = b"secret"
TASKS: list[AnyTask] = [
    *ONE_PASS,
    Attribute(NET, CAT, "integrated-gradients", 3),
    CamStages(NET, CAT, 3),
    Randomise(NET, CAT, "saliency", 3),
    Verify(NET, CAT, "saliency", 3),
    LookAtParts(NET, CAT),
    LookAtScales(NET, CAT),
    Deepen(NET, (CAT, CAT), Insert.FRESH_BLOCKS, 2, most=1),
    MeasurePair(Setting(width=4, batch_size=2, pictures=Pictures.REAL), 8),
    MeasureSpeed(NET, 1, "float32"),
]


def are_the_same(one: Any, other: Any) -> bool:
    """Return whether both are equal, down to each tensor and pixel."""
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, Image.Image):
        return one.size == other.size and one.tobytes() == other.tobytes()
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(are_the_same, one, other))
    if is_dataclass(one):
        return all(are_the_same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    return bool(one == other)


@pytest.mark.parametrize("net", catalogue().nets.values(), ids=lambda net: net.id)
def test_every_net_can_be_asked_for(net: Net) -> None:
    assert opened(sealed(net, KEY), KEY) == net


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_a_task_and_its_result_arrive_as_they_were_sent(task: AnyTask) -> None:
    found = opened(sealed(task, KEY), KEY)
    assert are_the_same(found, task)
    assert found.key == task.key
    result = finish(LocalEngine(torch.device("cpu")).submit(found, "s"))
    assert are_the_same(opened(sealed(result, KEY), KEY), result)
    assert not are_the_same(result, task)
