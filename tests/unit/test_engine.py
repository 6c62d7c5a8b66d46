"""The local engine: its nets, batches and worker, and what happens when memory runs out."""

import pickle
import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from resnet_edu.errors import UserError
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.engine import local
from resnet_edu.vision.engine.local import LocalEngine, LocalTicket
from resnet_edu.vision.engine.protocol import Loaded, QueueFull, forward, queue_is_full
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import SAMPLES, sample_picture
from resnet_edu.worker import Worker
from tests.contract.jobs import NET, Answering, Bench, Huge, Job, finish

CPU = torch.device("cpu")


@pytest.fixture
def engine() -> LocalEngine:
    return LocalEngine(CPU, loader=lambda net: nn.Flatten(), batch=3)


@pytest.fixture
def bench(engine: LocalEngine, tmp_path: Path) -> Bench:
    return Bench(engine, tmp_path)


def test_a_net_without_memory_makes_room(engine: LocalEngine, bench: Bench) -> None:
    with pytest.raises(UserError, match="not enough memory"):
        finish(bench.submit("bad", "s", Huge))
    assert not engine._models


def test_a_net_that_does_not_load_for_want_of_memory_is_a_sentence(tmp_path: Path) -> None:
    loads: list[str] = []

    def loader(net: Net) -> nn.Module:
        loads.append(net.id)
        return nn.Linear(2**27, 2**27) if len(loads) == 1 else nn.Flatten()

    bench = Bench(LocalEngine(CPU, loader), tmp_path)
    with pytest.raises(UserError, match="not enough memory"):
        finish(bench.submit("a", "s"))
    assert finish(bench.submit("a", "s")) == "a"


def test_what_strikes_between_two_tasks_does_not_end_the_worker() -> None:
    changed = threading.Condition()
    calls: list[str] = []
    twice = threading.Event()

    def work(worker: Worker) -> None:
        calls.append("called")
        if len(calls) == 1:
            raise KeyboardInterrupt
        twice.set()
        with changed:
            changed.wait_for(lambda: worker.closing)

    worker = Worker("struck", work, changed)
    assert twice.wait(20)
    worker.close()


def test_models_are_loaded_once_and_the_oldest_is_let_go(tmp_path: Path) -> None:
    loads: list[str] = []

    def loader(net: Net) -> nn.Module:
        loads.append(net.id)
        return nn.Flatten()

    nets = list(catalogue().nets.values())[:3]
    engine = LocalEngine(CPU, loader, models=2)
    for turn, net in enumerate([nets[0], nets[0], nets[1], nets[0], nets[2], nets[0], nets[1]]):
        job = Job(f"{turn}", tmp_path, net)
        job.open()
        finish(engine.submit(job, "s"))
    assert loads == [nets[0].id, nets[1].id, nets[2].id, nets[1].id]


@dataclass(frozen=True)
class Shared(Job):
    """Returns the tasks that shared its pass; one called "bad" makes any batch fail."""

    batch_key: Hashable = "shared"

    def run(self, loaded: Loaded) -> Any:
        return self.run_together(loaded, [self])[0]

    def run_together(self, loaded: Loaded, tasks: Sequence[Job]) -> list[Any]:
        names = [task.name for task in tasks]
        if "bad" in names:
            raise UserError("bad")
        return [names] * len(tasks)


def note(ticket: LocalTicket, ended: list[str]) -> None:
    """Append the ticket's result to the list when it ends."""
    ticket.when_ended(lambda: ended.append(ticket.result()))


def test_an_answer_goes_before_what_is_inside_the_net(bench: Bench) -> None:
    holder = bench.busy()
    ended: list[str] = []
    for name, kind in (("first maps", Job), ("second maps", Job), ("answer", Answering)):
        note(bench.submit(name, name, kind), ended)
    holder.open()
    finish(bench.submit("last", "someone"))
    assert ended == ["answer", "first maps", "second maps"]


def test_a_pages_next_question_does_not_wait_for_another_piece(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "NEXT_QUESTION_SECONDS", 2)
    job, long = bench.half_way()
    ended: list[str] = []
    note(long, ended)

    def page() -> None:
        ended.extend(finish(bench.submit(name, "page")) for name in ("one", "two", "three"))

    reader = threading.Thread(target=page)
    reader.start()
    while not any(waiting.task.name == "one" for waiting in bench.engine._waiting):  # type: ignore[attr-defined]
        reader.join(0.005)
    job.open("second")
    reader.join(20)
    assert finish(long) == "long"
    assert ended == ["one", "two", "three", "long"]


