"""What the page states about a net's training data."""

from dataclasses import replace

import pytest

from resnet_edu.ui.inference import nets
from resnet_edu.vision.catalogue import catalogue


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nets, "_", lambda message, **values: message.format(**values))


@pytest.mark.parametrize(
    ("data", "train", "test", "told"),
    [
        ("CIFAR-10", 49_923, 9_979, "CIFAR-10, 59,902 of its 60,000 pictures"),
        ("CIFAR-10", 50_000, 10_000, "CIFAR-10"),
        ("CIFAR-10", None, None, "CIFAR-10"),
        ("Tiny ImageNet", 10, 10, "Tiny ImageNet"),
        ("", None, None, "not stated in the file"),
    ],
)
def test_pictures_that_are_missing_are_told(data: str, train: int | None, test: int | None, told: str) -> None:
    net = replace(catalogue().nets["cifar10-residual-20"], data=data, train_pictures=train, test_pictures=test)
    assert nets._trained_on(net) == told


def test_a_card_says_how_many_pictures_there_were() -> None:
    net = catalogue().nets["cifar10-residual-20"]
    assert net.train_pictures is not None
    assert net.test_pictures is not None
    assert net.train_pictures + net.test_pictures <= 60_000
