"""Throughput and streams on the device. Nothing here is timed against a clock: `bench --device` does that."""

import io

import pytest
import torch

from resnet_edu.device import precisions
from resnet_edu.ui.inference.stream import Look, NetViewer
from resnet_edu.vision.catalogue import catalogue
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import SAMPLES, sample_picture
from resnet_edu.vision.throughput import BATCHES, MeasureSpeed
from tests.contract.jobs import finish

SMALL = catalogue().nets["cifar10-residual-20"]
LARGE = catalogue().nets["tiny-imagenet-resnet18"]


@pytest.mark.parametrize("batch", [BATCHES[0], 8, BATCHES[-1]])
def test_throughput_is_measured_in_every_precision_up_to_the_largest_batch(engine: LocalEngine, batch: int) -> None:
    for precision in precisions(engine.device):
        speed = finish(engine.submit(MeasureSpeed(SMALL, batch, str(precision).removeprefix("torch.")), "s"))
        assert speed.batch == batch
        assert speed.images > 0
        assert (speed.memory is not None) == (engine.device.type == "cuda")
        if speed.memory:
            assert speed.memory > batch * 3 * 32 * 32 * 4


def test_a_stream_is_answered_frame_by_frame_as_the_net_answers_the_pictures(engine: LocalEngine) -> None:
    viewer = NetViewer((Look(LARGE, method="grad-cam"), Look(SMALL)), "en", "session", engine)
    for number, sample in enumerate(SAMPLES):
        file = io.BytesIO()
        sample_picture(sample.id).image.resize((256, 256)).save(file, "JPEG")
        said = viewer.look(file.getvalue(), number % 2)
        assert [len(answer["rows"]) for answer in said["answers"]] == [5, 5]
        assert said["answers"][0]["heat"]["side"] > 0
        assert said["device"].startswith(engine.device.type.upper())
        assert not any(answer["note"] for answer in said["answers"])


def test_a_stream_of_frames_leaves_no_memory_behind(engine: LocalEngine) -> None:
    held = []
    for number in range(12):
        finish(engine.submit(Look(LARGE, method="grad-cam").at(sample_picture("dog")), f"s{number}"))
        held.append(torch.cuda.memory_allocated() if engine.device.type == "cuda" else 0)
    assert max(held[4:]) == held[4]


def test_pictures_that_share_a_pass_are_answered_as_alone(device: torch.device) -> None:
    together, alone = LocalEngine(device, batch=4), LocalEngine(device)
    tickets = [together.submit(Predict(SMALL, sample_picture(each.id)), each.id) for each in SAMPLES]
    for ticket, each in zip(tickets, SAMPLES, strict=True):
        found, expected = finish(ticket), finish(alone.submit(Predict(SMALL, sample_picture(each.id)), "s"))
        assert found.top[0].index == expected.top[0].index
        assert found.top[0].probability == pytest.approx(expected.top[0].probability, abs=1e-2)
