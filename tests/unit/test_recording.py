"""Records of trained nets in pieces: together they are what one pass gives, also after a Ctrl-C."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from resnet_edu import cli, recording
from resnet_edu.errors import UserError
from resnet_edu.measure.knockout import block_names, errors_of, load_knockout, wrong_without
from resnet_edu.measure.paths import measure_paths
from resnet_edu.nets.cifar import CIFAR10_CLASSES
from resnet_edu.training.data import Dataset, Split, normalize

NET = "cifar10-residual-20"
BATCH = 3


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Split]:
    """A test set of eight in batches of three; journals, threads and what was read don't outlive the test."""
    images = torch.randint(0, 256, (8, 3, 32, 32), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    split = Split(images, torch.arange(8) % 10)
    monkeypatch.setattr("resnet_edu.training.data.load_cifar10", lambda *_: Dataset("d", CIFAR10_CLASSES, split, split))
    monkeypatch.setattr(recording, "BATCH", BATCH)
    monkeypatch.setattr("resnet_edu.measure.knockout.BATCH", BATCH)
    monkeypatch.setattr("resnet_edu.cli.record.CHECKPOINTS", tmp_path / "runs")
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
    assert found.paths == measure_paths(net, images, pictures.labels)
    assert found.data == "d"


def test_a_net_for_other_pictures_is_refused() -> None:
    with pytest.raises(UserError, match="missing or damaged"):
        recording.cifar_net("no-such-net")
