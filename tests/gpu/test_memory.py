"""A device whose memory is full: smaller batches, then the CPU with a note, and never a lost task."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from resnet_edu.errors import UserError
from resnet_edu.seeding import seeded
from resnet_edu.vision.attribution.method import Options
from resnet_edu.vision.attribution.task import Attribute
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import Loaded, forward
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import sample_picture
from resnet_edu.vision.throughput import MeasureSpeed
from tests.contract.jobs import finish

from .exhaustion import Limited
from .likeness import maps_agree

MEGABYTE = 2**20
NET = catalogue().nets["resnet18-v1"]
LARGE = replace(NET, preprocessing=replace(NET.preprocessing, resize=1024, crop=1024))
"""Its first maps alone take 64 MB in float32."""
DOG = sample_picture("dog")
CAT = sample_picture("cat")


def drawn(net: Net) -> nn.Module:
    """With random weights, because its own have to be downloaded; 45 MB."""
    with seeded(0):
        return net.architecture.build().eval()


@pytest.fixture(scope="module")
def fresh(device: torch.device) -> LocalEngine:
    return LocalEngine(device, drawn)


def test_a_batch_that_does_not_fit_is_halved_until_it_does(device: torch.device, memory: Limited) -> None:
    loaded = Loaded(NET, drawn(NET).to(device), device)
    batch = torch.randn(48, 3, 224, 224)
    forward(loaded, batch[:2])  # what the device's libraries keep for themselves
    passed: list[int] = []

    def run(model: nn.Module, images: Tensor) -> Tensor:
        passed.append(len(images))
        logits: Tensor = model(images)
        return logits

    with memory(100 * MEGABYTE):
        found = forward(loaded, batch, run)
    assert passed[0] == len(batch) > max(passed[-2:])
    assert (loaded.device, loaded.note) == (device, "")
    maps_agree(found, forward(loaded, batch))


@pytest.mark.parametrize("megabytes", [4, 20], ids=["a picture", "the net"])
def test_what_does_not_fit_at_all_goes_on_on_the_cpu_with_a_note(
    device: torch.device, memory: Limited, megabytes: int
) -> None:
    engine = LocalEngine(device, drawn)
    if megabytes == 4:  # the net is there already
        finish(engine.submit(Predict(LARGE, CAT), "s"))
    with memory(megabytes * MEGABYTE):
        ticket = engine.submit(Predict(LARGE, DOG), "s")
        assert ticket.wait(120)
    if device.type == "cpu":  # it has nothing to fall back to, says so, and takes the next task
        with pytest.raises(UserError, match="not enough memory"):
            ticket.result()
        assert not finish(engine.submit(Predict(LARGE, DOG), "s")).note
        return
    found = ticket.result()
    assert (found.device_type, "CPU" in found.note) == ("cpu", True)
    expected = Predict(LARGE, DOG).run(Loaded(LARGE, drawn(LARGE), torch.device("cpu")))
    assert found.top == expected.top


def test_an_attribution_that_does_not_fit_takes_smaller_pieces(device: torch.device, memory: Limited) -> None:
    passed: list[int] = []

    def counted(net: Net) -> nn.Module:
        model = drawn(net)
        model.register_forward_pre_hook(lambda module, args: passed.append(len(args[0])))
        return model

    engine = LocalEngine(device, counted)
    task = Attribute(NET, DOG, "integrated-gradients", 3, Options(steps=8))
    finish(engine.submit(replace(task, method="saliency"), "s"))
    passed.clear()
    with memory(200 * MEGABYTE):
        found = finish(engine.submit(task, "s"), 240)
    assert passed[0] == 8
    assert len(passed) > 2  # had all 8 steps fitted, there would only be the two pictures of the completeness check
    maps_agree(found.values, finish(LocalEngine(device, drawn).submit(task, "s"), 240).values)


def test_a_batch_larger_than_any_memory_is_refused_with_a_sentence(fresh: LocalEngine) -> None:
    with pytest.raises(UserError, match="batch of 10000000 does not fit"):
        finish(fresh.submit(MeasureSpeed(NET, 10_000_000, "float32"), "s"))
    assert len(finish(fresh.submit(Predict(NET, DOG), "s")).top) == 5
