"""The command line: what it rejects and when; no trial run replaces a shipped net; no traceback is shown."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import torch
import typer
from click.testing import Result
from typer.testing import CliRunner

from resnet_edu import __version__
from resnet_edu.cli import app, many
from resnet_edu.cli.many import NetToTrain, train_side_by_side
from resnet_edu.cli.options import command
from resnet_edu.errors import UserError
from resnet_edu.nets.card import load_card
from resnet_edu.nets.cifar import CIFAR10_CLASSES
from resnet_edu.paths import PROJECT
from resnet_edu.training.data import Dataset, Split
from resnet_edu.training.record import load_record

NONSENSE = """
bench --load
bench --device nonsense
bench --nonsense
evaluate --data-dir <file>
evaluate --data-dir <missing>
evaluate nonsense
evaluate resnet50-v2
evaluate cifar10-residual-20 --data-dir <folder>
evaluate tiny-imagenet-resnet18 --data-dir <folder>
hall
record context --data-dir <folder>
record context --out <folder>
record doubt nonsense
record doubt cifar10-residual-20 --data-dir <folder>
record first-steps --learning-rate -1
record first-steps --out <file>
record first-steps --preset nonsense
record gradients --out <file>
record gradients --preset nonsense
record hall
record identity --data-dir <folder>
record identity --out <file>
record identity --place 9
record knockout --data-dir <folder>
record knockout --net nonsense
record knockout --out <file>
record landscape --data-dir <folder>
record landscape --net nonsense
record landscape --out <file>
record landscape --points 2
record nonsense
record probes --data-dir <folder>
record probes --out <folder>
record races --out <folder>
record races --out <file>/races.json
record reorder --data-dir <folder>
record reorder --out <file>
record reversal --out <folder>
record steps --data-dir <folder>
record steps --out <file>
record transformers --out <folder>
train cifar10 --batch-size -1
train cifar10 --checkpoints <file>
train cifar10 --data-dir <file>
train cifar10 --data-dir <folder>
train cifar10 --data-dir <missing>
train cifar10 --depth -20
train cifar10 --depth 21
train cifar10 --epochs 0
train cifar10 --epochs many
train cifar10 --learning-rate -1
train cifar10 --learning-rate nan
train cifar10 --net nonsense
train cifar10 --out <file>
train cifar10 --recipe nonsense
train cifar10 --seed -1
train cifar10 --shortcut Z
train cifar10 --threads -1
train cifar10 --weight-decay -1
train folder
train folder <file>
train folder <folder>
train folder <missing>
train folder <folder> --freeze --all
train folder <folder> --epochs 0
train folder <folder> --held-out 2
train folder <folder> --net nonsense
train many
train many plain
train many plain:20:0 --checkpoints <file>
train many plain:20:0 --data-dir <missing>
train many plain:20:0 --epochs 0
train many plain:20:0 --jobs 0
train many plain:20:0 --out <file>
train many plain:20:0 --threads 0
train many plain:20:one
train many plain:21:0
train many square:20:0
train outlier-exposure --learning-rate 0
train outlier-exposure --net nonsense --out <folder>
train outlier-exposure --out <file>
train outlier-exposure --outlier-weight -1
train outlier-exposure --outliers 2
train outlier-exposure --threads 0
train tiny-imagenet --averaging 2
train tiny-imagenet --batch-size 0
train tiny-imagenet --data-dir <folder>
train tiny-imagenet --evaluate-every 0
train tiny-imagenet --label-smoothing -1
train tiny-imagenet --learning-rate inf
train tiny-imagenet --net nonsense
train tiny-imagenet --out <file>
train tiny-imagenet --schedule nonsense
train tiny-imagenet --softened 1.5
train tiny-imagenet --threads 0
weights fetch nonsense
weights import <file>
weights import <folder>
weights import <missing>
weights list nonsense
""".strip().splitlines()
BEFORE_TORCH = [
    "train cifar10 --epochs 0",
    "train cifar10 --batch-size -1",
    "train cifar10 --learning-rate -1",
    "train cifar10 --depth 21",
    "train cifar10 --threads -1",
    "train many plain:21:0",
    "train tiny-imagenet --batch-size -1",
    "train tiny-imagenet --schedule 64:0",
    "train outlier-exposure --learning-rate -1",
    "record gradients --out {file}",
]


@dataclass(frozen=True)
class Folders:
    """Where a test's commands write, and a folder in place of the assets."""

    out: Path
    assets: Path


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    for name in ("weights", "runs"):
        monkeypatch.setattr(f"resnet_edu.training.target.{name.upper()}", tmp_path / "assets" / name)
    return Folders(tmp_path / "out", tmp_path / "assets")


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use forty pictures instead of CIFAR-10, and restore torch's threads."""
    images = torch.randint(0, 256, (40, 3, 32, 32), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    split = Split(images, torch.arange(40) % 10)
    dataset = Dataset("made", CIFAR10_CLASSES, split, split)
    monkeypatch.setattr("resnet_edu.training.data.load_cifar10", lambda *_: dataset)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if a data set is loaded: the command has gone too far."""

    def too_far(*_: object) -> None:
        raise AssertionError("the data set was loaded")

    monkeypatch.setattr("resnet_edu.training.data.load_cifar10", too_far)
    monkeypatch.setattr("resnet_edu.training.tiny_data.load_tiny_imagenet", too_far)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def train_small(folders: Folders, *more: str) -> Result:
    words = ["train", "cifar10", "--depth", "8", "--batch-size", "20", "--epochs", "1", "--threads", "1"]
    return run(*words, "--out", str(folders.out), "--checkpoints", str(folders.out), *more)


def subcommands(found: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if not hasattr(found, "commands"):
        yield " ".join(path)
        return
    for name, each in found.commands.items():
        yield from subcommands(each, (*path, name))


SUBCOMMANDS = list(subcommands(typer.main.get_command(app)))


def test_help_and_version_are_answered_without_torch() -> None:
    calls = [[*each.split(), flag] for each in ("", *SUBCOMMANDS) for flag in ("-h", "--help")]
    code = f"""
import sys
from typer.testing import CliRunner
from resnet_edu.cli import app
for words in {[*calls, ["--version"]]!r}:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "torch" not in sys.modules, words
print(result.output)
"""
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=PROJECT)
    assert __version__ in printed.stdout


def test_bad_values_are_refused_before_torch_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    calls = [each.format(file=tmp_path / "file").split() for each in BEFORE_TORCH]
    code = f"""
import sys
from typer.testing import CliRunner
from resnet_edu.cli import app
for words in {calls!r}:
    assert CliRunner().invoke(app, words).exit_code in (1, 2), words
    assert "torch" not in sys.modules, words
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)


