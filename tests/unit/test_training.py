"""Training: exact resumption, the recipe, augmentation, data sets on disk, cards and records."""

import json
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import CIFAR10
from typer.testing import CliRunner

from resnet_edu.cli import app
from resnet_edu.errors import UserError
from resnet_edu.nets.card import load_card, load_weights
from resnet_edu.nets.cifar import CIFAR10_CLASSES, CifarNet, CifarSpec
from resnet_edu.training.cifar10 import build_seeded, publish
from resnet_edu.training.data import Dataset, Split, augment, load_cifar10, normalize
from resnet_edu.training.loop import Interrupted, evaluate, train
from resnet_edu.training.recipe import Recipe
from resnet_edu.training.record import load_record
from resnet_edu.training.target import Target

CPU = torch.device("cpu")
SPEC = CifarSpec(depth=8, width=4)
RECIPE = Recipe(epochs=3, batch_size=16)


def split(count: int, seed: int) -> Split:
    """Return pictures whose class is their brightness, so that there is something to learn."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 10, (count,), generator=generator)
    noise = torch.randint(0, 20, (count, 3, 32, 32), generator=generator)
    return Split((noise + labels.view(-1, 1, 1, 1) * 23).to(torch.uint8), labels)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return Dataset("made", CIFAR10_CLASSES, split(80, 1), split(40, 2))


def run(dataset: Dataset, checkpoint: Path, recipe: Recipe = RECIPE, stop_after: int | None = None) -> CifarNet:
    net = build_seeded(SPEC, recipe.seed)
    steps = 0

    def should_stop() -> bool:
        nonlocal steps
        steps += 1
        return stop_after is not None and steps > stop_after

    train(net, dataset, recipe, checkpoint, device=CPU, precision=torch.bfloat16, should_stop=should_stop)
    return net


@pytest.mark.parametrize("stop_after", [0, 3, 5, 12], ids=["before-the-first", "mid-epoch", "between-epochs", "late"])
def test_a_stopped_run_resumes_bit_for_bit(dataset: Dataset, tmp_path: Path, stop_after: int) -> None:
    whole = run(dataset, tmp_path / "whole.pt")
    with pytest.raises(Interrupted):
        run(dataset, tmp_path / "parts.pt", stop_after=stop_after)
    resumed = run(dataset, tmp_path / "parts.pt")
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    a, b = (torch.load(tmp_path / f"{name}.pt", weights_only=True) for name in ("whole", "parts"))
    drop = {"seconds"}
    assert [{k: v for k, v in row.items() if k not in drop} for row in a["epochs"]] == [
        {k: v for k, v in row.items() if k not in drop} for row in b["epochs"]
    ]
    assert a["probes"] == b["probes"]


def test_another_seed_gives_another_net(dataset: Dataset, tmp_path: Path) -> None:
    one, two = (run(dataset, tmp_path / f"{seed}.pt", replace(RECIPE, epochs=1, seed=seed)) for seed in (0, 1))
    assert not torch.equal(one.conv1.weight, two.conv1.weight)


def test_training_learns(dataset: Dataset, tmp_path: Path) -> None:
    net = build_seeded(SPEC, 0)
    before = evaluate(net, dataset.test, device=CPU)
    result = train(net, dataset, replace(RECIPE, epochs=8), tmp_path / "c.pt", device=CPU, precision=torch.float32)
    assert result.epochs[-1].test_loss < before.loss
    assert result.epochs[-1].test_error < before.error


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 cut off"])
def test_a_damaged_checkpoint_is_refused(dataset: Dataset, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.pt").write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        run(dataset, tmp_path / "c.pt")


def test_a_checkpoint_of_another_recipe_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    run(dataset, tmp_path / "c.pt")
    with pytest.raises(UserError, match="another recipe"):
        run(dataset, tmp_path / "c.pt", replace(RECIPE, weight_decay=0.0))


def test_the_precision_is_measured_without_changing_the_net(dataset: Dataset, tmp_path: Path) -> None:
    net = build_seeded(SPEC, 0)
    fresh = build_seeded(SPEC, 0).state_dict()
    with pytest.raises(Interrupted):
        train(net, dataset, RECIPE, tmp_path / "c.pt", device=CPU, should_stop=lambda: True)
    assert all(torch.equal(value, fresh[name]) for name, value in net.state_dict().items())
    assert torch.load(tmp_path / "c.pt", weights_only=True)["precision"] in ("float32", "bfloat16")


def test_evaluation_counts_like_a_plain_loop(dataset: Dataset) -> None:
    net = build_seeded(SPEC, 0).train()
    score = evaluate(net, dataset.test, device=CPU)
    assert net.training
    with torch.no_grad():
        predicted = net.eval()(normalize(dataset.test.images)).argmax(1)
    assert score.error == pytest.approx((predicted != dataset.test.labels).float().mean().item())


def test_learning_rate_warms_up_and_ends_near_zero() -> None:
    rates = [Recipe(epochs=4, learning_rate=0.1).learning_rate_at(step, 10) for step in range(40)]
    assert rates[0] == pytest.approx(0.01)
    assert max(rates) == pytest.approx(0.1)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < 0.001


def test_augmentation_shifts_by_at_most_four_pixels_and_flips_half() -> None:
    picture = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
    picture[:, :, 16, 10] = 255
    out = augment(picture.expand(2000, -1, -1, -1), torch.Generator().manual_seed(0))
    _, rows, columns = (out[:, 0] == 255).nonzero(as_tuple=True)
    assert set(rows.tolist()) == set(range(12, 21))
    assert set(columns.tolist()) == set(range(6, 15)) | {31 - column for column in range(6, 15)}
    flipped = (columns > 15).float().mean().item()
    assert 0.45 < flipped < 0.55
    assert out.dtype == torch.uint8


def test_normalised_pictures_have_the_stated_mean() -> None:
    grey = torch.full((1, 3, 2, 2), 128, dtype=torch.uint8)
    expected = (128 / 255 - torch.tensor([0.4914, 0.4822, 0.4465])) / torch.tensor([0.2470, 0.2435, 0.2616])
    torch.testing.assert_close(normalize(grey)[0, :, 0, 0], expected)


def write_pictures(folder: Path, train: int, test: int) -> Path:
    """Write that many grey PNG files per class, each with a brightness of its own."""
    for part, per_class in (("train", train), ("test", test)):
        for label, name in enumerate(CIFAR10_CLASSES):
            (folder / part / name).mkdir(parents=True)
            for index in range(per_class):
                grey = (label * 20 + index,) * 3
                Image.new("RGB", (32, 32), grey).save(folder / part / name / f"{index:04}.png")
    return folder


def test_folders_of_pictures_are_read_and_counted(tmp_path: Path) -> None:
    dataset = load_cifar10(write_pictures(tmp_path, 2, 1), tmp_path)
    assert dataset.name == "CIFAR-10"
    assert dataset.description == "CIFAR-10, 30 of its 60,000 pictures"
    assert dataset.train.labels.bincount().tolist() == [2] * 10
    assert dataset.train.images[:, 0, 0, 0].tolist() == [label * 20 + index for label in range(10) for index in (0, 1)]
    assert dataset.test.images[:, 2, 31, 31].tolist() == [label * 20 for label in range(10)]


@pytest.mark.parametrize("content", [b"no picture", b""], ids=["text", "empty"])
def test_a_file_that_is_no_picture_is_named(tmp_path: Path, content: bytes) -> None:
    broken = write_pictures(tmp_path, 1, 1) / "train" / "cat" / "0000.png"
    broken.write_bytes(content)
    with pytest.raises(UserError, match=re.escape(str(broken))):
        load_cifar10(tmp_path, tmp_path)


def test_a_picture_of_another_size_is_named(tmp_path: Path) -> None:
    large = write_pictures(tmp_path, 1, 1) / "test" / "dog" / "0000.png"
    Image.new("RGB", (64, 64)).save(large)
    with pytest.raises(UserError, match=re.escape(str(large))):
        load_cifar10(tmp_path, tmp_path)


def test_a_folder_without_the_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No CIFAR-10"):
        load_cifar10(tmp_path, tmp_path)


def test_torchvisions_own_format_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / CIFAR10.base_folder).mkdir()

    class Fake:
        base_folder = CIFAR10.base_folder

        def __init__(self, root: str, train: bool, download: bool) -> None:
            assert not download
            self.data = np.arange(2 * 32 * 32 * 3, dtype=np.uint8).reshape(2, 32, 32, 3)
            self.targets = [3, 5]

    monkeypatch.setattr("resnet_edu.training.data.CIFAR10", Fake)
    dataset = load_cifar10(tmp_path, tmp_path)
    assert dataset.train.images.shape == (2, 3, 32, 32)
    assert dataset.test.images[1, 2, 0, 1] == (32 * 32 * 3 + 3 + 2) % 256
    assert dataset.train.labels.tolist() == [3, 5]


def test_a_finished_run_leaves_weights_card_and_record(dataset: Dataset, tmp_path: Path) -> None:
    net = build_seeded(SPEC, 0)
    result = train(net, dataset, RECIPE, tmp_path / "c.pt", device=CPU, precision=torch.float32)
    card = publish(
        net,
        dataset,
        RECIPE,
        result,
        command="as typed",
        device=CPU,
        target=Target.of("cifar10-residual-8", tmp_path, tmp_path / "runs"),
    )
    weights = tmp_path / "cifar10-residual-8.safetensors"
    assert load_card(weights) == card
    assert card.calibration is not None
    assert card.calibration.pictures + card.calibration.measured == len(dataset.test)
    loaded = load_weights(weights, card)
    assert all(torch.equal(value, loaded[name]) for name, value in net.state_dict().items())
    record = load_record(tmp_path / "runs" / "cifar10-residual-8.json")
    assert record.epochs == result.epochs
    assert record.probes == result.probes
    assert [probe.epoch for probe in record.probes] == [0, 1, 2, 3]
    assert 1 - card.metrics["test_accuracy"] == record.epochs[-1].test_error
    assert str(tmp_path) not in json.dumps(record.recipe) + record.command + weights.with_suffix(".json").read_text()


def test_damaged_weights_are_refused(dataset: Dataset, tmp_path: Path) -> None:
    test_a_finished_run_leaves_weights_card_and_record(dataset, tmp_path)
    weights = tmp_path / "cifar10-residual-8.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        load_weights(weights, load_card(weights))


@pytest.mark.slow
def test_ctrl_c_keeps_a_checkpoint_and_resume_finishes_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    epochs = 8
    write_pictures(tmp_path, 20, 2)
    command = ["train", "cifar10", "--depth", "8", "--batch-size", "20"]
    command += ["--data-dir", str(tmp_path), "--out", str(tmp_path / "out"), "--checkpoints", str(tmp_path / "c")]
    command += ["--epochs", str(epochs)]
    checkpoint = tmp_path / "c" / "cifar10-residual-8.pt"

    process = subprocess.Popen([sys.executable, "-m", "resnet_edu", *command], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "epoch" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in rest
    done = len(torch.load(checkpoint, weights_only=True)["epochs"])
    assert 1 <= done < epochs

    monkeypatch.setattr("sys.argv", ["resnet_edu", *command, "--resume"])
    anew = CliRunner().invoke(app, command)
    assert isinstance(anew.exception, UserError)
    assert "--resume" in str(anew.exception)

    resumed = CliRunner().invoke(app, [*command, "--resume"], catch_exceptions=False)
    assert resumed.stdout.count("epoch") == epochs - done
    assert not checkpoint.exists()
    card = load_card(tmp_path / "out" / "weights" / "cifar10-residual-8.safetensors")
    assert card.command == f"python -m resnet_edu train cifar10 --depth 8 --batch-size 20 --epochs {epochs}"
