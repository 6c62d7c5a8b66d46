"""Pieces of the records that need a trained net of ours and CIFAR-10: every process reads both for itself, once.

On a cluster all machines have the same version of this repository, and the data at the same path.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from resnet_edu.device import best_device
from resnet_edu.errors import UserError, mark
from resnet_edu.measure import identity
from resnet_edu.measure.identity import CALIBRATION, NETS, Insert
from resnet_edu.measure.knockout import BATCH, wrong_without
from resnet_edu.nets.cifar import CifarNet
from resnet_edu.training import data
from resnet_edu.training.data import Dataset, normalize
from resnet_edu.vision.catalogue import catalogue, load


@dataclass(frozen=True)
class Where:
    """CIFAR-10's own folder, None for torchvision's download into ``cache``."""

    data_dir: Path | None
    cache: Path


@cache
def cifar10(where: Where) -> Dataset:
    """In memory."""
    return data.load_cifar10(where.data_dir, where.cache)


@cache
def cifar_net(name: str) -> CifarNet:
    """One of our nets, in evaluation mode; raises ``UserError`` for another."""
    model = load(catalogue().find(name))
    if not isinstance(model, CifarNet):
        raise UserError(mark("{name} is none of our nets for CIFAR-10."), name=name)
    return model


def wrong_at(where: Where, piece: tuple[str, int]) -> Counter[frozenset[str]]:
    """How many of a batch of test pictures a net names wrongly, by deleted blocks; net and first picture."""
    name, first = piece
    test = cifar10(where).test
    batch = slice(first, first + BATCH)
    return wrong_without(cifar_net(name), normalize(test.images[batch]), test.labels[batch])


def curve_at(where: Where, piece: tuple[int, Insert, int]) -> identity.Curve:
    """The identity experiment for a place, what is inserted, and a seed."""
    place, insert, seed = piece
    device = best_device()
    dataset = cifar10(where)
    drawn = torch.randperm(len(dataset.train), generator=torch.Generator().manual_seed(0))[:CALIBRATION]
    pictures, calibration = (normalize(each).to(device) for each in (dataset.test.images, dataset.train.images[drawn]))
    model = cifar_net(NETS[insert.family]).to(device)
    return identity.measure(
        model, insert, place, (pictures, dataset.test.labels.to(device), calibration), seeds=(seed,)
    )
