"""What the net sees equals the result of torchvision's own transforms."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from resnet_edu.nets.imagenet import pretrained_weights
from resnet_edu.nets.tiny_imagenet import sampled
from resnet_edu.training.tiny_recipe import whole_inputs
from resnet_edu.vision import preprocessing as module
from resnet_edu.vision.catalogue import Net, catalogue


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


@pytest.mark.parametrize("size", [(500, 375), (333, 500), (640, 480), (64, 64), (100, 65), (48, 31), (1, 1)])
def test_a_photo_is_sampled_as_tiny_imagenet_was_made(size: tuple[int, int], tiny_net: Net) -> None:
    """The central square is sampled at floor(i side / 64); enlarging doubles it with weights of 3 and 1."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    side = min(size)
    left, top = round((size[0] - side) / 2), round((size[1] - side) / 2)
    small = np.array(
        [[image.getpixel((left + x * side // 64, top + y * side // 64)) for x in range(64)] for y in range(64)]
    )

    def doubled(rows: np.ndarray) -> np.ndarray:
        before, after = np.concatenate([rows[:1], rows[:-1]]), np.concatenate([rows[1:], rows[-1:]])
        return np.stack([0.25 * before + 0.75 * rows, 0.75 * rows + 0.25 * after], 1).reshape(128, *rows.shape[1:])

    expected = doubled(doubled(small).swapaxes(0, 1)).swapaxes(0, 1)
    view = np.asarray(tiny_net.preprocessing.view(image)).astype(float)
    assert np.abs(view - expected).max() <= 0.5


@pytest.mark.parametrize("side", [64, 128, 375, 500, 768])
def test_sampling_is_torchs_nearest(side: int) -> None:
    square = torch.arange(side * side).reshape(1, 1, side, side).double()
    assert torch.equal(sampled(square), functional.interpolate(square, 64, mode="nearest"))


def test_a_picture_of_tiny_imagenet_itself_is_given_as_in_training(tiny_net: Net) -> None:
    pixels = torch.randint(256, (1, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    view = tiny_net.preprocessing.view(Image.fromarray(pixels[0].permute(1, 2, 0).numpy()))
    assert torch.allclose(tiny_net.preprocessing.tensor(view), whole_inputs(pixels, 128), atol=1e-6)
