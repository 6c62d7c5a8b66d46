"""Tiny ImageNet: data on disk, crops, the recipe, averaged weights, exact resumption, calibration, publishing."""

import inspect
import io
import json
import tarfile
import zipfile
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.transforms import functional as TF
from typer.testing import CliRunner

from resnet_edu.cli import app
from resnet_edu.errors import UserError
from resnet_edu.nets.card import Resolution, halved, load_card, load_weights
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.nets.tiny_imagenet import CLASSES, enlarged
from resnet_edu.training import loop, tiny_data
from resnet_edu.training.calibration import LabelledLogits, calibrate, calibration_error, doubt, fit_temperature
from resnet_edu.training.data import Dataset
from resnet_edu.training.hyperparameters import DEFAULT_PHASES, Phase, parse_schedule
from resnet_edu.training.loop import Interrupted, evaluate, train
from resnet_edu.training.record import load_record
from resnet_edu.training.target import Target
from resnet_edu.training.tiny_data import load_tiny_imagenet
from resnet_edu.training.tiny_imagenet import build_seeded, publish, remeasure, run_name
from resnet_edu.training.tiny_recipe import (
    TinyRecipe,
    random_crops,
    softened,
    whole_inputs,
)
from resnet_edu.vision.preprocessing import Preprocessing

from ..support.bright_pictures import bright_pictures, generator, small_net, split

CPU = torch.device("cpu")
PHASES = (Phase(32, 2), Phase(48, 1, 0.7))
RECIPE = TinyRecipe(epochs=3, phases=PHASES, batch_size=16, learning_rate=0.05, averaging=0.8)
NAMES = tuple(each.en for each in CLASSES)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return bright_pictures()


def same(one: nn.Module | None, two: nn.Module | None) -> bool:
    assert one is not None
    assert two is not None
    return all(torch.equal(value, two.state_dict()[name]) for name, value in one.state_dict().items())


# The data on disk.


def jpeg(value: int) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (64, 64), (value, value, value)).save(content, "JPEG")
    return content.getvalue()


def made_files() -> dict[str, bytes]:
    """Return five training pictures and one for validation per class; brightness encodes class and index."""
    files = {}
    for label, each in enumerate(CLASSES):
        for index in range(5):
            name = f"{each.wnid}_{index}.JPEG"
            files[f"train/{each.wnid}/images/{name}"] = jpeg(label % 100 + 20 * index)
    lines = []
    for index, each in enumerate(reversed(CLASSES)):
        files[f"val/images/val_{index}.JPEG"] = jpeg((199 - index) % 100)
        lines.append(f"val_{index}.JPEG\t{each.wnid}\t0\t0\t62\t62")
    files["val/val_annotations.txt"] = "\n".join(lines).encode()
    files["wnids.txt"] = b"n00000000"
    return files


