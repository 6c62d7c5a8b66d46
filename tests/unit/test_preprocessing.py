"""What the net sees is what torchvision's own transforms make of the picture."""

import numpy as np
import pytest
import torch
from PIL import Image

from resnet_edu.nets.imagenet import pretrained_weights
from resnet_edu.vision import preprocessing as module
from resnet_edu.vision.catalogue import catalogue


@pytest.mark.parametrize("size", [(640, 480), (300, 900), (224, 224), (31, 40)])
@pytest.mark.parametrize("version", [0, 1])
def test_tensor_equals_torchvisions_preset(size: tuple[int, int], version: int) -> None:
    weights = pretrained_weights("resnet50")[version]
    preprocessing = catalogue().nets[f"resnet50-v{version + 1}"].preprocessing
    generator = np.random.default_rng(0)
    image = Image.fromarray(generator.integers(0, 256, (*size[::-1], 3), dtype=np.uint8))
    ours = preprocessing.tensor(preprocessing.view(image))
    assert torch.equal(ours[0], weights.transforms()(image))


def test_the_view_has_the_resolution_of_the_net() -> None:
    preprocessing = catalogue().nets["cifar10-residual-20"].preprocessing
    assert preprocessing.view(Image.new("RGB", (100, 60))).size == (32, 32)


@pytest.mark.parametrize("size", [(768, 1), (1, 768), (768, 7), (1, 1)])
def test_a_strip_is_not_blown_up(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    preprocessing = catalogue().nets["resnet50-v1"].preprocessing
    largest: list[int] = []
    resize = module.TF.resize

    def watched(image: Image.Image, *args: object, **options: object) -> Image.Image:
        resized: Image.Image = resize(image, *args, **options)
        largest.append(resized.width * resized.height)
        return resized

    monkeypatch.setattr(module.TF, "resize", watched)
    assert preprocessing.view(Image.new("RGB", size)).size == (224, 224)
    assert max(largest) <= module.LONGEST * preprocessing.resize**2
