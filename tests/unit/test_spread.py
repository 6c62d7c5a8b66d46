"""Pieces of work on this machine: each done once, kept after a stop. ``deploy/tests/cluster`` covers clusters."""

import functools
from pathlib import Path

import pytest
import torch

from resnet_edu.errors import UserError
from resnet_edu.spread import spread


class Stopped(Exception):
    pass


def work(folder: Path, item: int, stop_at: int | None = None) -> int:
    """Square the item and leave a trace of the call."""
    with (folder / "calls").open("a") as calls:
        calls.write(f"{item} ")
    if item == stop_at:
        raise Stopped
    return item * item


def calls(folder: Path) -> str:
    return (folder / "calls").read_text()


def test_every_piece_is_done_once_in_one_thread(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    try:
        found = spread(lambda item: (item, torch.get_num_threads()), (3, 1, 2), tmp_path / "journal")
        assert list(found) == [(3, (3, 1)), (1, (1, 1)), (2, (2, 1))]
    finally:
        torch.set_num_threads(threads)
    assert not (tmp_path / "journal").exists()


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """Return a journal with 1 and 2, stopped at 3."""
    with pytest.raises(Stopped):
        list(spread(functools.partial(work, tmp_path, stop_at=3), (1, 2, 3, 4), tmp_path / "journal"))
    return tmp_path / "journal"


def test_what_is_done_is_not_done_again(tmp_path: Path, stopped: Path) -> None:
    found = list(spread(functools.partial(work, tmp_path), (1, 2, 3, 4), stopped, resume=True))
    assert found == [(1, 1), (2, 4), (3, 9), (4, 16)]
    assert calls(tmp_path) == "1 2 3 3 4 "
    assert not stopped.exists()


def test_a_piece_that_was_cut_off_in_writing_is_done_again(tmp_path: Path, stopped: Path) -> None:
    stopped.write_bytes(stopped.read_bytes()[:-3])
    with pytest.raises(Stopped):
        list(spread(functools.partial(work, tmp_path, stop_at=4), (1, 2, 3, 4), stopped, resume=True))
    assert calls(tmp_path) == "1 2 3 2 3 4 "
    assert len(list(spread(functools.partial(work, tmp_path), (1, 2, 3, 4), stopped, resume=True))) == 4
    assert calls(tmp_path) == "1 2 3 2 3 4 4 "


def test_without_resume_it_begins_again(tmp_path: Path, stopped: Path) -> None:
    assert len(list(spread(functools.partial(work, tmp_path), (1, 2), stopped))) == 2
    assert calls(tmp_path) == "1 2 3 1 2 "


def test_nothing_is_mixed_with_what_other_versions_made(
    tmp_path: Path, stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "__version__", "0")
    with pytest.raises(UserError, match="other versions"):
        list(spread(functools.partial(work, tmp_path), (1, 2), stopped, resume=True))