@pytest.fixture
def few_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiny_data, "HELD_OUT_PER_CLASS", 2)


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the same pictures as the official archive, as ours, and unpacked in two ways."""
    root = tmp_path_factory.mktemp("tiny")
    found = {name: root / name for name in ("zip", "tar", "folder", "inside")}
    for folder in found.values():
        folder.mkdir()
    with (
        zipfile.ZipFile(found["zip"] / "tiny-imagenet-200.zip", "w") as archive,
        tarfile.open(found["tar"] / "tiny-imagenet-200.tar.xz", "w:xz") as tar,
    ):
        for name, content in made_files().items():
            archive.writestr(f"tiny-imagenet-200/{name}", content)
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
            for folder in (found["folder"], found["inside"] / "tiny-imagenet-200"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
    return found


@pytest.mark.usefixtures("few_held_out")
def test_every_copy_gives_the_same_pictures(copies: dict[str, Path], tmp_path: Path) -> None:
    first, *others = (load_tiny_imagenet(folder, tmp_path) for folder in copies.values())
    for other in others:
        for part in ("train", "test", "held_out"):
            assert torch.equal(getattr(first, part).images, getattr(other, part).images)
            assert torch.equal(getattr(first, part).labels, getattr(other, part).labels)
    assert first.classes == NAMES
    assert first.test.images.shape == (200, 3, 64, 64)


@pytest.mark.usefixtures("few_held_out")
def test_held_out_pictures_are_as_many_of_each_class_and_not_trained_on(
    copies: dict[str, Path], tmp_path: Path
) -> None:
    dataset = load_tiny_imagenet(copies["folder"], tmp_path)
    assert dataset.held_out is not None
    assert dataset.held_out.labels.bincount().tolist() == [2] * 200
    assert dataset.train.labels.bincount().tolist() == [3] * 200
    seen: dict[int, list[int]] = defaultdict(list)
    for part in (dataset.train, dataset.held_out):
        for image, label in zip(part.images, part.labels.tolist(), strict=True):
            seen[label].append(int(image[0, 0, 0]))
    for label, values in seen.items():
        assert sorted(values) == [label % 100 + 20 * index for index in range(5)]
    chosen = {tuple(value - label % 100 for value in values[3:]) for label, values in seen.items()}
    assert len(chosen) > 5  # the two chosen pictures differ between classes
    again = load_tiny_imagenet(copies["folder"], tmp_path)
    assert again.held_out is not None
    assert torch.equal(again.held_out.images, dataset.held_out.images)


@pytest.mark.usefixtures("few_held_out")
def test_validation_pictures_have_the_class_that_the_annotations_say(copies: dict[str, Path], tmp_path: Path) -> None:
    test = load_tiny_imagenet(copies["folder"], tmp_path).test
    assert sorted(test.labels.tolist()) == list(range(200))
    assert torch.equal(test.images[:, 0, 0, 0].long(), test.labels % 100)


def test_a_folder_without_the_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No Tiny ImageNet"):
        load_tiny_imagenet(tmp_path, tmp_path)


@pytest.mark.usefixtures("few_held_out")
def test_without_a_folder_the_official_archive_is_fetched_and_checked(
    copies: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def download_url(url: str, root: Path, md5: str) -> None:
        asked.append((url, md5))
        (root / "tiny-imagenet-200.zip").write_bytes((copies["zip"] / "tiny-imagenet-200.zip").read_bytes())

    monkeypatch.setattr(tiny_data, "download_url", download_url)
    assert len(load_tiny_imagenet(None, tmp_path).train) == 600
    assert asked == [("http://cs231n.stanford.edu/tiny-imagenet-200.zip", "90528d7ca1a48142e341f4ef8d21d0de")]


# What the net receives.


def ramps(count: int) -> Tensor:
    """Return pictures whose first channel is the column and whose second is the row."""
    line = torch.arange(64, dtype=torch.uint8).expand(64, 64)
    return torch.stack([line, line.T, torch.zeros_like(line)]).expand(count, 3, 64, 64)


def boxes(cropped: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return (left, top, width, height, is mirrored) of each crop, read from enlarged ramps away from the border."""
    side = cropped.shape[-1]
    far = side * 3 // 4
    near = side // 4
    step_x = (cropped[:, 0, 0, far] - cropped[:, 0, 0, near]) / (far - near)
    step_y = (cropped[:, 1, far, 0] - cropped[:, 1, near, 0]) / (far - near)
    left_edge = cropped[:, 0, 0, near] - (near + 0.5) * step_x + 0.5
    top = cropped[:, 1, near, 0] - (near + 0.5) * step_y + 0.5
    width = step_x.abs() * side
    return torch.where(step_x < 0, left_edge - width, left_edge), top, width, step_y * side, step_x < 0


@pytest.mark.parametrize("side", [64, 96])
def test_crops_lie_inside_have_the_stated_size_and_half_are_mirrored(side: int) -> None:
    left, top, width, height, mirrored = boxes(random_crops(ramps(2000), side, 0.35, generator()))
    for edge in (left, top, width, height):
        torch.testing.assert_close(edge, edge.round(), atol=2e-3, rtol=0)
    assert (left > -0.01).all()
    assert (top > -0.01).all()
    assert (left + width < 64.01).all()
    assert (top + height < 64.01).all()
    area = width * height / 64**2
    assert 0.33 < area.min() < 0.38
    assert area.max() > 0.95
    shape = width / height
    assert shape.min() > 3 / 4 * 0.95
    assert shape.max() < 4 / 3 * 1.05
    assert 0.45 < mirrored.float().mean() < 0.55