def test_who_waits_at_the_same_moment_shares_a_pass_and_no_more_than_fit(bench: Bench) -> None:
    holder = bench.busy()
    kinds = {"a": Shared, "x": Job, "b": Shared, "c": Shared, "d": Shared}
    tickets = {name: bench.submit(name, name, kind) for name, kind in kinds.items()}
    alone = bench.engine.submit(replace(bench.job("e", Shared), batch_key="another"), "e")
    holder.open()
    found = {name: finish(ticket) for name, ticket in tickets.items()}
    assert found == {"a": list("abc"), "b": list("abc"), "c": list("abc"), "d": ["d"], "x": "x"}
    assert finish(alone) == ["e"]


def test_who_shares_a_pass_with_a_failing_task_does_not_fail(bench: Bench) -> None:
    holder = bench.busy()
    tickets = [bench.submit(name, name, Shared) for name in ("a", "bad", "c")]
    holder.open()
    assert (finish(tickets[0]), finish(tickets[2])) == (["a"], ["c"])
    with pytest.raises(UserError):
        finish(tickets[1])


def test_an_answer_from_a_shared_pass_is_that_of_an_own_one(tmp_path: Path) -> None:
    tasks = [Predict(NET, sample_picture(sample.id), count=10) for sample in SAMPLES]
    engine = LocalEngine(CPU, batch=len(tasks))
    holder = Bench(engine, tmp_path).busy()
    tickets = [engine.submit(task, task.picture.sha256) for task in tasks]
    holder.open()
    alone = LocalEngine(CPU)
    for task, ticket in zip(tasks, tickets, strict=True):
        ours, theirs = finish(ticket), finish(alone.submit(task, "s"))
        assert {each.index: each.probability for each in ours.top} == pytest.approx(
            {each.index: each.probability for each in theirs.top}, abs=1e-5
        )
        assert (ours.key, ours.seen.tobytes()) == (theirs.key, theirs.seen.tobytes())
    assert len({finish(ticket).milliseconds for ticket in tickets}) == 1  # it was one pass


def test_an_error_is_pickled_with_the_fields_of_its_sentence() -> None:
    full = pickle.loads(pickle.dumps(queue_is_full(3)))
    assert isinstance(full, QueueFull)
    assert (full.message, full.values, str(full)) == (
        queue_is_full(4).message,
        {"waiting": 3},
        str(queue_is_full(3)),
    )
    braces = pickle.loads(pickle.dumps(UserError("{name} is odd", name="{a}")))
    assert str(braces) == "{a} is odd"


class Hungry(nn.Module):
    """A net with memory for ``room`` pictures, unless it is on the CPU."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        self.batches: list[int] = []
        self.moved = False

    def to(self, *args: Any, **options: Any) -> "Hungry":
        self.moved = True
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.batches.append(len(x))
        if len(x) > self.room and not self.moved:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return x.flatten(1)[:, :2] * 2


def hungry(room: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Hungry, Loaded]:
    """Simulate a small graphics card: its device is "meta", and tensors stay where they are."""
    monkeypatch.setattr(torch.Tensor, "to", lambda self, *args: self)
    monkeypatch.setattr(
        "resnet_edu.vision.engine.protocol.autocast", lambda device, dtype: torch.autocast("cpu", enabled=False)
    )
    model = Hungry(room)
    return model, Loaded(NET, model, torch.device("meta"))


def test_exhausted_memory_halves_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.randn(7, 3, 4, 4)
    model, loaded = hungry(2, monkeypatch)
    assert torch.equal(forward(loaded, x), x.flatten(1)[:, :2] * 2)
    assert max(model.batches) == 7
    assert not model.moved
    assert loaded.note == ""


def test_what_is_done_with_the_net_is_done_with_every_half(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.randn(7, 3, 4, 4)
    model, loaded = hungry(2, monkeypatch)
    assert torch.equal(forward(loaded, x, lambda net, images: net(images) + 1), x.flatten(1)[:, :2] * 2 + 1)
    assert max(model.batches) == 7


def test_when_one_picture_does_not_fit_the_net_moves_to_the_cpu_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.randn(3, 3, 4, 4)
    model, loaded = hungry(0, monkeypatch)
    assert torch.equal(forward(loaded, x), x.flatten(1)[:, :2] * 2)
    assert model.moved
    assert loaded.device.type == "cpu"
    assert "CPU" in loaded.note


def test_other_errors_are_not_taken_for_memory() -> None:
    class Wrong(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        forward(Loaded(NET, Wrong(), CPU), torch.zeros(2, 3, 4, 4))
