"""What fine-tuning on a folder leaves behind: weights, a card with its confusion matrix, and the recorded run."""

import datetime
from dataclasses import asdict

import torch

from resnet_edu.device import device_name
from resnet_edu.nets.card import Given, ModelCard, Resolution, save_weights
from resnet_edu.teaching.fine_tuning import MEASURED, FineTuned
from resnet_edu.teaching.folder import ClassFolder
from resnet_edu.training.hyperparameters import FineTuning
from resnet_edu.training.record import RunRecord, save_record
from resnet_edu.training.target import Target
from resnet_edu.versions import versions
from resnet_edu.vision.catalogue import Net


def publish(
    name: str,
    begun: Net,
    net: Net,
    folder: ClassFolder,
    recipe: FineTuning,
    found: FineTuned,
    *,
    command: str,
    device: torch.device,
    target: Target,
) -> ModelCard:
    """Write the best epoch's weights with their card, and the run; returns the card.

    ``begun`` is the net as it was before, ``net`` the one that has the new classes.
    """
    hardware = f"{device_name(device)}, {torch.get_num_threads()} threads, {found.precision}"
    used = versions("torch", "torchvision")
    record = RunRecord(
        name=name,
        architecture=net.architecture.as_dict(),
        data=folder.name,
        train_pictures=len(folder.train),
        test_pictures=len(folder.held_out),
        train_sample=min(MEASURED, len(folder.train)),
        recipe={"name": recipe.name, **asdict(recipe)},
        command=command,
        hardware=hardware,
        versions=used,
        epochs=found.epochs,
    )
    save_record(target.record, record)
    best = found.epochs[found.best - 1]
    classes = len(folder.classes)
    confusion = torch.bincount(found.labels * classes + found.logits.argmax(1), minlength=classes**2)
    seen = net.preprocessing
    card = ModelCard(
        name=name,
        architecture=net.architecture.as_dict(),
        classes=folder.classes,
        data=folder.name,
        recipe={
            **record.recipe,
            "begun_with": begun.id,
            "split": folder.split,
            "best_epoch": found.best,
            "precision": found.precision,
            "hardware": hardware,
        },
        command=command,
        metrics={
            "test_accuracy": 1 - best.test_error,
            "test_loss": best.test_loss,
            "test_pictures": len(folder.held_out),
            "train_pictures": len(folder.train),
        },
        date=datetime.date.today().isoformat(),
        versions=used,
        sha256="",
        resolution=Resolution(seen.detail, seen.crop) if seen.detail else None,
        given=None if seen.detail else Given(seen.resize, seen.crop, seen.mean, seen.std),
        confusion=tuple(map(tuple, confusion.view(classes, classes).tolist())),
    )
    return save_weights(target.weights, found.state, card)