def test_crops_are_torchvisions_resized_crops() -> None:
    pictures = torch.randint(0, 256, (12, 3, 64, 64), dtype=torch.uint8, generator=generator(3))
    place = boxes(random_crops(ramps(12), 96, 0.35, generator(7)))
    ours = random_crops(pictures, 96, 0.35, generator(7))
    for index, (left, top, width, height, mirrored) in enumerate(zip(*place, strict=True)):
        box = [round(float(each)) for each in (top, left, height, width)]
        theirs = TF.resized_crop(pictures[index].float(), *box, [96, 96], antialias=False)
        theirs = TF.hflip(theirs) if mirrored else theirs
        inside = slice(4, -4)  # at its border our crop still sees the pixel outside
        torch.testing.assert_close(ours[index, :, inside, inside], theirs[:, inside, inside], atol=0.05, rtol=0)


def test_softening_takes_a_share_of_the_pictures_and_only_fine_detail() -> None:
    pictures = torch.randint(0, 256, (400, 3, 16, 16), dtype=torch.uint8, generator=generator(1))
    assert torch.equal(softened(pictures, 0.0, generator()), pictures.float())
    soft = softened(pictures, 0.5, generator())
    changed = (soft != pictures).flatten(1).any(1)
    assert 0.4 < changed.float().mean() < 0.6
    assert (soft.flatten(1).var(1) <= pictures.float().flatten(1).var(1) + 1e-3).all()
    flat = torch.full((8, 3, 16, 16), 77, dtype=torch.uint8)
    torch.testing.assert_close(softened(flat, 1.0, generator()), flat.float())


def test_training_evaluation_and_the_app_share_one_chain() -> None:
    pictures = torch.randint(0, 256, (3, 3, 64, 64), dtype=torch.uint8, generator=generator())
    given = whole_inputs(pictures, 128)
    preprocessing = Preprocessing(64, 128, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), detail=64)
    for index, picture in enumerate(pictures):
        view = preprocessing.view(Image.fromarray(picture.permute(1, 2, 0).numpy()))
        assert view.size == (128, 128)
        torch.testing.assert_close(preprocessing.tensor(view)[0], given[index], atol=1e-6, rtol=1e-6)


def test_enlarging_is_plain_bilinear_interpolation() -> None:
    pictures = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8, generator=generator())
    expected = F.interpolate(pictures.double(), scale_factor=2, mode="bilinear")
    assert (enlarged(pictures, 128) - expected).abs().max() <= 0.5
    assert torch.equal(enlarged(pictures, 64), pictures.float())


# The recipe.


def test_a_schedule_is_read_and_a_bad_one_refused() -> None:
    assert parse_schedule("64:20,96:4,128:3:0.7") == (Phase(64, 20), Phase(96, 4), Phase(128, 3, 0.7))
    for bad in ("", "64", "64:x", "64:1:2", "64:0", "8:1", "64:1:0.5:1", "64:1,"):
        with pytest.raises(UserError, match="not a schedule"):
            parse_schedule(bad)


def test_the_commands_default_schedule_is_the_recipes() -> None:
    command = next(each for each in app.registered_groups if each.name == "train").typer_instance
    assert command is not None
    function = next(each.callback for each in command.registered_commands if each.name == "tiny-imagenet")
    assert function is not None
    assert parse_schedule(inspect.signature(function).parameters["schedule"].default) == DEFAULT_PHASES


def test_each_epoch_has_its_phases_resolution() -> None:
    pictures = split(4, 0).images
    for epoch, side in ((0, 32), (1, 32), (2, 48)):
        assert RECIPE.training_inputs(pictures, epoch, generator(), CPU).shape == (4, 3, side, side)
        assert RECIPE.inputs(pictures, epoch).shape == (4, 3, side, side)


def test_only_weights_decay() -> None:
    net = ImagenetSpec("resnet18", 10).build()
    decaying, others = RECIPE.parameters(net)
    names = {id(parameter): name for name, parameter in net.named_parameters()}
    assert {names[id(each)] for each in decaying["params"]} == {
        name
        for name, module in net.named_parameters()
        if name.endswith("weight") and "bn" not in name and "downsample.1" not in name
    }
    assert others["weight_decay"] == 0
    assert len(decaying["params"]) + len(others["params"]) == len(names)


