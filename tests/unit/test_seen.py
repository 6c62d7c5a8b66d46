"""What a net sees of a picture is computed once for all tasks with both."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from PIL import Image

from resnet_edu.vision.catalogue import load
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.image import Picture
from resnet_edu.vision.preprocessing import Preprocessing
from resnet_edu.vision.seen import given_to, seen_by
from tests.contract.jobs import NET
from tests.contract.tasks import CAT, ONE_PASS


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Image.Image]:
    """Return a list of the pictures that have been cropped."""
    found: list[Image.Image] = []
    view = Preprocessing.view

    def noted(self: Preprocessing, image: Image.Image) -> Image.Image:
        found.append(image)
        return view(self, image)

    monkeypatch.setattr(Preprocessing, "view", noted)
    return found


def test_all_that_is_asked_about_a_picture_shares_its_crop(made: list[Image.Image]) -> None:
    picture = replace(CAT, sha256="a picture that nobody has asked about")
    loaded = Loaded(NET, load(NET), torch.device("cpu"))
    tasks: list[Any] = [replace(task, picture=picture) for task in ONE_PASS if hasattr(task, "picture")]
    assert len(tasks) > 4
    for task in tasks:
        task.run(loaded)
    assert made == [picture.image]
    expected = NET.preprocessing.view(CAT.image)
    assert seen_by(NET, picture).tobytes() == expected.tobytes()  # no task has modified it
    assert torch.equal(given_to(NET, picture), NET.preprocessing.tensor(expected))


def test_another_picture_and_another_way_to_see_have_their_own(made: list[Image.Image]) -> None:
    white, black = (Picture(Image.new("RGB", (40, 40), name), f"all {name}") for name in ("white", "black"))
    other = replace(NET, preprocessing=replace(NET.preprocessing, crop=24))
    crops = [seen_by(net, picture) for net in (NET, other) for picture in (white, black)]
    assert [(crop.size, crop.getpixel((0, 0))) for crop in crops] == [
        ((side, side), (value,) * 3) for side in (NET.preprocessing.crop, 24) for value in (255, 0)
    ]
    assert len(made) == 4
