"""How a net is trained: everything that, with the seed, determines the result."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

from resnet_edu.training.data import augment, normalize
from resnet_edu.training.hyperparameters import Hyperparameters, PaperHyperparameters


@dataclass(frozen=True)
class Recipe(Hyperparameters):
    """CIFAR-10 with SGD, on randomly shifted and flipped pictures (He15 section 4.2).

    Recipes for other data sets override the methods.
    """

    def generator(self, *path: int) -> torch.Generator:
        """Return a separate random stream for each epoch or step, so that a run can resume anywhere."""
        number = self.seed
        for part in path:
            number = number * 1_000_003 + part + 1
        return torch.Generator().manual_seed(number % 2**63)

    def training_inputs(self, pictures: Tensor, epoch: int, generator: torch.Generator, device: torch.device) -> Tensor:
        """Augment and normalise on ``device``: uint8 (N, 3, H, W) -> float32; epochs count from 0."""
        return normalize(augment(pictures.to(device), generator))

    def inputs(self, pictures: Tensor, epoch: int) -> Tensor:
        """Normalise without augmentation, for measuring after ``epoch``; the device is unchanged."""
        return normalize(pictures)

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the loss to minimise; measured losses are always the plain cross-entropy."""
        return F.cross_entropy(logits, labels)

    def parameters(self, net: nn.Module) -> list[dict[str, Any]]:
        """Return the optimiser's parameter groups."""
        return [{"params": list(net.parameters())}]

    def set_mode(self, net: nn.Module) -> None:
        """Set training mode, which matters for batch normalisation."""
        net.train()

    def averaged(self, net: nn.Module) -> AveragedModel | None:
        """Return a running average of the weights to update after every step, or None if the recipe has none."""
        return None


@dataclass(frozen=True)
class PaperRecipe(PaperHyperparameters, Recipe):
    """The same with the paper's own hyperparameters: the replication."""


CIFAR10_RECIPES: dict[type[Hyperparameters], type[Recipe]] = {
    Hyperparameters: Recipe,
    PaperHyperparameters: PaperRecipe,
}


def cifar10_recipe(values: Hyperparameters) -> Recipe:
    """Return the recipe with these hyperparameters."""
    return CIFAR10_RECIPES[type(values)](**vars(values))


def make_optimizer(net: nn.Module, recipe: Recipe) -> torch.optim.SGD:
    """Return SGD over all parameters; the learning rate is set before every step."""
    return torch.optim.SGD(
        recipe.parameters(net),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        nesterov=recipe.nesterov,
    )
