"""Plain versus residual: the learning signal at every layer of two nets that are otherwise identical."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import torch
from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.measure.signals import NetSignals, measure_signals
from resnet_edu.nets.cifar import IMAGE_SIZE, CifarNet, CifarSpec
from resnet_edu.seeding import seeded

DEPTHS = tuple(range(8, 111, 6))
"""Every depth of the slider; He15's 1202 is recorded as well."""


class Pictures(StrEnum):
    """The input pictures."""

    NOISE = "noise"
    REAL = "real"


@dataclass(frozen=True)
class Experiment:
    """One net, one batch, one seed: everything that determines a measurement.

    The seed determines weights, pictures and labels, so that two nets of the same shape start with the same
    weights and see the same batch.
    """

    net: CifarSpec
    batch_size: int = 8
    pictures: Pictures = Pictures.NOISE
    seed: int = 0


def build(experiment: Experiment) -> CifarNet:
    """Return the net with the experiment's initial weights; the global generator is left untouched."""
    with seeded(experiment.seed):
        return CifarNet(experiment.net)


def make_batch(experiment: Experiment, pool: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return (N, 3, 32, 32) pictures with mean 0 and deviation 1, and (N,) random labels.

    Noise is standard normal. Real pictures are drawn from ``pool``, float (M, 3, 32, 32); raises
    ``UserError`` if there is none.
    """
    generator = torch.Generator().manual_seed(experiment.seed)
    count = experiment.batch_size
    labels = torch.randint(0, experiment.net.classes, (count,), generator=generator)
    if experiment.pictures is Pictures.NOISE:
        return torch.randn(count, 3, IMAGE_SIZE, IMAGE_SIZE, generator=generator), labels
    if pool is None:
        raise UserError(mark("There are no pictures to measure on. Choose noise."))
    chosen = pool[torch.randint(0, len(pool), (count,), generator=generator)]
    return (chosen - pool.mean((0, 2, 3), keepdim=True)) / pool.std((0, 2, 3), keepdim=True), labels


def measure_gradients(experiment: Experiment, pool: Tensor | None = None) -> NetSignals:
    """Run one float32 forward and backward pass and return the signals of the ``depth - 1`` convolutions.

    Shortcut projections and gates are left out, so that plain and residual nets have the same layers.
    Underflow becomes 0; overflow stays NaN or infinity.
    """
    return measure_net(build(experiment), *make_batch(experiment, pool))


def measure_net(net: CifarNet, images: Tensor, labels: Tensor) -> NetSignals:
    """Measure a net in any state on any batch, with the same layers as ``measure_gradients``."""
    signals = measure_signals(net, images, labels)
    layers = tuple(layer for layer in signals.layers if not layer.is_side_branch)
    return replace(signals, layers=layers)


def first_to_last(values: Sequence[float]) -> float:
    """Return the ratio of the first layer's value to the last layer's; NaN if the latter is 0."""
    return values[0] / values[-1] if values[-1] else math.nan
