"""Trains one net of the CIFAR family, leaving weights, model card and recorded run."""

import datetime

import torch

from resnet_edu.nets.card import ModelCard, save_weights
from resnet_edu.nets.cifar import CifarNet, CifarSpec
from resnet_edu.seeding import seeded
from resnet_edu.training.calibration import calibrate, collect
from resnet_edu.training.data import Dataset
from resnet_edu.training.loop import TrainingResult, answers, evaluate
from resnet_edu.training.publishing import record_of
from resnet_edu.training.recipe import Recipe
from resnet_edu.training.record import save_record
from resnet_edu.training.target import Target


def run_name(spec: CifarSpec, seed: int = 0) -> str:
    """Return the stem of a run's file names, such as ``cifar10-residual-20`` or ``cifar10-residual-20-seed-1``."""
    return f"cifar10-{spec.name}" + (f"-seed-{seed}" if seed else "")


def build_seeded(spec: CifarSpec, seed: int) -> CifarNet:
    """Return a net whose initial weights are determined by ``seed``; the global generator is left untouched."""
    with seeded(seed):
        return CifarNet(spec)


def publish(
    net: CifarNet,
    dataset: Dataset,
    recipe: Recipe,
    result: TrainingResult,
    *,
    command: str,
    device: torch.device,
    target: Target,
) -> ModelCard:
    """Evaluate in float32 and write weights, card and record; returns the card.

    CIFAR-10 has no held-out pictures, so temperature and threshold are fitted on one half of the test
    pictures and measured on the other.
    """
    name = run_name(net.spec, recipe.seed)
    test, train = (evaluate(net, split, device=device) for split in (dataset.test, dataset.train))
    record = record_of(name, net.spec.as_dict(), dataset, recipe, result, command, device)
    save_record(target.record, record)
    card = ModelCard(
        name=name,
        architecture=net.spec.as_dict(),
        classes=dataset.classes,
        data=dataset.name,
        recipe={**record.recipe, "precision": result.precision, "hardware": record.hardware},
        command=command,
        metrics={
            "test_accuracy": 1 - test.error,
            "test_loss": test.loss,
            "train_accuracy": 1 - train.error,
            "train_loss": train.loss,
            "test_pictures": len(dataset.test),
            "train_pictures": len(dataset.train),
        },
        date=datetime.date.today().isoformat(),
        versions=record.versions,
        sha256="",
        calibration=calibrate(*collect(answers(net, dataset.test, device=device)).halves()),
    )
    return save_weights(target.weights, net.state_dict(), card)
