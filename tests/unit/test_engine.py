"""The engine: one worker, a bounded queue, a cache, and what happens when memory runs out."""

import threading
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import nn

from resnet_edu.errors import UserError
from resnet_edu.vision.catalogue import Net, catalogue, load
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import Loaded, QueueFull, Superseded, forward
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import SAMPLES, sample_picture
from resnet_edu.worker import Worker

CPU = torch.device("cpu")
NET = catalogue().nets["cifar10-residual-20"]


@dataclass(frozen=True)
class Job:
    """Waits for the gate, then answers with its name."""

    name: str
    gate: threading.Event = field(default_factory=threading.Event)
    ran: list[str] = field(default_factory=list)
    net: Net = NET

    @property
    def key(self) -> Hashable:
        return self.name

    def run(self, loaded: Loaded) -> str:
        assert self.gate.wait(20)
        self.ran.append(threading.current_thread().name)
        return self.name


@dataclass(frozen=True)
class Failing(Job):
    def run(self, loaded: Loaded) -> str:
        raise UserError("no {what}", what="luck")


@pytest.fixture
def engine() -> Iterator[LocalEngine]:
    yield LocalEngine(CPU, loader=lambda net: nn.Flatten(), capacity=3)


def opened(name: str, kind: type[Job] = Job) -> Job:
    job = kind(name)
    job.gate.set()
    return job


def finish(ticket: Any) -> Any:
    assert ticket.wait(20)
    return ticket.result()


def busy(engine: LocalEngine) -> Job:
    """A job that keeps the worker until its gate opens."""
    job = Job("busy")
    ticket = engine.submit(job, "someone")
    while ticket.place or engine._running is None:
        ticket.wait(0.01)
    return job


def test_a_task_runs_on_the_engines_own_thread(engine: LocalEngine) -> None:
    job = opened("a")
    assert finish(engine.submit(job, "s")) == "a"
    assert job.ran == ["engine"]


def test_equal_tasks_are_computed_once(engine: LocalEngine) -> None:
    first, second, third = opened("same"), opened("same"), opened("same")
    holder = busy(engine)
    tickets = [engine.submit(first, "s1"), engine.submit(second, "s2")]
    holder.gate.set()
    assert [finish(ticket) for ticket in tickets] == ["same", "same"]
    assert finish(engine.submit(third, "s3")) == "same"
    assert len(first.ran + second.ran + third.ran) == 1


def test_the_newest_request_of_a_session_replaces_its_older_one(engine: LocalEngine) -> None:
    holder = busy(engine)
    old, other, new = (
        engine.submit(opened("old"), "s"),
        engine.submit(opened("x"), "t"),
        engine.submit(opened("new"), "s"),
    )
    with pytest.raises(Superseded):
        finish(old)
    holder.gate.set()
    assert (finish(other), finish(new)) == ("x", "new")


def test_places_count_those_before(engine: LocalEngine) -> None:
    holder = busy(engine)
    tickets = [engine.submit(opened(name), name) for name in "abc"]
    assert [ticket.place for ticket in tickets] == [1, 2, 3]
    holder.gate.set()
    for ticket in tickets:
        finish(ticket)
    assert [ticket.place for ticket in tickets] == [0, 0, 0]


def test_a_full_queue_says_so_and_takes_the_task_later(engine: LocalEngine) -> None:
    holder = busy(engine)
    waiting = [engine.submit(opened(name), name) for name in "abc"]
    with pytest.raises(QueueFull, match="3 pictures"):
        engine.submit(opened("d"), "d")
    holder.gate.set()
    assert [finish(ticket) for ticket in waiting] == ["a", "b", "c"]
    assert finish(engine.submit(opened("d"), "d")) == "d"


def test_a_failing_task_fails_alone(engine: LocalEngine) -> None:
    with pytest.raises(UserError, match="no luck"):
        finish(engine.submit(opened("bad", Failing), "s"))
    assert finish(engine.submit(opened("good"), "s")) == "good"


@dataclass(frozen=True)
class Killed(Job):
    def run(self, loaded: Loaded) -> str:
        raise SystemExit


def test_a_killed_worker_tells_its_reader_and_serves_the_next(engine: LocalEngine) -> None:
    with pytest.raises(UserError, match="cut off"):
        finish(engine.submit(opened("bad", Killed), "s"))
    assert finish(engine.submit(opened("good"), "s")) == "good"


@dataclass(frozen=True)
class Huge(Job):
    def run(self, loaded: Loaded) -> str:
        return str(torch.empty(2**55))


def test_a_net_without_memory_is_a_sentence_and_makes_room(engine: LocalEngine) -> None:
    with pytest.raises(UserError, match=f"not enough memory for {NET.title} now"):
        finish(engine.submit(opened("bad", Huge), "s"))
    assert not engine._models
    assert finish(engine.submit(opened("good"), "s")) == "good"


