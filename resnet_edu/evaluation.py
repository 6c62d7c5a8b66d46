"""Measures a net again on its data set, including how far its doubt can be trusted."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import torch

from resnet_edu.device import best_device
from resnet_edu.errors import UserError, mark
from resnet_edu.nets.card import Calibration, ModelCard, Strangers, load_card, save_card
from resnet_edu.nets.cifar import CIFAR10_CLASSES, CifarSpec
from resnet_edu.training import strangers
from resnet_edu.training.calibration import LabelledLogits, calibrate, collect, fit_temperature, worth
from resnet_edu.training.data import Dataset, load_cifar10, normalize
from resnet_edu.training.loop import answers
from resnet_edu.training.tiny_data import DESCRIPTION, load_tiny_imagenet
from resnet_edu.training.tiny_imagenet import calibrated, remeasure
from resnet_edu.vision.catalogue import Net, Source, load
from resnet_edu.vision.image import decode


@dataclass(frozen=True)
class Evaluated:
    """Figures by name, as ``measured`` on ``data`` and, if there are any, as ``stated`` for ``stated_data``."""

    data: str
    stated_data: str
    measured: dict[str, float]
    stated: dict[str, float]

    def differs(self, tolerance: float) -> bool:
        """Return whether any figure stated for the same data differs."""
        return self.data == self.stated_data and any(
            abs(self.measured[name] - value) > tolerance for name, value in self.stated.items()
        )


def evaluate(net: Net, data_dir: Path | None, cache: Path) -> Evaluated:
    """Measure a shipped net or an operator's CIFAR-10 net; raises ``UserError`` for any other."""
    if net.source is Source.OURS:
        card = load_card(net.path)
        dataset = _dataset(card, data_dir, cache)
        measured = _tiny(net, card, dataset) if card.data == DESCRIPTION else _cifar(net, card.calibration, dataset)
        printed = {**card.metrics, **(asdict(card.calibration) if card.calibration else {})}
        stated_data = _pictures(int(card.metrics["test_pictures"]), card.data)
        return Evaluated(_of(dataset), stated_data, measured, {name: printed[name] for name in measured})
    if not isinstance(net.architecture, CifarSpec) or net.architecture.classes != len(CIFAR10_CLASSES):
        raise UserError(mark("{name} can't be measured: it is neither ours nor a net for CIFAR-10."), name=net.id)
    dataset = load_cifar10(data_dir, cache)
    measured = _cifar(net, net.calibration, dataset)
    stated = {} if net.accuracy is None else {"test_accuracy": net.accuracy}
    return Evaluated(_of(dataset), net.accuracy_data, measured, stated)


def record_doubt(net: Net, data_dir: Path | None, cache: Path, photos: Path | None) -> ModelCard:
    """Write a net's calibration to its card, with how often it doubts photos of other things; returns the card."""
    if net.source is not Source.OURS:
        raise UserError(mark("{name} has no model card to write on. Choose one of ours."), name=net.id)
    card = load_card(net.path)
    dataset = _dataset(card, data_dir, cache)
    if card.data == DESCRIPTION:
        calibration = calibrated(load(net), card, dataset, best_device())
    else:
        calibration = calibrate(*_answers(net, dataset).halves())
    net = replace(net, calibration=calibration)
    found = _doubted(net, strangers.photos(photos)) if photos else card.strangers
    card = replace(card, calibration=calibration, strangers=found)
    save_card(net.path, card)
    return card


def _dataset(card: ModelCard, data_dir: Path | None, cache: Path) -> Dataset:
    return (load_tiny_imagenet if card.data == DESCRIPTION else load_cifar10)(data_dir, cache)


def _of(dataset: Dataset) -> str:
    return _pictures(len(dataset.test), dataset.name)


def _pictures(count: int, data: str) -> str:
    return f"{count:,} test pictures of {data}"


def _tiny(net: Net, card: ModelCard, dataset: Dataset) -> dict[str, float]:
    return remeasure(load(net), card, dataset, best_device())


def _answers(net: Net, dataset: Dataset) -> LabelledLogits:
    """Return the answers to CIFAR-10's test pictures, normalised as the net expects."""
    device = best_device()
    inputs = partial(normalize, mean=net.preprocessing.mean, std=net.preprocessing.std)
    return collect(answers(load(net).to(device), dataset.test, device=device, inputs=inputs))


def _cifar(net: Net, calibration: Calibration | None, dataset: Dataset) -> dict[str, float]:
    found = _answers(net, dataset)
    figures = {"test_accuracy": found.accuracy()}
    if calibration is None:
        return figures
    fitted, rest = found.halves()
    wrong, right = worth(rest, calibration.temperature, calibration.doubtful_below)
    temperature = fit_temperature(fitted.logits, fitted.labels)
    return {**figures, "temperature": temperature, "doubtful_wrong": wrong, "sure_right": right}


@torch.inference_mode()
def _doubted(net: Net, files: Iterable[bytes]) -> Strangers:
    """Classify each photo the way a reader's is, alone and on the CPU."""
    model = load(net)
    seen = (net.preprocessing.view(decode(file).image) for file in files)
    shares = [float((model(net.preprocessing.tensor(each))[0] / net.temperature).softmax(0).max()) for each in seen]
    return Strangers(strangers.WHAT, len(shares), sum(map(net.is_doubtful, shares)))
