"""A data set and a net small enough to train in a test: the class of a picture is its brightness."""

import torch
from torch import nn

from resnet_edu.nets.tiny_imagenet import CLASSES
from resnet_edu.seeding import seeded
from resnet_edu.training.data import Dataset, Split


def generator(seed: int = 0) -> torch.Generator:
    """Return a seeded random generator."""
    return torch.Generator().manual_seed(seed)


def split(count: int, seed: int) -> Split:
    """Return pictures of ten classes."""
    labels = torch.arange(count) % 10
    noise = torch.randint(0, 20, (count, 3, 64, 64), generator=generator(seed))
    return Split((noise + labels.view(-1, 1, 1, 1) * 23).to(torch.uint8), labels)


def bright_pictures() -> Dataset:
    """Return the data set under the names of Tiny ImageNet's classes, of which ten occur."""
    return Dataset("made", tuple(each.en for each in CLASSES), split(80, 1), split(40, 2), split(30, 3))


def small_net() -> nn.Module:
    """Return a net with one convolution; layer 5 is the linear one."""
    with seeded(0):
        return nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8, 10),
        )
