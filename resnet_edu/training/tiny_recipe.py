"""The recipe for Tiny ImageNet: growing resolution, random crops, label smoothing, averaged weights."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torchvision.transforms import functional as TF

from resnet_edu.nets.imagenet import IMAGENET_MEAN, IMAGENET_STD
from resnet_edu.nets.tiny_imagenet import enlarged
from resnet_edu.training.hyperparameters import Phase, TinyHyperparameters
from resnet_edu.training.recipe import Recipe

ASPECTS = (3 / 4, 4 / 3)


@dataclass(frozen=True)
class TinyRecipe(TinyHyperparameters, Recipe):
    """Progressive resolution (Tan and Le 2021) with crops of varying size (Szegedy et al. 2015).

    Crops show objects larger than whole pictures do, so training slightly below the final resolution matches
    it, and the last epochs use nearly whole pictures (Touvron et al. 2019, "Fixing the train-test resolution
    discrepancy"). Half of the pictures are randomly softened, because many photos have been filtered while
    being reduced and are softer than the data set's pictures. Labels are smoothed (Szegedy et al. 2016);
    weights decay, but batch normalisation scales and all biases don't; each residual branch starts at zero
    (Goyal et al. 2017, section 5.1); the final weights are a running average with decay ``averaging``,
    including batch normalisation statistics.
    """

    def phase(self, epoch: int) -> Phase:
        """Return the phase of an epoch, counted from 0."""
        for phase in self.phases:
            if epoch < phase.epochs:
                return phase
            epoch -= phase.epochs
        return self.phases[-1]

    def training_inputs(self, pictures: Tensor, epoch: int, generator: torch.Generator, device: torch.device) -> Tensor:
        """Soften, crop and flip at random at the phase's resolution, then normalise."""
        phase = self.phase(epoch)
        varied = softened(pictures.to(device), self.softened, generator)
        return normalised(random_crops(varied, phase.side, phase.smallest, generator))

    def inputs(self, pictures: Tensor, epoch: int) -> Tensor:
        """Return whole pictures at the phase's resolution."""
        return whole_inputs(pictures, self.phase(epoch).side)

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the cross-entropy with smoothed labels."""
        return F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing)

    def parameters(self, net: nn.Module) -> list[dict[str, Any]]:
        """Group the parameters: convolution and linear weights decay; the one-dimensional scales and biases don't."""
        parameters = list(net.parameters())
        return [
            {"params": [each for each in parameters if each.ndim > 1]},
            {"params": [each for each in parameters if each.ndim <= 1], "weight_decay": 0.0},
        ]

    def averaged(self, net: nn.Module) -> AveragedModel | None:
        """Return an exponential moving average of the weights and of batch normalisation's running statistics."""
        update = get_ema_multi_avg_fn(self.averaging)  # type: ignore[no-untyped-call]  # torch ships it without annotations
        return AveragedModel(net, multi_avg_fn=update, use_buffers=True)


def normalised(pictures: Tensor) -> Tensor:
    """Normalise values in [0, 255] to float32 by ImageNet's mean and standard deviation per channel."""
    scaled: Tensor = TF.normalize(pictures.float() / 255, list(IMAGENET_MEAN), list(IMAGENET_STD))
    return scaled


def whole_inputs(pictures: Tensor, side: int) -> Tensor:
    """Turn whole pictures, uint8 (N, 3, 64, 64), into inputs at ``side`` pixels, as is done for photos."""
    return normalised(enlarged(pictures, side))


def softened(pictures: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """A ``share`` of the pictures mixed with a blurred copy, 0 to 100% of it; uint8 in, float32 of [0, 255] out."""
    count, channels = pictures.shape[:2]
    amount = torch.rand(count, generator=generator) * (torch.rand(count, generator=generator) < share)
    amount = amount.view(-1, 1, 1, 1).to(pictures.device)
    pictures = pictures.float()
    line = torch.tensor([1.0, 2.0, 1.0], device=pictures.device) / 4
    kernel = torch.outer(line, line).expand(channels, 1, 3, 3)
    blurred = F.conv2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), kernel, groups=channels)
    return torch.lerp(pictures, blurred, amount)


def random_crops(pictures: Tensor, side: int, smallest: float, generator: torch.Generator) -> Tensor:
    """Crop each picture at random, enlarge it to ``side`` x ``side``, and flip half of them.

    As in torchvision's ``RandomResizedCrop``, area is uniform from ``smallest`` to 1 and aspect log-uniform
    from 3:4 to 4:3, at whole pixels; a side that would be too long is clipped to the picture's.
    """
    count, _, height, width = pictures.shape
    uniform = torch.rand(5, count, generator=generator)
    area = smallest + (1 - smallest) * uniform[0]
    low, high = (math.log(aspect) for aspect in ASPECTS)
    aspect = torch.exp(low + (high - low) * uniform[1])
    wide = (width * (area * aspect).sqrt()).round().clamp(1, width)
    tall = (height * (area / aspect).sqrt()).round().clamp(1, height)
    left = (uniform[2] * (width - wide + 1)).floor()
    top = (uniform[3] * (height - tall + 1)).floor()
    mirror = torch.where(uniform[4] < 0.5, -1.0, 1.0)
    theta = torch.zeros(count, 2, 3)  # from the output's square [-1, 1] to the crop's place in the picture
    theta[:, 0, 0], theta[:, 0, 2] = mirror * wide / width, (2 * left + wide) / width - 1
    theta[:, 1, 1], theta[:, 1, 2] = tall / height, (2 * top + tall) / height - 1
    grid = F.affine_grid(theta.to(pictures.device), [count, 3, side, side], align_corners=False)
    return F.grid_sample(pictures.float(), grid, mode="bilinear", padding_mode="border", align_corners=False)