def test_every_command_is_tried_with_nonsense() -> None:
    untried = {each for each in SUBCOMMANDS if not any(line.startswith(each) for line in NONSENSE)}
    assert untried == set()


@pytest.mark.parametrize("line", NONSENSE)
def test_nonsense_is_refused_with_a_sentence(
    line: str, tmp_path: Path, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("train", "record"):
        monkeypatch.setattr(f"resnet_edu.cli.{module}.CHECKPOINTS", tmp_path / "runs")
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path / "own"))
    (tmp_path / "file").write_text("nonsense")
    (tmp_path / "folder").mkdir()
    stand_ins = {"<file>": tmp_path / "file", "<folder>": tmp_path / "folder", "<missing>": tmp_path / "missing"}
    for name, path in stand_ins.items():
        line = line.replace(name, str(path))
    words = line.split()
    if words[0] == "train" and "--checkpoints" not in words:
        words += ["--checkpoints", str(tmp_path / "checkpoints")]
    if words[0] == "train" and "--out" not in words:
        words += ["--out", str(tmp_path / "out")]
    result = run(*words)
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, UserError | SystemExit), result.exception
    assert str(result.exception) if isinstance(result.exception, UserError) else result.stderr
    assert (tmp_path / "file").read_text() == "nonsense"


def test_a_sentence_and_no_traceback_reach_the_terminal() -> None:
    command = [sys.executable, "-m", "resnet_edu", "train", "cifar10", "--epochs", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)
    assert ended.returncode == 1
    assert ended.stderr == "--epochs must be at least 1, not 0.\n"


