"""A Tiny ImageNet net with random weights, as if it were shipped."""

import shutil
from pathlib import Path

import torch

from resnet_edu.nets.card import Calibration, ModelCard, Resolution, Strangers, halved, save_weights
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.nets.tiny_imagenet import CLASSES
from resnet_edu.paths import WEIGHTS
from resnet_edu.seeding import seeded
from resnet_edu.training.tiny_data import DESCRIPTION

NAME = "tiny-imagenet-resnet18"
CALIBRATION = Calibration(
    temperature=1.25, doubtful_below=0.5, doubtful_wrong=0.7, sure_right=0.83, pictures=5000, measured=10_000
)
STRANGERS = Strangers("windmills, solar panels, tools and buildings, from GCompris", 68, 45)


def ship(folder: Path) -> None:
    """Save it next to our other nets. Its random weights produce small probabilities."""
    for path in WEIGHTS.glob("cifar10-*-20.*"):
        shutil.copy(path, folder)
    spec = ImagenetSpec("resnet18", len(CLASSES))
    with seeded(0):
        state = spec.build().state_dict()
        for name, value in state.items():
            if name.endswith("running_mean"):
                value.copy_(0.1 * torch.randn_like(value))
            elif name.endswith("running_var"):
                value.copy_(4 + torch.rand_like(value))
    card = ModelCard(
        name=NAME,
        architecture=spec.as_dict(),
        classes=tuple(each.en for each in CLASSES),
        data=DESCRIPTION,
        recipe={},
        command="drawn",
        metrics={"test_accuracy": 0.5716, "test_top5_accuracy": 0.7983, "test_pictures": 10_000},
        date="2015-12-10",
        versions={},
        sha256="",
        resolution=Resolution(64, 128),
        calibration=CALIBRATION,
        strangers=STRANGERS,
    )
    save_weights(folder / f"{NAME}.safetensors", halved(state), card)
