"""What every run records in the same form: its hardware and its record."""

from dataclasses import asdict
from typing import Any

import torch

from resnet_edu.device import device_name
from resnet_edu.training.data import Dataset
from resnet_edu.training.loop import TRAIN_SAMPLE, TrainingResult
from resnet_edu.training.recipe import Recipe
from resnet_edu.training.record import RunRecord
from resnet_edu.versions import versions


def hardware(device: torch.device, result: TrainingResult) -> str:
    """Return the hardware and the precision of a run."""
    return f"{device_name(device)}, {torch.get_num_threads()} threads, {result.precision}"


def record_of(
    name: str,
    architecture: dict[str, Any],
    dataset: Dataset,
    recipe: Recipe,
    result: TrainingResult,
    command: str,
    device: torch.device,
) -> RunRecord:
    """Return the record of a run."""
    return RunRecord(
        name=name,
        architecture=architecture,
        data=dataset.name,
        train_pictures=len(dataset.train),
        test_pictures=len(dataset.test),
        train_sample=min(TRAIN_SAMPLE, len(dataset.train)),
        recipe={"name": recipe.name, **asdict(recipe)},
        command=command,
        hardware=hardware(device, result),
        versions=versions("torch", "torchvision"),
        epochs=result.epochs,
        probes=result.probes,
    )
