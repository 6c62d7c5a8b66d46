"""Measuring nets again: ours against their cards, operators' against their claims; doubt, and other photos."""

import io
import json
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import functional as TF
from typer.testing import CliRunner

from resnet_edu.cli import app
from resnet_edu.errors import UserError
from resnet_edu.evaluation import evaluate, record_doubt
from resnet_edu.nets.card import ModelCard, load_card, save_weights
from resnet_edu.nets.cifar import CIFAR10_CLASSES, CIFAR10_MEAN, CIFAR10_STD, CifarSpec
from resnet_edu.nets.imagenet import IMAGENET_MEAN, IMAGENET_STD, ImagenetSpec
from resnet_edu.seeding import seeded
from resnet_edu.training.calibration import LabelledLogits, calibrate, fit_temperature
from resnet_edu.training.strangers import PHOTOS, photos, resources
from resnet_edu.vision.catalogue import Net, catalogue, load

SPEC = CifarSpec(depth=8, width=8)
EACH = 12
"""Test pictures per class."""


def pixels(label: int, number: int) -> np.ndarray:
    generator = np.random.default_rng(1000 * label + number)
    return generator.integers(0, 256, (32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write CIFAR-10 as folders of PNG files with noise."""
    folder = tmp_path_factory.mktemp("cifar10")
    for part, count in (("train", 1), ("test", EACH)):
        for label, name in enumerate(CIFAR10_CLASSES):
            (folder / part / name).mkdir(parents=True)
            for number in range(count):
                Image.fromarray(pixels(label, number)).save(folder / part / name / f"{number:04}.png")
    return folder


def drawn() -> dict[str, Tensor]:
    """Return weights with which noise is classified as several classes."""
    with seeded(3):
        net = SPEC.build()
        for name, value in net.state_dict().items():
            if name.endswith("running_mean"):
                value.copy_(0.3 * torch.randn_like(value))
        net.linear.weight.data *= 8
    return net.state_dict()


def answers_by_hand(mean: tuple[float, ...], std: tuple[float, ...]) -> tuple[Tensor, Tensor]:
    """Compute the logits of one picture at a time with torchvision's own functions."""
    net = SPEC.build().eval()
    net.load_state_dict(drawn())
    labels = torch.arange(10).repeat_interleave(EACH)
    logits = []
    with torch.inference_mode():
        for index, label in enumerate(labels.tolist()):
            picture = TF.to_tensor(Image.fromarray(pixels(label, index % EACH)))
            logits.append(net(TF.normalize(picture, list(mean), list(std))[None])[0])
    return torch.stack(logits), labels


def operators(folder: Path, monkeypatch: pytest.MonkeyPatch, **said: object) -> Net:
    torch.save(drawn(), folder / "mine.th")
    if said:
        (folder / "mine.json").write_text(json.dumps(said))
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(folder))
    return catalogue().nets["file-mine.th"]


def test_an_operators_net_is_measured_with_the_mean_and_deviation_that_its_owner_states(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = {}
    for name, mean, std in (("cifar", CIFAR10_MEAN, CIFAR10_STD), ("imagenet", IMAGENET_MEAN, IMAGENET_STD)):
        logits, labels = answers_by_hand(mean, std)
        right[name] = (logits.argmax(1) == labels).double().mean().item()
    assert right["cifar"] != right["imagenet"]  # otherwise the test proves nothing
    unsaid = evaluate(operators(tmp_path, monkeypatch), data, tmp_path)
    assert unsaid.measured["test_accuracy"] == pytest.approx(right["cifar"])
    assert unsaid.stated == {}
    net = operators(tmp_path, monkeypatch, mean=IMAGENET_MEAN, std=IMAGENET_STD, accuracy=0.9, data="CIFAR-10")
    said = evaluate(net, data, tmp_path)
    assert said.measured["test_accuracy"] == pytest.approx(right["imagenet"])
    assert said.stated == {"test_accuracy": 0.9}


def test_the_command_prints_what_is_measured_and_what_is_stated(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operators(tmp_path, monkeypatch, mean=IMAGENET_MEAN, accuracy=0.9)
    found = CliRunner().invoke(app, ["evaluate", "file-mine.th", "--data-dir", str(data)], catch_exceptions=False)
    assert found.exit_code == 0
    assert "test_accuracy" in found.stdout
    assert "0.900000" in found.stdout


def test_a_net_for_other_pictures_is_refused(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save(ImagenetSpec("resnet18", 7).build().state_dict(), tmp_path / "seven.pth")
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    with pytest.raises(UserError, match="neither ours nor"):
        evaluate(catalogue().nets["file-seven.pth"], data, tmp_path)


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a net in place of ours, with a card that has no calibration yet."""
    card = ModelCard(
        name="cifar10-residual-8", architecture=SPEC.as_dict(), classes=CIFAR10_CLASSES, data="CIFAR-10", recipe={},
        command="drawn", metrics={"test_accuracy": 0.1, "test_pictures": 10 * EACH}, date="2015-12-10", versions={},
        sha256="",
    )  # fmt: skip
    weights = tmp_path / "ours" / f"{card.name}.safetensors"
    save_weights(weights, drawn(), card)
    monkeypatch.setattr("resnet_edu.vision.catalogue.WEIGHTS", weights.parent)
    return weights


def test_a_card_that_says_something_else_than_what_is_measured_is_noticed(data: Path, ours: Path) -> None:
    logits, labels = answers_by_hand(CIFAR10_MEAN, CIFAR10_STD)
    right = (logits.argmax(1) == labels).double().mean().item()
    for stated, pictures, differs in ((right, 120, False), (right + 0.01, 120, True), (right + 0.01, 9000, False)):
        values = json.loads(ours.with_suffix(".json").read_text())
        values["metrics"] = {"test_accuracy": stated, "test_pictures": pictures}
        ours.with_suffix(".json").write_text(json.dumps(values))
        found = evaluate(catalogue().nets[ours.stem], data, ours.parent)
        assert found.measured["test_accuracy"] == pytest.approx(right)
        assert found.differs(0.001) == differs


def test_doubt_is_fitted_on_one_half_of_the_test_pictures_and_measured_on_the_other(data: Path, ours: Path) -> None:
    logits, labels = answers_by_hand(CIFAR10_MEAN, CIFAR10_STD)
    card = record_doubt(catalogue().nets[ours.stem], data, ours.parent, None)
    found = card.calibration
    assert found is not None
    assert (found.pictures, found.measured) == (5 * EACH, 5 * EACH)
    assert found.temperature == pytest.approx(fit_temperature(logits[::2], labels[::2]), rel=1e-3)
    confidence, predicted = (logits[1::2] / found.temperature).softmax(1).max(1)
    wrong = [
        int(a) != int(b)
        for a, b, c in zip(predicted, labels[1::2], confidence, strict=True)
        if c < found.doubtful_below
    ]
    assert found.doubtful_wrong == pytest.approx(sum(wrong) / len(wrong))
    assert load_card(ours).calibration == found
    assert catalogue().nets[ours.stem].calibration == found  # at once, without a restart


def test_the_halves_hold_every_class_of_a_data_set_sorted_by_class() -> None:
    labels = torch.arange(10).repeat_interleave(4)
    for half in LabelledLogits(torch.randn(40, 10), labels).halves():
        assert half.labels.bincount().tolist() == [2] * 10


def test_what_is_measured_is_measured_on_other_pictures_than_those_it_was_fitted_on() -> None:
    """Answers are right below the bound and wrong above it, unlike those used for fitting."""
    labels = torch.zeros(100, dtype=torch.long)
    sure = torch.tensor([[4.0, 0.0]] * 50 + [[0.0, 0.5]] * 50)
    found = calibrate(LabelledLogits(sure, labels), LabelledLogits(sure.flip(1), labels))
    assert (found.doubtful_wrong, found.sure_right) == (0, 0)


def resource_file(files: dict[str, bytes]) -> bytes:
    """Return a Qt resource file, version 1, with one folder; entries named .zip are compressed."""
    names, data, tree = b"", b"", b""
    offsets = []
    for name in ("photos", *files):
        offsets.append(len(names))
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    tree += struct.pack(">IHII", 0, 2, 1, 1) + struct.pack(">IHII", offsets[0], 2, len(files), 2)
    for offset, (name, content) in zip(offsets[1:], files.items(), strict=True):
        packed = struct.pack(">I", len(content)) + zlib.compress(content) if name.endswith(".zip") else content
        tree += struct.pack(">IHHHI", offset, int(name.endswith(".zip")), 0, 0, len(data))
        data += struct.pack(">I", len(packed)) + packed
    start = 20
    return (
        b"qres" + struct.pack(">4I", 1, start, start + len(tree), start + len(tree) + len(data)) + tree + data + names
    )


def test_the_files_of_a_resource_file_are_read() -> None:
    files = {"a.png": b"one", "b.zip": b"two" * 100}
    assert dict(resources(resource_file(files))) == {f"/photos/{name}": content for name, content in files.items()}
    with pytest.raises(ValueError, match="Qt"):
        list(resources(b"something else"))


def photo(seed: int) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (90, 120, 3), dtype=np.uint8)).save(content, "PNG")
    return content.getvalue()


def test_photos_of_other_things_take_a_readers_way_and_are_counted(data: Path, ours: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rcc"
    folder.mkdir()
    with pytest.raises(UserError, match="gcompris-qt-data"):
        photos(folder)
    names = [f"windmill{number}.webp" for number in range(6)]
    files = {name: photo(number) for number, name in enumerate(names)} | {
        "cat.webp": photo(9),
        "windmill.svg": b"small",
    }
    (folder / next(iter(PHOTOS))).write_bytes(resource_file(files))
    shutil.copy(ours, tmp_path)
    card = record_doubt(catalogue().nets[ours.stem], data, tmp_path, folder)
    assert card.strangers is not None
    assert card.calibration is not None
    net = catalogue().nets[ours.stem]
    doubtful = 0
    for number in range(6):
        square = Image.open(io.BytesIO(photo(number))).convert("RGB")
        with torch.inference_mode():
            logits = load(net)(net.preprocessing.tensor(net.preprocessing.view(square)))[0]
        doubtful += float((logits / card.calibration.temperature).softmax(0).max()) < card.calibration.doubtful_below
    assert (card.strangers.pictures, card.strangers.doubtful) == (6, doubtful)
    assert load_card(ours).strangers == card.strangers
    again = record_doubt(catalogue().nets[ours.stem], data, tmp_path, None)
    assert again.strangers == card.strangers  # kept if there are no photos
    assert net.strangers == card.strangers
