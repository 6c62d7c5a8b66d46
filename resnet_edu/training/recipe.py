"""How a net is trained: everything that, with the seed, determines the result."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

from resnet_edu.training.data import augment, normalize


@dataclass(frozen=True)
class Recipe:
    """CIFAR-10: SGD with Nesterov momentum, one epoch of warm-up, then a cosine to zero.

    He15 section 4.2 trains 164 epochs with steps at 50 % and 75 % and a weight decay of 1e-4; the
    cosine and the larger decay get most of its accuracy in a quarter of the time.

    Another data set's recipe overrides the methods. The fields identify a run: a checkpoint of
    other values is refused.
    """

    epochs: int = 40
    batch_size: int = 128
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    warmup_epochs: int = 1
    seed: int = 0

    def learning_rate_at(self, step: int, steps_per_epoch: int) -> float:
        """The learning rate of update ``step``, counted from 0 over the whole run."""
        warmup = self.warmup_epochs * steps_per_epoch
        if step < warmup:
            return self.learning_rate * (step + 1) / warmup
        done = (step - warmup) / max(1, self.epochs * steps_per_epoch - warmup)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * done))

    def generator(self, *path: int) -> torch.Generator:
        """A random stream of its own for each epoch or step, so that a run can resume anywhere."""
        number = self.seed
        for part in path:
            number = number * 1_000_003 + part + 1
        return torch.Generator().manual_seed(number % 2**63)

    def training_inputs(self, pictures: Tensor, epoch: int, generator: torch.Generator, device: torch.device) -> Tensor:
        """Augmented and normalised: uint8 (N, 3, H, W) on the CPU -> float32 on ``device``; epochs count from 0."""
        return normalize(augment(pictures, generator).to(device))

    def inputs(self, pictures: Tensor, epoch: int) -> Tensor:
        """Normalised as they are, for measuring after ``epoch``; the device stays."""
        return normalize(pictures)

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """What training makes small; measured losses are always the plain cross-entropy."""
        return F.cross_entropy(logits, labels)

    def parameters(self, net: nn.Module) -> list[dict[str, Any]]:
        """The optimiser's parameter groups."""
        return [{"params": list(net.parameters())}]

    def set_mode(self, net: nn.Module) -> None:
        """Training mode, for batch normalisation above all."""
        net.train()

    def averaged(self, net: nn.Module) -> AveragedModel | None:
        """A running average of the net's weights to update after every step, if the recipe has one."""
        return None


def make_optimizer(net: nn.Module, recipe: Recipe) -> torch.optim.SGD:
    """SGD over all parameters; the learning rate is set before every step."""
    return torch.optim.SGD(
        recipe.parameters(net),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        nesterov=True,
    )
