"""Independent pieces of work, computed here one after the other, or in parallel on a Ray cluster."""

import contextlib
import os
import pickle
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch

from resnet_edu.errors import UserError, mark
from resnet_edu.versions import versions

ItemT = TypeVar("ItemT")
FoundT = TypeVar("FoundT")


def spread(
    work: Callable[[ItemT], FoundT], items: Sequence[ItemT], journal: Path, *, cluster: str = "", resume: bool = False
) -> Iterator[tuple[ItemT, FoundT]]:
    """Yield each item with its result, in the order of completion; torch uses one thread per piece.

    ``work`` is a module-level function, or a partial of one, without side effects. ``cluster`` is the address
    of Ray's head, or "local" for this machine's processors; without it, this process does everything. Results
    are kept in ``journal`` until all are done, and ``resume`` reuses them. Raises ``UserError`` if the
    journal was begun with other software versions.
    """
    done = _begun(journal) if resume else {}
    journal.parent.mkdir(parents=True, exist_ok=True)
    if not done:
        journal.write_bytes(pickle.dumps(versions()))
    yield from ((item, done[item]) for item in items if item in done)
    left = [item for item in items if item not in done]
    results = _on_cluster(work, left, cluster) if cluster and left else _here(work, left)
    with contextlib.closing(results), journal.open("ab") as file:
        for item, result in results:
            pickle.dump((item, result), file)
            file.flush()
            yield item, result
    journal.unlink()


def _here(work: Callable[[ItemT], FoundT], items: Sequence[ItemT]) -> Generator[tuple[ItemT, FoundT], None, None]:
    for item in items:
        yield item, _piece(work, item)


def _on_cluster(
    work: Callable[[ItemT], FoundT], items: Sequence[ItemT], address: str
) -> Generator[tuple[ItemT, FoundT], None, None]:
    """Yield results from a cluster; a piece whose machine disappears is repeated on another."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no usage is reported to anybody
    try:
        import ray
    except ModuleNotFoundError:
        raise UserError(mark("Ray is not installed. Install requirements-cluster.txt.")) from None
    try:
        ray.init(address=address, include_dashboard=False if address == "local" else None, log_to_driver=False)
    except (ConnectionError, ValueError) as error:
        raise UserError(mark("No Ray cluster answers at {address}: {error}"), address=address, error=error) from None
    try:
        piece = ray.remote(num_cpus=1, max_retries=2)(_piece)
        waiting = {piece.remote(work, item): item for item in items}
        while waiting:
            (first,), _ = ray.wait(list(waiting))
            yield waiting.pop(first), ray.get(first)
    finally:
        ray.shutdown()


def _piece(work: Callable[[ItemT], FoundT], item: ItemT) -> FoundT:
    torch.set_num_threads(1)
    return work(item)


def _begun(journal: Path) -> dict[Any, Any]:
    """Read the finished pieces in a journal; a piece cut off while being written is dropped."""
    if not journal.exists():
        return {}
    done: dict[Any, Any] = {}
    with journal.open("r+b") as file:
        if pickle.load(file) != versions():  # noqa: S301  # we have written it
            raise UserError(mark("The unfinished record was made with other versions. Start again without --resume."))
        whole = file.tell()
        with contextlib.suppress(EOFError, pickle.UnpicklingError):
            while True:
                item, result = pickle.load(file)  # noqa: S301
                done[item] = result
                whole = file.tell()
        file.truncate(whole)
    return done