def test_labels_are_smoothed_as_szegedy_et_al_write_it() -> None:
    logits, labels = torch.randn(6, 10, generator=generator()), torch.arange(6)
    target = 0.9 * F.one_hot(labels, 10) + 0.1 / 10
    expected = -(target * logits.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(RECIPE.loss(logits, labels), expected)


def test_residual_branches_start_at_zero() -> None:
    net = build_seeded("resnet18", 0)
    assert {
        float(net.get_submodule(f"layer{stage}.{block}.bn2").weight.detach().abs().sum())
        for stage in range(1, 5)
        for block in range(2)
    } == {0.0}
    assert float(net.get_submodule("bn1").weight.detach().mean()) == 1.0
    assert same(net, build_seeded("resnet18", 0))
    assert not torch.equal(net.conv1.weight, build_seeded("resnet18", 1).conv1.weight)  # type: ignore[arg-type]  # a tensor


# The loop.


def run(
    dataset: Dataset, checkpoint: Path, stop_after: int | None = None, evaluate_every: int = 1
) -> tuple[nn.Module, loop.TrainingResult]:
    net = small_net()
    steps = 0

    def should_stop() -> bool:
        nonlocal steps
        steps += 1
        return stop_after is not None and steps > stop_after

    result = train(
        net,
        dataset,
        RECIPE,
        checkpoint,
        device=CPU,
        precision=torch.bfloat16,
        evaluate_every=evaluate_every,
        should_stop=should_stop,
    )
    return net, result


@pytest.mark.parametrize("stop_after", [0, 3, 5, 12], ids=["before-the-first", "mid-epoch", "between-epochs", "late"])
def test_a_stopped_run_resumes_bit_for_bit_average_included(dataset: Dataset, tmp_path: Path, stop_after: int) -> None:
    whole, expected = run(dataset, tmp_path / "whole.pt")
    with pytest.raises(Interrupted):
        run(dataset, tmp_path / "parts.pt", stop_after)
    resumed, result = run(dataset, tmp_path / "parts.pt")
    assert same(whole, resumed)
    assert same(expected.averaged, result.averaged)
    assert [replace(row, seconds=0) for row in result.epochs] == [replace(row, seconds=0) for row in expected.epochs]
    assert result.probes == expected.probes


def test_a_killed_run_goes_on_from_its_last_timed_checkpoint(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, expected = run(dataset, tmp_path / "whole.pt")
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)

    def die(done: int, total: int, loss: float) -> None:
        if done == 8:
            raise MemoryError

    with pytest.raises(MemoryError):
        train(small_net(), dataset, RECIPE, tmp_path / "c.pt", device=CPU, precision=torch.bfloat16, on_step=die)
    assert torch.load(tmp_path / "c.pt", weights_only=True)["step"] == 7
    resumed, result = run(dataset, tmp_path / "c.pt")
    assert same(whole, resumed)
    assert same(expected.averaged, result.averaged)


def test_the_average_is_the_exponential_one_of_weights_and_statistics(dataset: Dataset, tmp_path: Path) -> None:
    net = small_net()
    states: list[dict[str, Tensor]] = []

    def keep(done: int, total: int, loss: float) -> None:
        states.append({name: value.detach().clone() for name, value in net.state_dict().items()})

    result = train(net, dataset, RECIPE, tmp_path / "c.pt", device=CPU, precision=torch.float32, on_step=keep)
    assert result.averaged is not None
    for name in ("0.weight", "1.weight", "1.running_mean", "1.running_var", "5.bias"):
        average = states[0][name]
        for state in states[1:]:
            average = 0.8 * average + 0.2 * state[name]
        torch.testing.assert_close(result.averaged.state_dict()[name], average)


def test_records_are_of_the_averaged_weights_at_the_phases_resolution(dataset: Dataset, tmp_path: Path) -> None:
    _, result = run(dataset, tmp_path / "c.pt")
    assert result.averaged is not None
    score = evaluate(
        result.averaged, dataset.test, device=CPU, dtype=torch.bfloat16, inputs=partial(whole_inputs, side=48)
    )
    assert (score.loss, score.error) == (result.epochs[-1].test_loss, result.epochs[-1].test_error)


def test_measuring_seldom_changes_nothing_else(dataset: Dataset, tmp_path: Path) -> None:
    often, all_rows = run(dataset, tmp_path / "often.pt")
    seldom, rows = run(dataset, tmp_path / "seldom.pt", evaluate_every=2)
    assert same(often, seldom)
    assert [row.epoch for row in rows.epochs] == [2, 3]
    assert [replace(row, seconds=0) for row in rows.epochs] == [replace(row, seconds=0) for row in all_rows.epochs[1:]]


# Calibration.


def test_the_temperature_is_the_one_that_the_answers_were_made_with() -> None:
    logits = 2 * torch.randn(20_000, 20, generator=generator())
    labels = torch.multinomial(logits.softmax(1), 1, generator=generator(1)).squeeze(1)
    for temperature in (0.5, 1.0, 3.0):
        assert fit_temperature(logits * temperature, labels) == pytest.approx(temperature, rel=0.03)


def test_no_other_temperature_has_a_smaller_cross_entropy() -> None:
    found = LabelledLogits(3 * torch.randn(500, 20, generator=generator()), torch.arange(500) % 20)
    found = replace(found, logits=found.logits + 4 * F.one_hot(found.labels, 20))
    best = fit_temperature(found.logits, found.labels)
    assert found.loss(best) < min(found.loss(best * 0.99), found.loss(best * 1.01))


def test_the_calibration_error_of_a_case_by_hand() -> None:
    shares = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    labels = torch.tensor([0, 1, 0, 1])
    assert calibration_error(shares, labels) == pytest.approx(2 / 4 * 0.4 + 2 / 4 * 0.4)
    certain = F.one_hot(labels, 2).double()
    assert calibration_error(certain, labels) == 0
    assert calibration_error(certain, 1 - labels) == 1


def test_a_calibrated_answer_has_a_small_calibration_error() -> None:
    logits = 2 * torch.randn(20_000, 20, generator=generator())
    labels = torch.multinomial(logits.softmax(1), 1, generator=generator(1)).squeeze(1)
    assert calibration_error(logits.softmax(1), labels) < 0.015 < calibration_error((3 * logits).softmax(1), labels)


def test_doubt_begins_where_right_answers_outnumber_wrong_ones() -> None:
    confidence = torch.tensor([0.9, 0.1, 0.2, 0.3, 0.7, 0.5])
    right = torch.tensor([True, False, True, False, True, False])
    assert doubt(confidence, right) == pytest.approx(0.6)
    assert doubt(confidence, torch.ones(6, dtype=torch.bool)) == 0
    assert doubt(confidence, torch.zeros(6, dtype=torch.bool)) == pytest.approx(0.95)


def test_of_calibrated_answers_doubt_begins_at_about_a_half() -> None:
    logits = 3 * torch.randn(20_000, 20, generator=generator())
    labels = torch.multinomial(logits.softmax(1), 1, generator=generator(1)).squeeze(1)
    found = calibrate(LabelledLogits(2 * logits, labels), LabelledLogits(2 * logits[:5000], labels[:5000]))
    assert found.doubtful_below == pytest.approx(0.5, abs=0.05)
    assert min(found.doubtful_wrong, found.sure_right) > 0.5
    assert (found.pictures, found.measured) == (20_000, 5000)


def test_accuracies_count_like_a_plain_loop() -> None:
    logits = torch.randn(50, 20, generator=generator())
    labels = torch.arange(50) % 20
    found = LabelledLogits(logits, labels)
    for among in (1, 5):
        right = sum(int(labels[row]) in logits[row].argsort(descending=True)[:among].tolist() for row in range(50))
        assert found.accuracy(among) == pytest.approx(right / 50)


# What a run leaves behind.


def test_half_precision_is_for_what_is_large() -> None:
    state = ImagenetSpec("resnet18", 200).build().state_dict()
    for name, value in halved(state).items():
        assert value.dtype == (torch.float16 if value.ndim > 1 else state[name].dtype)


def test_a_finished_run_leaves_weights_card_and_record(dataset: Dataset, tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=1, phases=(Phase(32, 1),))
    net = build_seeded("resnet18", 0)
    result = train(net, dataset, recipe, tmp_path / "c.pt", device=CPU, precision=torch.bfloat16)
    card = publish(
        net, "resnet18", dataset, recipe, result,
        command="as typed", device=CPU, target=Target.of("tiny-imagenet-resnet18", tmp_path, tmp_path / "runs"),
    )  # fmt: skip
    weights = tmp_path / "tiny-imagenet-resnet18.safetensors"
    assert weights.stat().st_size < 25e6
    assert load_card(weights) == replace(card, recipe=json.loads(json.dumps(card.recipe)))
    assert card.resolution == Resolution(64, 32)
    assert card.calibration is not None
    assert card.calibration.pictures == 30
    assert len(card.tried) == 3
    assert card.recipe["shipped"] in card.tried
    assert "last weights" in card.tried
    best = min(card.tried.values(), key=lambda figures: figures["held_out_loss"])
    assert best == card.tried[card.recipe["shipped"]]
    assert load_record(tmp_path / "runs" / "tiny-imagenet-resnet18.json").epochs == result.epochs
    assert str(tmp_path) not in weights.with_suffix(".json").read_text()

    shipped = ImagenetSpec("resnet18", 200).build()
    shipped.load_state_dict(load_weights(weights, card))
    assert {value.dtype for value in shipped.state_dict().values()} == {torch.float32, torch.int64}
    again = remeasure(shipped, card, dataset, CPU)
    for figure in ("test_accuracy", "test_top5_accuracy", "test_loss", "test_calibration_error"):
        assert again[figure] == pytest.approx(card.metrics[figure], abs=1e-6)
    assert again["temperature"] == pytest.approx(card.calibration.temperature, rel=1e-4)


def test_cards_without_calibration_stay_as_they_are(tmp_path: Path) -> None:
    values = {"classes": ["a"], "name": "n", "architecture": ImagenetSpec("resnet18", 1).as_dict(), "data": "d"}
    values |= {
        "recipe": {},
        "command": "c",
        "metrics": {"test_accuracy": 1.0},
        "date": "",
        "versions": {},
        "sha256": "",
    }
    (tmp_path / "n.json").write_text(json.dumps(values))
    card = load_card(tmp_path / "n.safetensors")
    assert (card.resolution, card.calibration, card.tried) == (None, None, {})


@pytest.mark.slow
@pytest.mark.usefixtures("few_held_out")
def test_the_commands_train_publish_again_and_measure_again(
    copies: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resnet_edu.vision.catalogue.WEIGHTS", tmp_path / "weights")
    common = ["--data-dir", str(copies["tar"])]
    command = ["train", "tiny-imagenet", *common, "--schedule", "32:1,40:1:0.8", "--batch-size", "100"]
    command += ["--evaluate-every", "2", "--threads", "1"]
    command += [f"--{name}={tmp_path}" for name in ("out", "checkpoints")]
    monkeypatch.setattr("sys.argv", ["resnet_edu", *command])
    first = CliRunner().invoke(app, command, catch_exceptions=False)
    assert first.exit_code == 0
    assert "top-5 accuracy" in first.stdout
    card = load_card(tmp_path / "weights" / "tiny-imagenet-resnet18.safetensors")
    assert str(tmp_path) not in card.command
    assert "--schedule 32:1,40:1:0.8" in card.command
    assert (tmp_path / f"{run_name('resnet18')}.pt").is_file()

    assert isinstance(CliRunner().invoke(app, [*command, "--force"]).exception, UserError)
    assert isinstance(CliRunner().invoke(app, [*command, "--resume"]).exception, UserError)
    again = CliRunner().invoke(app, [*command, "--resume", "--force"], catch_exceptions=False)
    assert again.exit_code == 0
    assert load_card(tmp_path / "weights" / "tiny-imagenet-resnet18.safetensors").sha256 == card.sha256

    measured = CliRunner().invoke(app, ["evaluate", "tiny-imagenet-resnet18", *common], catch_exceptions=False)
    assert measured.exit_code == 0
    assert "test_calibration_error" in measured.stdout
    card_file = tmp_path / "weights" / "tiny-imagenet-resnet18.json"
    values = json.loads(card_file.read_text())
    values["metrics"]["test_top5_accuracy"] += 0.01
    card_file.write_text(json.dumps(values))
    assert CliRunner().invoke(app, ["evaluate", "tiny-imagenet-resnet18", *common]).exit_code == 1