def test_a_net_that_does_not_load_for_want_of_memory_is_a_sentence() -> None:
    loads: list[str] = []

    def loader(net: Net) -> nn.Module:
        loads.append(net.id)
        return nn.Linear(2**27, 2**27) if len(loads) == 1 else nn.Flatten()

    engine = LocalEngine(CPU, loader)
    with pytest.raises(UserError, match="not enough memory"):
        finish(engine.submit(opened("a"), "s"))
    assert finish(engine.submit(opened("a"), "s")) == "a"


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


def test_a_failure_is_not_cached(engine: LocalEngine) -> None:
    with pytest.raises(UserError):
        finish(engine.submit(opened("same", Failing), "s"))
    assert finish(engine.submit(opened("same"), "s")) == "same"


def test_models_are_loaded_once_and_the_oldest_is_let_go() -> None:
    loads: list[str] = []

    def loader(net: Net) -> nn.Module:
        loads.append(net.id)
        return nn.Flatten()

    nets = list(catalogue().nets.values())[:3]
    engine = LocalEngine(CPU, loader, models=2)
    for turn, net in enumerate([nets[0], nets[0], nets[1], nets[0], nets[2], nets[0], nets[1]]):
        job = Job(f"{turn}", net=net)
        job.gate.set()
        finish(engine.submit(job, "s"))
    assert loads == [nets[0].id, nets[1].id, nets[2].id, nets[1].id]


@pytest.mark.parametrize("sample", [sample.id for sample in SAMPLES])
def test_the_engines_answer_is_that_of_bare_torch(sample: str) -> None:
    picture = sample_picture(sample)
    prediction = finish(LocalEngine(CPU).submit(Predict(NET, picture), "s"))
    with torch.inference_mode():
        bare = load(NET)(NET.preprocessing.tensor(NET.preprocessing.view(picture.image))).softmax(1)[0]
    values, indices = bare.topk(5)
    assert [score.index for score in prediction.top] == indices.tolist()
    assert [score.probability for score in prediction.top] == values.tolist()
    assert [score.name for score in prediction.top] == [NET.classes[index] for index in indices]
    assert prediction.milliseconds > 0
    assert prediction.seen.size == (32, 32)


class Hungry(nn.Module):
    """Memory for ``room`` pictures, as long as it is not on the CPU."""

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
    """As on a small graphics card: "meta" stands for its device, whose tensors stay where they are."""
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


@dataclass(frozen=True)
class Stepwise(Job):
    """Tells its progress once the gate is open, then waits at a second one between its pieces."""

    second: threading.Event = field(default_factory=threading.Event)
    is_long: bool = True

    def run(self, loaded: Loaded) -> str:
        assert self.gate.wait(20)
        loaded.advance(0.25)
        assert self.second.wait(20)
        loaded.advance(0.5)
        return self.name


def half_way(engine: LocalEngine, session: str = "s") -> tuple[Stepwise, Any]:
    job = opened("long", Stepwise)
    assert isinstance(job, Stepwise)
    ticket = engine.submit(job, session)
    while ticket.progress == 0:
        ticket.wait(0.01)
    return job, ticket


def test_a_running_task_tells_its_progress_and_ends(engine: LocalEngine) -> None:
    job, ticket = half_way(engine)
    assert ticket.progress == 0.25
    job.second.set()
    assert finish(ticket) == "long"


def test_a_running_task_can_be_stopped_and_is_not_cached(engine: LocalEngine) -> None:
    job, ticket = half_way(engine)
    ticket.stop()
    job.second.set()
    with pytest.raises(Superseded):
        finish(ticket)
    again = opened("long")
    assert finish(engine.submit(again, "s")) == "long"
    assert again.ran


def test_a_waiting_task_can_be_stopped(engine: LocalEngine) -> None:
    holder = busy(engine)
    ticket = engine.submit(opened("a"), "s")
    ticket.stop()
    with pytest.raises(Superseded):
        finish(ticket)
    holder.gate.set()


def test_a_newer_request_of_the_session_stops_its_running_one(engine: LocalEngine) -> None:
    job, ticket = half_way(engine)
    newer = engine.submit(opened("b"), "s")
    job.second.set()
    with pytest.raises(Superseded):
        finish(ticket)
    assert finish(newer) == "b"


def test_neither_another_session_nor_the_same_request_stops_a_running_task(engine: LocalEngine) -> None:
    job, ticket = half_way(engine)
    others = [engine.submit(opened("b"), "other"), engine.submit(opened("long"), "s")]
    job.second.set()
    assert finish(ticket) == "long"
    assert [finish(other) for other in others] == ["b", "long"]


def test_quick_tasks_are_served_between_the_pieces_of_a_long_one(engine: LocalEngine) -> None:
    job, ticket = half_way(engine)
    quick = engine.submit(opened("quick"), "other")
    long = engine.submit(opened("later", Stepwise), "third")
    bad = engine.submit(opened("bad", Failing), "fourth")
    assert [quick.place, bad.place, long.place] == [1, 2, 3]
    job.second.set()
    assert finish(quick) == "quick"
    with pytest.raises(UserError):
        finish(bad)
    assert finish(ticket) == "long"
    long.task.second.set()
    assert finish(long) == "later"
