"""The shipped net for 200 classes: its card's limits, its file, and its answers to the gallery's photos."""

from functools import cache

import pytest
import torch

from resnet_edu.nets.card import ModelCard, load_card
from resnet_edu.nets.tiny_imagenet import CLASSES
from resnet_edu.vision.catalogue import DEFAULT_NET, Net, Source, catalogue, load
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.predict import Predict, Prediction
from resnet_edu.vision.samples import DEFAULT_SAMPLE, SAMPLES, sample_picture

RIGHT = {
    "cat": {"tabby cat", "Persian cat", "Egyptian cat"},
    "dog": {"German shepherd"},
    "coffee": {"espresso"},
}
"""The samples that show one of its classes."""
NEAR = {"rocket"}
"""Samples that resemble one of its classes: a missile, an obelisk, a crane."""
FAR = {sample.id for sample in SAMPLES} - set(RIGHT) - NEAR


@pytest.fixture(scope="module")
def net() -> Net:
    return catalogue().nets[DEFAULT_NET]


@pytest.fixture(scope="module")
def card(net: Net) -> ModelCard:
    return load_card(net.path)


@cache
def answer(sample: str) -> Prediction:
    net = catalogue().nets[DEFAULT_NET]
    return Predict(net, sample_picture(sample)).run(Loaded(net, load(net), torch.device("cpu")))


def test_it_is_as_good_as_promised(net: Net, card: ModelCard) -> None:
    assert net.source is Source.OURS
    assert card.classes == tuple(each.en for each in CLASSES)
    assert card.metrics["test_pictures"] == 10_000
    assert card.metrics["test_accuracy"] >= 0.55
    assert card.metrics["test_top5_accuracy"] >= 0.78
    assert card.metrics["test_calibration_error"] < 0.03


def test_half_precision_costs_next_to_nothing_and_the_file_is_small(net: Net, card: ModelCard) -> None:
    for figure in ("test_accuracy", "test_top5_accuracy"):
        assert abs(card.metrics[figure] - card.metrics[f"{figure}_float32"]) <= 0.001
    assert net.path.stat().st_size <= 25e6


@pytest.mark.parametrize("sample", RIGHT)
def test_a_photo_of_one_of_its_classes_is_named_rightly(sample: str) -> None:
    assert answer(sample).top[0].name in RIGHT[sample]


def test_it_is_sure_of_the_picture_that_its_page_opens_with(net: Net) -> None:
    assert DEFAULT_SAMPLE in RIGHT
    assert not net.is_doubtful(answer(DEFAULT_SAMPLE).top[0].probability)


@pytest.mark.parametrize("sample", sorted(FAR))
def test_a_picture_far_outside_its_classes_gets_low_confidence(net: Net, sample: str) -> None:
    best = answer(sample).top[0]
    assert net.is_doubtful(best.probability)
    assert best.probability < 0.5
