"""Fine-tuning on a folder: what is read or rejected, what is learned; a stopped run resumes exactly."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from typer.testing import CliRunner

from resnet_edu.cli import app
from resnet_edu.cli.folder import _base_net
from resnet_edu.errors import UserError
from resnet_edu.nets.cifar import CIFAR10_MEAN, CIFAR10_STD, CifarNet, CifarSpec
from resnet_edu.seeding import seeded
from resnet_edu.teaching.features import ExtractFeatures, classifier_of, stage_ends
from resnet_edu.teaching.fine_tuning import FineTuned, _batches, fine_tune, part_of
from resnet_edu.teaching.folder import read_folder
from resnet_edu.teaching.head import fit_heads
from resnet_edu.teaching.taught import fresh, with_head
from resnet_edu.training.hyperparameters import FineTuning, TunedPart
from resnet_edu.training.loop import Interrupted
from resnet_edu.vision.catalogue import catalogue, load, net_of_file
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.image import Picture
from resnet_edu.vision.preprocessing import Preprocessing
from resnet_edu.vision.samples import SAMPLES, sample_picture
from resnet_edu.vision.seen import given_to

SPEC = CifarSpec(depth=8, classes=2)
SEEN = Preprocessing(32, 32, CIFAR10_MEAN, CIFAR10_STD)
NET = "cifar10-residual-20"


@dataclass(frozen=True)
class Made:
    """A picture in memory: dark for class 0, light for class 1."""

    label: int
    number: int

    def open(self) -> Image.Image:
        generator = np.random.default_rng(self.number)
        return Image.fromarray(
            generator.integers(120 * self.label, 120 * self.label + 120, (32, 32, 3), dtype=np.uint8)
        )


TRAIN = [Made(number % 2, number) for number in range(13)]
HELD_OUT = [Made(number % 2, 100 + number) for number in range(6)]


def net() -> CifarNet:
    with seeded(0):
        return CifarNet(SPEC)


def tune(model: nn.Module, recipe: FineTuning, **more: object) -> FineTuned:
    return fine_tune(
        model, SPEC, SEEN, TRAIN, HELD_OUT, recipe, device=torch.device("cpu"), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def pictures_in(folder: Path, counts: dict[str, int], parts: tuple[str, ...] = ("",)) -> Path:
    for part in parts:
        for label, (name, count) in enumerate(counts.items()):
            (folder / part / name).mkdir(parents=True)
            for number in range(count):
                Made(label % 2, number).open().save(folder / part / name / f"{number}.png")
    return folder


def test_what_is_computed_is_the_plain_loop_of_every_tutorial() -> None:
    recipe = FineTuning(epochs=2, batch_size=5, augmented=False, balanced=False)
    ours, plain = net(), net()
    losses: list[float] = []
    found = tune(ours, recipe, on_step=lambda done, total, loss: losses.append(loss))

    head = list(plain.get_submodule(classifier_of(plain)).parameters())
    body = [each for each in plain.parameters() if not any(each is mine for mine in head)]
    optimizer = torch.optim.SGD([{"params": head}, {"params": body}], lr=1, momentum=0.9, weight_decay=1e-4)
    expected = []
    images = torch.cat([SEEN.tensor(SEEN.view(each.open())) for each in TRAIN])
    labels = torch.tensor([each.label for each in TRAIN])
    for epoch in range(2):
        order = torch.randperm(13, generator=torch.Generator().manual_seed(epoch + 1))
        plain.train()
        for step, batch in enumerate(order.split(5)):
            rate = recipe.learning_rate_at(3 * epoch + step, 3)
            for group, factor in zip(optimizer.param_groups, (1, 0.1), strict=True):
                group["lr"] = rate * factor
            loss = F.cross_entropy(plain(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            expected.append(loss.item())
    assert losses == pytest.approx(expected, rel=1e-4)
    assert len(found.epochs) == 2


def test_the_best_epoch_by_the_held_out_pictures_is_kept() -> None:
    model = net()
    states = []
    found = tune(
        model,
        FineTuning(epochs=4, batch_size=4),
        on_epoch=lambda epoch: states.append({name: value.clone() for name, value in model.state_dict().items()}),
    )
    orders = [(epoch.test_error, epoch.test_loss) for epoch in found.epochs]
    assert found.best == orders.index(min(orders)) + 1
    assert all(torch.equal(value, states[found.best - 1][name]) for name, value in found.state.items())
    error = (found.logits.argmax(1) != found.labels).float().mean().item()
    assert error == pytest.approx(min(orders)[0])


@pytest.mark.parametrize("part", TunedPart)
def test_only_the_chosen_part_learns(part: TunedPart) -> None:
    model = net()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = tune(model, FineTuning(epochs=1, batch_size=4, part=part))
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    expected = {
        TunedPart.HEAD: ("linear.",),
        TunedPart.LAST_STAGE: ("layer3.", "linear."),
        TunedPart.ALL: ("conv1", "bn1", "layer1.", "layer2.", "layer3.", "linear."),
    }[part]
    assert changed == {name for name in before if name.startswith(expected)}
    assert len(found.epochs) == 1
    assert part_of(model, SPEC, part)


def test_a_run_that_was_stopped_goes_on_as_if_never_stopped(tmp_path: Path) -> None:
    recipe = FineTuning(epochs=3, batch_size=4)
    whole = tune(net(), recipe)
    checkpoint = tmp_path / "run.pt"
    steps = iter(range(99))
    with pytest.raises(Interrupted):
        tune(net(), recipe, checkpoint=checkpoint, should_stop=lambda: next(steps) == 5)
    resumed = tune(net(), recipe, checkpoint=checkpoint)
    assert all(torch.equal(value, whole.state[name]) for name, value in resumed.state.items())
    assert [replace(each, seconds=0) for each in resumed.epochs] == [replace(each, seconds=0) for each in whole.epochs]
    with pytest.raises(UserError, match="another recipe"):
        tune(net(), replace(recipe, seed=1), checkpoint=checkpoint)


def test_pictures_are_decoded_by_other_processes_without_a_difference() -> None:
    here, there = (tune(net(), FineTuning(epochs=1, batch_size=4), workers=workers) for workers in (0, 1))
    assert all(torch.equal(value, there.state[name]) for name, value in here.state.items())


@pytest.mark.parametrize(("pictures", "sizes"), [(12, [5, 5, 2]), (11, [5, 6]), (1, [1]), (10, [5, 5])])
def test_no_batch_has_a_single_picture_if_it_can_be_helped(pictures: int, sizes: list[int]) -> None:
    assert [len(batch) for batch in _batches(pictures, 5)] == sizes


def test_a_folder_is_split_by_class_and_always_alike(tmp_path: Path) -> None:
    pictures_in(tmp_path, {"cat": 10, "dog": 3, ".hidden": 1})
    found = read_folder(tmp_path)
    assert found.classes == ("cat", "dog")
    assert [sum(each.label == label for each in found.held_out) for label in (0, 1)] == [2, 1]
    assert found.counts() == (8, 2)
    assert found == read_folder(tmp_path)
    assert found.held_out != read_folder(tmp_path, seed=1).held_out


def test_a_folder_that_is_split_already_stays_so(tmp_path: Path) -> None:
    pictures_in(tmp_path / "train", {"cat": 3, "dog": 2})
    pictures_in(tmp_path / "val", {"cat": 1, "dog": 1})
    found = read_folder(tmp_path)
    assert (len(found.train), len(found.held_out), found.split) == (5, 2, "train/ and val/")


def without_val(folder: Path) -> None:
    pictures_in(folder / "train", {"cat": 2, "dog": 2})
    pictures_in(folder / "test", {"cat": 2, "dog": 2})


def only_one(folder: Path) -> None:
    pictures_in(folder, {"cat": 3})


def an_empty_one(folder: Path) -> None:
    pictures_in(folder, {"cat": 3, "dog": 0})


def too_few(folder: Path) -> None:
    pictures_in(folder, {"cat": 2, "dog": 1})


def unlike(folder: Path) -> None:
    pictures_in(folder / "train", {"cat": 2, "dog": 2})
    pictures_in(folder / "val", {"cat": 2, "cow": 2})


def only_val_has_classes(folder: Path) -> None:
    pictures_in(folder / "val", {"cat": 2, "dog": 2})
    pictures_in(folder, {"train": 3})


def broken(folder: Path) -> None:
    pictures_in(folder, {"cat": 3, "dog": 3})
    (folder / "cat" / "link.png").symlink_to("gone.png")
    (folder / "cat" / "notes.txt").write_text("no picture")
    os.mkfifo(folder / "cat" / "pipe.png")
    (folder / "dog" / "2.png").rename(folder / "dog" / os.fsdecode(b"caf\xe9.png"))


def three(folder: Path) -> None:
    for number in range(3):
        Made(0, number).open().save(folder / f"{number}.png")


def no_name(folder: Path) -> None:
    """As an archive from a computer with another encoding leaves it."""
    pictures_in(folder, {"cat": 3, os.fsdecode(b"caf\xe9"): 3})


def missing(folder: Path) -> None:
    folder.rmdir()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (only_one, "holds 1 folders"),
        (an_empty_one, "dog has fewer than 2"),
        (too_few, "dog has fewer than 2"),
        (unlike, "cow, dog"),
        (only_val_has_classes, "train holds 0 folders"),
        (broken, "cat/link.png, cat/notes.txt"),
        (three, "holds 0 folders"),
        (no_name, "no names: caf_"),
        (without_val, "no val/"),
        (missing, "is not a folder"),
    ],
)
def test_a_bad_folder_gets_a_sentence_and_no_training(
    make: Callable[[Path], None], sentence: str, tmp_path: Path
) -> None:
    make(tmp_path)
    with pytest.raises(UserError, match=sentence):
        read_folder(tmp_path)


def test_broken_files_are_left_out_when_asked(tmp_path: Path) -> None:
    broken(tmp_path)
    found = read_folder(tmp_path, skip_broken=True)
    assert found.skipped == ("cat/link.png", "cat/notes.txt", "cat/pipe.png")
    assert len(found.train) + len(found.held_out) == 6
    assert found.fingerprint("net") != found.fingerprint("another")


def test_folders_called_train_and_val_are_classes_unless_they_hold_folders(tmp_path: Path) -> None:
    pictures_in(tmp_path / "vehicles", {"train": 4, "van": 3, "val": 3})
    found = read_folder(tmp_path / "vehicles")
    assert (found.classes, found.beside) == (("train", "val", "van"), ())
    pictures_in(tmp_path / "set", {"cat": 2, "dog": 2}, parts=("train", "val", "test"))
    found = read_folder(tmp_path / "set")
    assert (found.classes, found.beside) == (("cat", "dog"), ("test",))


@pytest.mark.parametrize("method", ["iterdir", "is_dir", "is_file", "open", "stat"])
def test_what_may_not_be_read_or_is_gone_gets_a_sentence(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures_in(tmp_path, {"cat": 3, "dog": 3})
    found = read_folder(tmp_path)
    honest = getattr(Path, method)

    def refuse(self: Path, *args: object, **more: object) -> object:
        if "dog" in self.parts:
            raise PermissionError(13, "Permission denied", str(self))
        return honest(self, *args, **more)

    monkeypatch.setattr(Path, method, refuse)  # the tests may run as root, who may read anything
    with pytest.raises(UserError, match=r"dog.* can't be read|can't be read .*dog/0\.png"):
        read_folder(tmp_path)
        found.fingerprint("net")


@pytest.mark.parametrize("workers", [0, 1])
def test_a_picture_that_goes_or_breaks_meanwhile_is_named_and_the_run_goes_on_once_it_is_back(
    workers: int, tmp_path: Path
) -> None:
    pictures_in(tmp_path, {"cat": 4, "dog{}": 4})
    folder = read_folder(tmp_path)
    lost = folder.train[-1]
    content = lost.path.read_bytes()
    recipe = FineTuning(epochs=1, batch_size=1, augmented=False)

    def run(checkpoint: Path) -> FineTuned:
        return fine_tune(
            net(), SPEC, SEEN, folder.train, folder.held_out, recipe, device=torch.device("cpu"),
            checkpoint=checkpoint, workers=workers,
        )  # fmt: skip

    whole = run(tmp_path / "whole.pt")
    lost.path.unlink()
    with pytest.raises(UserError, match=rf"^{re.escape(lost.name)} can't be read: No such file or directory\. Put"):
        run(tmp_path / "stopped.pt")
    assert 0 < torch.load(tmp_path / "stopped.pt")["step"] < len(folder.train)
    lost.path.write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=rf"^{re.escape(lost.name)} can't be read: The picture is damaged"):
        run(tmp_path / "stopped.pt")
    lost.path.write_bytes(content)
    assert torch.equal(run(tmp_path / "stopped.pt").logits, whole.logits)


def test_where_nothing_can_be_written_no_picture_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **more: object) -> None:
        pytest.fail("pictures were read")

    monkeypatch.setattr("resnet_edu.teaching.folder.read_folder", refuse)
    (tmp_path / "weights").touch()
    said = CliRunner().invoke(
        app, ["train", "folder", str(tmp_path), "--out", str(tmp_path), "--checkpoints", str(tmp_path)]
    )
    assert "Nothing can be written to" in str(said.exception)


@pytest.mark.parametrize("name", ["a/b", "/", "../up"])
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_read(name: str, tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["train", "folder", str(tmp_path / "nothing"), "--name", name])
    assert "without folders" in str(said.exception)


@pytest.mark.slow
def test_the_command_leaves_a_net_that_the_catalogue_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pictures_in(tmp_path / "shades of grey", {"dark": 8, "light": 8})
    weights = tmp_path / "weights"
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(weights))
    monkeypatch.setattr("resnet_edu.cli.folder.CHECKPOINTS", tmp_path)
    words = ["train", "folder", str(folder), "--net", NET, "--epochs", "2", "--checkpoints", str(tmp_path)]
    words += ["--workers", "0", "--freeze", "--threads", "1"]
    said = CliRunner().invoke(app, words, catch_exceptions=False)
    assert said.exit_code == 0, said.output
    path = weights / "shades-of-grey-residual-20.safetensors"
    found = net_of_file(path)
    assert found.classes == ("dark", "light")
    assert found in catalogue().nets.values()
    assert found.accuracy is not None
    card = json.loads(path.with_suffix(".json").read_text())
    assert str(tmp_path) not in path.with_suffix(".json").read_text()
    assert sum(map(sum, card["confusion"])) == card["metrics"]["test_pictures"] == 4
    assert card["recipe"]["begun_with"] == NET
    again = CliRunner().invoke(app, words)
    assert "already exists" in str(again.exception)
    trained = load_file(path)
    before = load(catalogue().nets[NET]).state_dict()
    same = {name for name in trained if torch.equal(trained[name], before[name])}
    assert {name for name in trained if name.startswith("linear.")}.isdisjoint(same)
    assert same == {name for name in trained if not name.startswith("linear.")}


def test_without_a_network_it_begins_with_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(name: str) -> None:
        raise UserError("No network.")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("resnet_edu.cli.weights.fetch", refuse)
    assert _base_net("resnet18").id == "tiny-imagenet-resnet18"
    assert "No network. Beginning with" in capsys.readouterr().err
    with pytest.raises(UserError, match="No network"):
        _base_net("resnet152")


def samples(count: int) -> tuple[Picture, ...]:
    return tuple(sample_picture(each.id) for each in SAMPLES[:count])


def test_features_are_the_means_of_each_stages_maps() -> None:
    chosen = catalogue().nets[NET]
    model = load(chosen)
    found = ExtractFeatures(chosen, samples(3)).run(Loaded(chosen, model, torch.device("cpu")))
    images = torch.cat([given_to(chosen, each) for each in samples(3)])
    hidden = model.act1(model.bn1(model.conv1(images)))
    assert found.stages["stem"].numpy() == pytest.approx(hidden.mean((2, 3)).detach().numpy(), abs=1e-5)
    hidden = model.layer3(model.layer2(model.layer1(hidden)))
    assert found.last.numpy() == pytest.approx(hidden.mean((2, 3)).detach().numpy(), abs=1e-5)
    assert found.pixels.shape == (3, 3 * 32 * 32)
    assert list(found.stages) == [place.name for place in stage_ends(chosen.architecture)]


def test_an_untrained_net_has_other_features() -> None:
    chosen = catalogue().nets[NET]
    loaded = Loaded(chosen, load(chosen), torch.device("cpu"))
    trained, untrained = (ExtractFeatures(chosen, samples(2), each).run(loaded) for each in (False, True))
    assert (trained.last - untrained.last).abs().max() > 0.1
    assert torch.equal(trained.pixels, untrained.pixels)


def test_a_net_with_a_new_head_says_what_the_head_says() -> None:
    chosen = catalogue().nets[NET]
    found = ExtractFeatures(chosen, samples(4)).run(Loaded(chosen, load(chosen), torch.device("cpu")))
    heads = fit_heads(found.last, torch.tensor([0, 1, 2, 1]), 3)
    taught = with_head(chosen, heads, ("a", "b", "c"))
    images = torch.cat([given_to(chosen, each) for each in samples(4)])
    with torch.inference_mode():
        logits = load(taught)(images)
    assert logits.numpy() == pytest.approx(heads.logits(found.last)[0].numpy(), abs=1e-4)
    assert taught != chosen
    assert taught == with_head(chosen, heads, ("a", "b", "c"))
    assert taught.calibration is None


def test_a_fresh_classifier_is_determined_by_its_seed() -> None:
    chosen = catalogue().nets[NET]
    first, again, other = (fresh(chosen, ("a", "b"), seed)[0] for seed in (0, 0, 1))
    assert first == again != other
