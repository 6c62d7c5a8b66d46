"""``evaluate``: a card's figures, measured again."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resnet_edu.cli.options import DataDir
from resnet_edu.cli.weights import find_net
from resnet_edu.errors import UserError, mark
from resnet_edu.paths import CHECKPOINTS

if TYPE_CHECKING:
    from torch import nn

    from resnet_edu.nets.card import ModelCard
    from resnet_edu.training.data import Dataset

TOLERANCE = 0.001
"""Another processor's rounding may turn a picture or two in ten thousand."""


def evaluate(
    name: Annotated[str, typer.Argument(help="A net of ours, as `weights list` names it.")] = "cifar10-residual-20",
    data_dir: DataDir = None,
) -> None:
    """Measure a net of ours on its test set again and compare with its model card."""
    from resnet_edu.nets.card import load_card
    from resnet_edu.text_table import text_table
    from resnet_edu.training.tiny_data import DESCRIPTION
    from resnet_edu.vision.catalogue import Source, load

    net = find_net(name)
    if net.source is not Source.OURS:
        raise UserError(mark("{name} has no model card to compare with. Choose one of ours."), name=name)
    card = load_card(net.path)
    measure = _measure_tiny_imagenet if card.data == DESCRIPTION else _measure_cifar10
    dataset, figures = measure(load(net), card, data_dir)
    printed = {**card.metrics, **(asdict(card.calibration) if card.calibration else {})}
    pictures = card.metrics["test_pictures"]
    typer.echo(f"measured on {dataset.description}, card on {pictures:,} test pictures of {card.data}")
    rows = [(figure, f"{value:.6f}", f"{printed[figure]:.6f}") for figure, value in figures.items()]
    typer.echo(text_table(rows, "lrr", ("", "measured", "card")))
    is_same_data = (dataset.name, len(dataset.test)) == (card.data, pictures)
    if is_same_data and any(abs(value - printed[name]) > TOLERANCE for name, value in figures.items()):
        raise typer.Exit(1)


def _measure_cifar10(net: "nn.Module", card: "ModelCard", data_dir: Path | None) -> "tuple[Dataset, dict[str, float]]":
    from resnet_edu.device import best_device
    from resnet_edu.training.data import load_cifar10
    from resnet_edu.training.loop import evaluate

    dataset = load_cifar10(data_dir, CHECKPOINTS / "data")
    device = best_device()
    score = evaluate(net.to(device), dataset.test, device=device)
    return dataset, {"test_accuracy": 1 - score.error}


def _measure_tiny_imagenet(
    net: "nn.Module", card: "ModelCard", data_dir: Path | None
) -> "tuple[Dataset, dict[str, float]]":
    from resnet_edu.device import best_device
    from resnet_edu.training.tiny_data import load_tiny_imagenet
    from resnet_edu.training.tiny_imagenet import remeasure

    dataset = load_tiny_imagenet(data_dir, CHECKPOINTS / "data")
    return dataset, remeasure(net, card, dataset, best_device())
