"""The sample gallery: pictures with free licences, shipped with their credits."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from torchvision.transforms import RandomResizedCrop
from torchvision.transforms import functional as TF

from resnet_edu.errors import mark
from resnet_edu.nets.cifar import CIFAR10_CLASSES
from resnet_edu.paths import ASSETS
from resnet_edu.seeding import seeded
from resnet_edu.vision.image import Picture, decode

FOLDER = ASSETS / "samples"
CC0 = "CC0"
PUBLIC_DOMAIN = mark("public domain")


@dataclass(frozen=True)
class Sample:
    """A picture in the gallery; ``title`` and ``licence`` are source strings for the reader.

    ``source`` is the free package it comes from.
    """

    id: str
    title: str
    author: str
    licence: str
    source: str = "scikit-image"

    @property
    def path(self) -> Path:
        """The JPEG file."""
        return FOLDER / f"{self.id}.jpg"


SAMPLES = (
    Sample("dog", mark("A German shepherd"), "Hans Kemperman", PUBLIC_DOMAIN, "GCompris"),
    Sample("cat", mark("Chelsea the cat"), "Stefan van der Walt", CC0),
    Sample("rocket", mark("A rocket takes off"), "SpaceX", PUBLIC_DOMAIN),
    Sample("horse", mark("Silhouette of a horse"), "Andreas Preuss", CC0),
    Sample("coffee", mark("A cup of coffee"), "Rachel Michetti", CC0),
    Sample("astronaut", mark("Eileen Collins, astronaut"), "NASA", PUBLIC_DOMAIN),
    Sample("photographer", mark("A photographer"), "Lav Varshney", CC0),
    Sample("galaxies", mark("Hubble deep field"), "NASA", PUBLIC_DOMAIN),
)
DEFAULT_SAMPLE = SAMPLES[0].id
CIFAR10_SAMPLES = tuple(sample for sample in SAMPLES if sample.id in CIFAR10_CLASSES)
"""The samples that show one of CIFAR-10's classes; of the others, a lecture asks what such a net says."""
CIFAR10_SAMPLE = "cat"
"""The sample for nets with CIFAR-10's classes: it shows one of them, and the shipped nets recognise it."""


@cache
def sample_picture(sample_id: str) -> Picture:
    """Decode a sample's picture; raises ``StopIteration`` for an unknown id."""
    sample = next(sample for sample in SAMPLES if sample.id == sample_id)
    return decode(sample.path.read_bytes(), sample.path.name)


def crops(count: int = 256, side: int = 32) -> Tensor:
    """Return ``count`` crops of the gallery's pictures, float (count, 3, side, side) in [0, 1]; always the same."""
    crop = RandomResizedCrop(side, scale=(0.1, 1.0), antialias=True)
    with seeded(0):
        pictures = [sample_picture(SAMPLES[index % len(SAMPLES)].id).image for index in range(count)]
        return torch.stack([TF.to_tensor(crop(picture)) for picture in pictures])
