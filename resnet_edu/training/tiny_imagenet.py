"""Trains one of torchvision's nets on Tiny ImageNet, leaving weights, model card and recorded run."""

import copy
import datetime
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torch.optim.swa_utils import update_bn
from torchvision.models.resnet import BasicBlock, Bottleneck

from resnet_edu.nets.card import Calibration, ModelCard, Resolution, halved, save_weights
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.nets.tiny_imagenet import CLASSES, PICTURE_SIDE
from resnet_edu.seeding import seeded
from resnet_edu.training.calibration import LabelledLogits, calibrate, collect, fit_temperature, worth
from resnet_edu.training.data import Dataset, Split
from resnet_edu.training.loop import TRAIN_SAMPLE, Inputs, TrainingResult, answers
from resnet_edu.training.publishing import record_of
from resnet_edu.training.record import save_record
from resnet_edu.training.target import Target
from resnet_edu.training.tiny_recipe import TinyRecipe, whole_inputs

TOP = 5


def run_name(model: str) -> str:
    """Return the stem of a run's file names, such as ``tiny-imagenet-resnet18``."""
    return f"tiny-imagenet-{model}"


def build_seeded(model: str, seed: int) -> nn.Module:
    """Return a net for 200 classes whose initial weights are determined by ``seed``.

    The scale of each residual branch's last batch normalisation starts at zero, so that the branch does too
    (Goyal et al. 2017, section 5.1), as with torchvision's ``zero_init_residual``. The global generator is
    left untouched.
    """
    with seeded(seed):
        net = ImagenetSpec(model, len(CLASSES)).build()
    for module in net.modules():
        if isinstance(module, BasicBlock):
            nn.init.zeros_(module.bn2.weight)
        elif isinstance(module, Bottleneck):
            nn.init.zeros_(module.bn3.weight)
    return net


def answers_to(net: nn.Module, split: Split, side: int, device: torch.device) -> LabelledLogits:
    """Return all answers to whole pictures at ``side`` pixels, in float32."""
    return collect(answers(net, split, device=device, inputs=partial(whole_inputs, side=side)))


def metrics_of(found: LabelledLogits, calibration: Calibration) -> dict[str, float]:
    """Return the figures for a card, which `evaluate` measures again."""
    return {
        "test_accuracy": found.accuracy(),
        "test_top5_accuracy": found.accuracy(TOP),
        "test_loss": found.loss(calibration.temperature),
        "test_calibration_error": found.calibration_error(calibration.temperature),
        "test_calibration_error_uncalibrated": found.calibration_error(),
    }


def remeasure(net: nn.Module, card: ModelCard, dataset: Dataset, device: torch.device) -> dict[str, float]:
    """Measure a shipped net's figures again, named as on its card; the temperature is fitted again."""
    assert dataset.held_out is not None
    assert card.resolution is not None
    assert card.calibration is not None
    net.to(device)
    held_out, test = (
        answers_to(net, split, card.resolution.side, device) for split in (dataset.held_out, dataset.test)
    )
    wrong, right = worth(test, card.calibration.temperature, card.calibration.doubtful_below)
    return {
        **metrics_of(test, card.calibration),
        "temperature": fit_temperature(held_out.logits, held_out.labels),
        "doubtful_wrong": wrong,
        "sure_right": right,
    }


def calibrated(net: nn.Module, card: ModelCard, dataset: Dataset, device: torch.device) -> Calibration:
    """Calibrate on the held-out pictures and measure on the validation pictures."""
    assert dataset.held_out is not None
    assert card.resolution is not None
    net.to(device)
    return calibrate(
        *(answers_to(net, split, card.resolution.side, device) for split in (dataset.held_out, dataset.test))
    )


def publish(
    net: nn.Module,
    model: str,
    dataset: Dataset,
    recipe: TinyRecipe,
    result: TrainingResult,
    *,
    command: str,
    device: torch.device,
    target: Target,
) -> ModelCard:
    """Select and calibrate on the held-out pictures, measure on the validation pictures, and write everything.

    Candidates are the last weights, their running average, and that average with recomputed batch
    normalisation statistics; the one with the lowest calibrated cross-entropy on the held-out pictures is
    shipped as float16. The card states the shipped file's figures, and the accuracies before the conversion
    as well. Returns the card.
    """
    assert dataset.held_out is not None
    name = run_name(model)
    side = recipe.phases[-1].side
    architecture = ImagenetSpec(model, len(dataset.classes)).as_dict()
    record = record_of(name, architecture, dataset, recipe, result, command, device)
    save_record(target.record, record)

    candidates = _candidates(net, result, dataset.train, recipe, partial(whole_inputs, side=side), device)
    held_out = {title: answers_to(each, dataset.held_out, side, device) for title, each in candidates.items()}
    tried = {title: held_out_figures(found) for title, found in held_out.items()}
    chosen = min(tried, key=lambda title: tried[title]["held_out_loss"])
    card = ModelCard(
        name=name,
        architecture=architecture,
        classes=dataset.classes,
        data=dataset.name,
        recipe={**record.recipe, "precision": result.precision, "hardware": record.hardware, "shipped": chosen},
        command=command,
        metrics={},
        date=datetime.date.today().isoformat(),
        versions=record.versions,
        sha256="",
        resolution=Resolution(PICTURE_SIDE, side),
        tried=tried,
    )
    return ship(candidates[chosen], card, dataset, device, target.weights)


def ship(net: nn.Module, card: ModelCard, dataset: Dataset, device: torch.device, weights: Path) -> ModelCard:
    """Convert the net to float16, calibrate and measure it as shipped, and write it with its card completed.

    How often it doubts photos of other things is measured separately, by `record doubt`.
    """
    assert dataset.held_out is not None
    assert card.resolution is not None
    side = card.resolution.side
    whole = answers_to(net, dataset.test, side, device)
    state = halved(net.state_dict())
    shipped = copy.deepcopy(net)
    shipped.load_state_dict(state)
    held_out, test = (answers_to(shipped, split, side, device) for split in (dataset.held_out, dataset.test))
    calibration = calibrate(held_out, test)
    metrics = {
        **metrics_of(test, calibration),
        "test_accuracy_float32": whole.accuracy(),
        "test_top5_accuracy_float32": whole.accuracy(TOP),
        "test_pictures": len(dataset.test),
        "train_pictures": len(dataset.train),
    }
    return save_weights(weights, state, replace(card, metrics=metrics, calibration=calibration, strangers=None))


def _candidates(
    net: nn.Module, result: TrainingResult, train: Split, recipe: TinyRecipe, inputs: Inputs, device: torch.device
) -> dict[str, nn.Module]:
    """Return the last weights, their average, and the average with recomputed batch normalisation statistics."""
    assert result.averaged is not None
    anew = copy.deepcopy(result.averaged)
    chosen = torch.randperm(len(train), generator=recipe.generator())[:TRAIN_SAMPLE]
    batches = torch.split(chosen, recipe.batch_size)
    update_bn((inputs(train.images[batch].to(device)) for batch in batches), anew)
    return {
        "last weights": net,
        "averaged weights": result.averaged,
        "averaged weights, batch-norm statistics of whole training pictures": anew,
    }


def held_out_figures(found: LabelledLogits) -> dict[str, float]:
    """Return accuracy and calibrated cross-entropy, named as on a card."""
    temperature = fit_temperature(found.logits, found.labels)
    return {"held_out_accuracy": found.accuracy(), "held_out_loss": found.loss(temperature)}
