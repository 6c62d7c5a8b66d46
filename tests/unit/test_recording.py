"""Records of trained nets in pieces: together they equal a single pass, even after Ctrl-C."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from resnet_edu import cli, recording
from resnet_edu.errors import UserError
from resnet_edu.measure.knockout import block_names, errors_of, load_knockout, wrong_without
from resnet_edu.measure.paths import batch_means, gathered
from resnet_edu.measure.reorder import forward_in_order, load_reordered, orders
from resnet_edu.measure.steps import forward_in_steps, load_refined
from resnet_edu.nets.cifar import CIFAR10_CLASSES
from resnet_edu.training.data import Dataset, Split, normalize, stratified

NET = "cifar10-residual-20"
BATCH = 3


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Split]:
    """Use a test set of eight pictures in batches of three; reset journals, threads and caches afterwards."""
    images = torch.randint(0, 256, (8, 3, 32, 32), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    split = Split(images, torch.arange(8) % 10)
    monkeypatch.setattr("resnet_edu.training.data.load_cifar10", lambda *_: Dataset("d", CIFAR10_CLASSES, split, split))
    monkeypatch.setattr(recording, "BATCH", BATCH)
    monkeypatch.setattr("resnet_edu.measure.knockout.BATCH", BATCH)
    monkeypatch.setattr("resnet_edu.cli.record.CHECKPOINTS", tmp_path / "runs")
    monkeypatch.setattr("resnet_edu.measure.paths.PICTURES", 5)
    threads = torch.get_num_threads()
    yield split
    torch.set_num_threads(threads)
    recording.cifar10.cache_clear()
    recording.cifar_net.cache_clear()


def record(tmp_path: Path, *more: str) -> int:
    return CliRunner().invoke(cli.app, ["record", "knockout", "--net", NET, "--out", str(tmp_path), *more]).exit_code


def test_the_pieces_of_a_knockout_add_up_and_outlive_a_ctrl_c(
    pictures: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[int] = []
    whole_piece = recording.wrong_at

    def stopped(where: recording.Where, piece: tuple[str, int]) -> Counter[frozenset[str]]:
        measured.append(piece[1])
        if measured == [0, 3]:
            raise KeyboardInterrupt
        return whole_piece(where, piece)

    monkeypatch.setattr(recording, "wrong_at", stopped)
    assert record(tmp_path) == 130
    assert record(tmp_path, "--resume") == 0
    assert measured == [0, 3, 3, 6]
    found = load_knockout(tmp_path / f"{NET}.json")
    net = recording.cifar_net(NET)
    images = normalize(pictures.images)
    wrong = [wrong_without(net, images[at : at + 3], pictures.labels[at : at + 3]) for at in (0, 3, 6)]
    expected = errors_of(block_names(net), sum(wrong, Counter[frozenset[str]]()), 8)
    assert (found.error, found.single, found.several) == expected
    some = stratified(pictures, 8)
    images = normalize(some.images)
    means = [batch_means(net, images[at : at + 5], some.labels[at : at + 5], seed=at) for at in (0, 5)]
    assert found.paths == gathered(net, means)
    assert found.data == "d"


def test_a_net_for_other_pictures_is_refused() -> None:
    with pytest.raises(UserError, match="missing or damaged"):
        recording.cifar_net("no-such-net")
    with pytest.raises(UserError, match="not one of our"):
        recording.our_cifar_nets("tiny-imagenet-resnet18")


def test_a_stratified_sample_of_a_sorted_set_has_as_many_of_each_class() -> None:
    labels = torch.arange(10).repeat_interleave(7)
    split = Split(torch.arange(70, dtype=torch.uint8).view(70, 1, 1, 1), labels)
    some = stratified(split, 30)
    assert some.labels.bincount().tolist() == [3] * 10
    assert all(part.sort().values.tolist() == list(range(10)) for part in some.labels.split(10))
    assert torch.equal(split.labels[some.images.flatten().long()], some.labels)
    assert len(some.images.unique()) == 30
    assert torch.equal(stratified(split, 30).images, some.images)
    assert not torch.equal(stratified(split, 30, seed=1).images, some.images)
    assert len(stratified(split, 1000)) == 70


def test_the_pieces_of_the_steps_add_up(pictures: Split, tmp_path: Path) -> None:
    assert CliRunner().invoke(cli.app, ["record", "steps", "--out", str(tmp_path)]).exit_code == 0
    found = load_refined(tmp_path / f"steps-{NET}.json")
    net = recording.cifar_net(NET)
    images = normalize(pictures.images)
    for steps, answers in found.answers.items():
        with torch.inference_mode():
            right = [
                forward_in_steps(net, images[at : at + BATCH], steps).argmax(1) == pictures.labels[at : at + BATCH]
                for at in (0, 3, 6)
            ]
        assert answers.right == int(torch.cat(right).sum())
    assert found.pictures == len(pictures)


def test_the_pieces_of_the_orders_add_up(pictures: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SWAPS": (1, 4), "DRAWS": 2, "PICTURES": 5}.items():
        monkeypatch.setattr(f"resnet_edu.measure.reorder.{name}", value)
    assert CliRunner().invoke(cli.app, ["record", "reorder", "--out", str(tmp_path)]).exit_code == 0
    (path,) = tmp_path.glob("*.json")  # of the shipped nets, one has enough blocks
    found = load_reordered(path)
    net, some = recording.cifar_net("cifar10-residual-56"), stratified(pictures, 5)
    with torch.inference_mode():
        for swaps, drawn in orders(net):
            wrong = [
                (forward_in_order(net, normalize(some.images), order).argmax(1) != some.labels).sum() for order in drawn
            ]
            assert [round(each.error * 5) for each in found.draws[swaps]] == wrong