@pytest.mark.usefixtures("no_data")
@pytest.mark.parametrize("net", ["cifar10", "tiny-imagenet"])
def test_a_target_that_cannot_be_written_is_found_before_the_data_are_loaded(net: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("train", net, "--checkpoints", str(tmp_path), "--out", str(tmp_path / "file" / "below"))
    assert isinstance(result.exception, UserError)
    assert "Nothing can be written" in str(result.exception)


@pytest.mark.usefixtures("pictures")
def test_a_trial_replaces_nothing_unasked(folders: Folders) -> None:
    weights = folders.out / "weights" / "cifar10-residual-8.safetensors"
    assert train_small(folders).exit_code == 0
    before = load_card(weights)
    record = folders.out / "runs" / "cifar10-residual-8.json"
    assert load_record(record).recipe_name == before.recipe["name"] == "short"

    refused = train_small(folders, "--learning-rate", "0.2")
    assert isinstance(refused.exception, UserError)
    assert "--force" in str(refused.exception)
    assert load_card(weights) == before
    record.write_text("a record alone is not replaced either")
    weights.unlink()
    weights.with_suffix(".json").unlink()
    assert isinstance(train_small(folders).exception, UserError)

    assert train_small(folders, "--learning-rate", "0.2", "--force").exit_code == 0
    assert load_card(weights).recipe["learning_rate"] == 0.2
    assert not folders.assets.exists()


@pytest.mark.usefixtures("pictures")
def test_publishing_replaces_what_is_shipped(folders: Folders) -> None:
    shipped = folders.assets / "weights" / "cifar10-residual-8.safetensors"
    assert train_small(folders, "--publish").exit_code == 0
    assert train_small(folders, "--publish", "--recipe", "paper").exit_code == 0
    card = load_card(shipped)
    assert (card.recipe["name"], card.recipe["epochs"], card.recipe["weight_decay"]) == ("paper", 1, 1e-4)
    assert load_record(folders.assets / "runs" / "cifar10-residual-8.json").recipe_name == "paper"
    assert not (folders.out / "weights").exists()


@pytest.mark.usefixtures("pictures")
def test_of_another_seed_only_the_record_is_published(folders: Folders) -> None:
    result = train_small(folders, "--publish", "--seed", "1")
    assert result.exit_code == 0
    assert "Only the record is published" in result.stdout
    assert [path.name for path in (folders.assets / "runs").iterdir()] == ["cifar10-residual-8-seed-1.json"]
    assert not list((folders.assets).rglob("*.safetensors"))
    assert load_card(folders.out / "weights" / "cifar10-residual-8-seed-1.safetensors").recipe["seed"] == 1


@pytest.mark.usefixtures("pictures")
def test_a_loss_that_is_not_finite_ends_the_run_with_nothing_published(folders: Folders) -> None:
    result = train_small(folders, "--learning-rate", "1e30", "--publish")
    assert isinstance(result.exception, UserError)
    assert "in epoch 1; nothing is published" in str(result.exception)
    assert not [path for path in folders.assets.rglob("*") if path.is_file()]


@pytest.mark.usefixtures("pictures")
def test_a_batch_larger_than_the_training_set_is_refused(folders: Folders) -> None:
    result = train_small(folders, "--batch-size", "41")
    assert isinstance(result.exception, UserError)
    assert "the 40 training pictures" in str(result.exception)


@pytest.mark.parametrize(
    "words",
    ["train cifar10", "train tiny-imagenet", "evaluate", "evaluate tiny-imagenet-resnet18", "record knockout"],
)
def test_without_a_network_the_sentence_says_what_to_give(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*_: object, **__: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr("torchvision.datasets.utils.urllib.request.urlopen", offline)
    folders = ["--out", str(tmp_path / "out")] if not words.startswith("evaluate") else []
    if words.startswith("train"):
        folders += ["--checkpoints", str(tmp_path / "runs")]
    for module in ("record", "evaluate"):
        monkeypatch.setattr(sys.modules[f"resnet_edu.cli.{module}"], "CHECKPOINTS", tmp_path / "runs")
    result = run(*words.split(), *folders)
    assert isinstance(result.exception, UserError)
    assert "could not be downloaded. Give the folder of a copy with --data-dir." in str(result.exception)


def test_outlier_exposure_begins_with_the_net_that_a_trial_has_left(tmp_path: Path, shipped: Path) -> None:
    """The command gets as far as the data set, which is missing."""
    name = "tiny-imagenet-resnet18"
    (tmp_path / "weights").mkdir()
    folders = ["--out", str(tmp_path), "--checkpoints", str(tmp_path), "--data-dir", str(tmp_path)]
    missing = run("train", "outlier-exposure", *folders)
    assert "missing or damaged" in str(missing.exception)
    for path in shipped.glob(f"{name}.*"):
        (tmp_path / "weights" / path.name).write_bytes(path.read_bytes())
    assert "No Tiny ImageNet" in str(run("train", "outlier-exposure", *folders).exception)
    result = tmp_path / "weights" / f"{name}-outliers.safetensors"
    result.touch()
    assert f"{result} already exists" in str(run("train", "outlier-exposure", *folders).exception)


def test_a_card_has_the_command_without_what_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = "--depth 8 --out=/a --data-dir /b --publish --force --resume --threads 2 --seed 1 --checkpoints /c"
    monkeypatch.setattr("sys.argv", ["x", "train", "cifar10", *typed.split()])
    assert command() == "python -m resnet_edu train cifar10 --depth 8 --seed 1"


def test_nets_train_side_by_side_and_the_worst_end_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each process waits until the other has started."""
    script = """
import pathlib, sys, time
name, other, folder = sys.argv[1:4]
(pathlib.Path(folder) / name).touch()
while not (pathlib.Path(folder) / other).exists():
    time.sleep(0.05)
print("test accuracy 91.7%" if name == "plain" else "The loss became nan")
sys.exit(0 if name == "plain" else 3)
"""

    def fake(net: NetToTrain, options: list[str]) -> list[str]:
        other = "residual" if net.family == "plain" else "plain"
        return [sys.executable, "-c", script, net.family, other, str(tmp_path), *options]

    monkeypatch.setattr(many.NetToTrain, "command", fake)
    nets = [NetToTrain.parse(each) for each in ("plain:8:0", "residual:8:1")]
    assert train_side_by_side(nets, [], tmp_path, 2) == 3
    printed = capsys.readouterr().out
    assert "plain:8:0 ended: test accuracy 91.7%" in printed
    assert "residual:8:1 ended: The loss became nan" in printed
    assert [each.is_done(tmp_path) for each in nets] == [True, False]


def test_the_nets_of_a_list_get_the_options_and_those_done_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(many, "train_side_by_side", lambda *arguments: asked.append(arguments) or 0)
    done = NetToTrain.parse("residual:20:1")
    done.log(tmp_path).write_text("epoch 1\ntest accuracy 91.7% on made\n")
    words = ["train", "many", "plain:20:0", "residual:20:1", "plain:20:0", "--recipe", "paper", "--epochs", "3"]
    words += ["--out", str(tmp_path), "--checkpoints", str(tmp_path), "--threads", "1", "--publish"]
    assert run(*words).exit_code == run(*words, "--resume").exit_code == 0
    (both, options, logs, jobs), (left, more, *_) = asked
    assert [str(each) for each in both] == ["plain:20:0", "residual:20:1"]
    assert [str(each) for each in left] == ["plain:20:0"]
    assert (logs, jobs) == (tmp_path, 2)
    assert more == [*options, "--resume"]
    typed = both[0].command(options)
    assert typed[1:3] == ["-m", "resnet_edu"]
    found: Any = typer.main.get_command(app)
    reached = found.commands["train"].commands["cifar10"].make_context("cifar10", typed[5:]).params
    assert (reached["net"], reached["depth"], reached["seed"], reached["epochs"]) == ("plain", 20, 0, 3)
    assert (reached["recipe"], reached["publish"], reached["threads"], reached["out"]) == ("paper", True, 1, tmp_path)


def test_shipped_records_name_their_pictures_and_load_without_a_named_recipe() -> None:
    paths = list((PROJECT / "assets" / "runs").glob("cifar10-*.json"))
    assert paths
    for path in paths:
        values = json.loads(path.read_text())
        record = load_record(path)
        assert record.recipe_name == values["recipe"].get("name", "short")
        assert record.train_pictures + record.test_pictures <= 60_000


def test_a_stop_reaches_every_net_once_and_starts_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first net's process requests the stop as soon as it handles its own."""
    script = """
import os, signal, sys, time
stops = []
signal.signal(signal.SIGINT, lambda *_: stops.append(1))
os.kill(int(sys.argv[1]), signal.SIGINT)
while not stops:
    time.sleep(0.05)
time.sleep(0.5)
print("stopped by", len(stops))
sys.exit(130)
"""
    monkeypatch.setattr(NetToTrain, "command", lambda *_: [sys.executable, "-c", script, str(os.getpid())])
    before = signal.getsignal(signal.SIGINT)
    nets = [NetToTrain.parse(each) for each in ("plain:8:0", "residual:8:0")]
    try:
        assert train_side_by_side(nets, [], tmp_path, 1) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert nets[0].log(tmp_path).read_text() == "stopped by 1\n"
    assert not nets[1].log(tmp_path).exists()
