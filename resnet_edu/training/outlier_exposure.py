"""Teaches a trained Tiny ImageNet net to be unsure of pictures unlike any of its classes (Hendrycks et al. 2019)."""

import copy
import datetime
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.architecture import architecture_from_dict
from resnet_edu.nets.card import ModelCard, load_card, load_weights
from resnet_edu.nets.tiny_imagenet import enlarged
from resnet_edu.training.data import Dataset
from resnet_edu.training.hyperparameters import OutlierHyperparameters
from resnet_edu.training.loop import TrainingResult
from resnet_edu.training.outliers import made_outliers
from resnet_edu.training.publishing import record_of
from resnet_edu.training.record import save_record
from resnet_edu.training.target import Target
from resnet_edu.training.tiny_imagenet import answers_to, held_out_figures, ship
from resnet_edu.training.tiny_recipe import TinyRecipe, normalised

STEP = "outlier exposure"
"""The name of this step on a card."""
MEASURED = 1000
MEASURED_SEED = 2**31
"""Seed of the outliers used for measurement, which no training stream starts from."""


@dataclass(frozen=True)
class OutlierRecipe(OutlierHyperparameters, TinyRecipe):
    """A short run of the last stage only, with synthetic outliers added to each batch.

    For an outlier, all classes are equally right: the loss adds ``outlier_weight`` times its cross-entropy
    with the uniform distribution (Hendrycks et al. 2019, "Deep Anomaly Detection with Outlier Exposure").
    Batch normalisation keeps its statistics, which come from real pictures.
    """

    def training_inputs(self, pictures: Tensor, epoch: int, generator: torch.Generator, device: torch.device) -> Tensor:
        """Return the usual training inputs, followed by the outliers."""
        inputs = super().training_inputs(pictures, epoch, generator, device)
        some = torch.randperm(len(pictures), generator=generator)[: round(self.outliers * len(pictures))]
        outliers = made_outliers(pictures[some].cpu(), generator).to(device)
        return torch.cat([inputs, outlier_inputs(outliers, self.phase(epoch).side)])

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the loss; ``labels`` belong to the first logits, and the rest are outliers."""
        count = len(labels)
        loss = super().loss(logits[:count], labels)
        if len(logits) == count:
            return loss
        return loss - self.outlier_weight * F.log_softmax(logits[count:], 1).mean()

    def parameters(self, net: nn.Module) -> list[dict[str, Any]]:
        """Return the parameters of the ``trained`` parts and freeze all others."""
        for name, parameter in net.named_parameters():
            parameter.requires_grad_(name.partition(".")[0] in self.trained)
        return [
            {**group, "params": [each for each in group["params"] if each.requires_grad]}
            for group in super().parameters(net)
        ]

    def set_mode(self, net: nn.Module) -> None:
        """Set evaluation mode, so that batch normalisation keeps its statistics."""
        net.eval()

    def averaged(self, net: nn.Module) -> None:
        """Return None: a run this short needs no average."""


def outlier_inputs(outliers: Tensor, side: int) -> Tensor:
    """Turn values in [0, 255], (N, 3, 64, 64), into the input of a net at ``side`` pixels."""
    return normalised(enlarged(outliers, side))


def shipped_net(weights: Path) -> tuple[nn.Module, ModelCard]:
    """Return a trained net and its card; raises ``UserError`` if missing, damaged, or already treated this way."""
    card = load_card(weights)
    if STEP in card.recipe:
        raise UserError(mark("{name} has already been trained this way. Train it from scratch first."), name=card.name)
    net = architecture_from_dict(card.architecture).build()
    net.load_state_dict(load_weights(weights, card))
    return net, card


def publish(
    net: nn.Module,
    before: ModelCard,
    dataset: Dataset,
    recipe: OutlierRecipe,
    result: TrainingResult,
    *,
    command: str,
    device: torch.device,
    weights: Path,
    target: Target,
) -> ModelCard:
    """Write the net derived from ``weights``, with a card that describes both runs and what changed."""
    assert dataset.held_out is not None
    record = record_of(before.name, before.architecture, dataset, recipe, result, command, device)
    save_record(target.record, record)
    side = recipe.phases[-1].side
    old = copy.deepcopy(net)
    old.load_state_dict(load_weights(weights, before))
    tried = {
        f"{when} {STEP}": {
            **held_out_figures(answers_to(each, dataset.held_out, side, device)),
            "outlier_share": outlier_share(each, dataset, side, device),
        }
        for when, each in (("before", old), ("after", net))
    }
    step = {**record.recipe, "precision": result.precision, "hardware": record.hardware, "command": command}
    card = replace(
        before,
        name=target.weights.stem,
        recipe={**before.recipe, STEP: step},
        command=f"{before.command} && {command}",
        date=datetime.date.today().isoformat(),
        versions=record.versions,
        tried={**before.tried, **tried},
    )
    return ship(net, card, dataset, device, target.weights)


def outlier_share(net: nn.Module, dataset: Dataset, side: int, device: torch.device) -> float:
    """Return the mean top probability over a thousand outliers that were not used in training."""
    assert dataset.held_out is not None
    generator = torch.Generator().manual_seed(MEASURED_SEED)
    some = torch.randperm(len(dataset.held_out), generator=generator)[:MEASURED]
    outliers = made_outliers(dataset.held_out.images[some], generator)
    with torch.inference_mode():
        shares = [
            net(outlier_inputs(batch.to(device), side)).softmax(1).max(1).values.cpu()
            for batch in torch.split(outliers, 100)
        ]
    return float(torch.cat(shares).mean())
