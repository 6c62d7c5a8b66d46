"""A replica without a cluster: its requests and streams, in this process. Does not need Ray."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from starlette.requests import Request

from resnet_edu import config
from resnet_edu.errors import UserError
from resnet_edu.vision.engine.messages import Answer, TaskStanding, sealed, unframed
from resnet_edu.vision.engine.protocol import QueueFull
from resnet_edu.vision.engine.replica import Replica
from tests.contract.jobs import PACKAGES, Bench, Failing, Faulty, Job, Stepwise, finish

KEY = "secret"


@pytest.fixture
def replica(monkeypatch: pytest.MonkeyPatch) -> Replica:
    monkeypatch.setenv(config.RAY_KEY.name, KEY)
    return Replica(capacity=4, batch=2, threads=torch.get_num_threads(), packages=PACKAGES.split(","))


@pytest.fixture
def bench(replica: Replica, tmp_path: Path) -> Bench:
    return Bench(replica._engine, tmp_path)


def request(body: bytes) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def messages(replica: Replica, job: Job) -> AsyncIterator[Any]:
    response: Any = await replica(request(sealed(job, KEY.encode())))
    async for message in unframed(response.body_iterator, KEY.encode()):
        yield message


async def last(replica: Replica, job: Job) -> Answer:
    return [message async for message in messages(replica, job)][-1]


def test_a_quick_task_has_one_message_its_answer(replica: Replica, bench: Bench) -> None:
    finish(bench.submit("the first loads the net", "s"))

    async def read() -> list[Any]:
        return [message async for message in messages(replica, bench.job("a"))]

    (answer,) = asyncio.run(read())
    assert (answer.result, answer.error, answer.fault) == ("a", None, "")
    assert answer.device == replica._engine.device_name


def test_how_a_task_stands_is_told_when_it_changes(replica: Replica, bench: Bench) -> None:
    async def read() -> list[Any]:
        holder, found = bench.busy(), []
        long = bench.job("long", Stepwise)
        async for message in messages(replica, long):
            found.append(message)
            if message == TaskStanding(1, 0.0):
                holder.open()
            if message == TaskStanding(0, 0.25):
                long.open("second")
        return found

    *told, answer = asyncio.run(read())
    assert answer.result == "long"
    assert told[0] == TaskStanding(1, 0.0)
    assert told[-1] == TaskStanding(0, 0.25)
    assert len(set(told)) == len(told)


def test_what_a_reader_can_mend_is_told_from_a_fault_of_ours(replica: Replica, bench: Bench) -> None:
    failed = asyncio.run(last(replica, bench.job("bad", Failing)))
    assert isinstance(failed.error, UserError)
    assert failed.error.values == {"what": "luck"}
    faulty = asyncio.run(last(replica, bench.job("worse", Faulty)))
    assert faulty.error is None
    assert "ZeroDivisionError: a fault of ours" in faulty.fault


async def hang_up(stream: AsyncIterator[Any]) -> None:
    close: Callable[[], Awaitable[None]] = stream.aclose  # type: ignore[attr-defined]  # a generator
    await close()


def test_who_hangs_up_is_no_longer_in_line(replica: Replica, bench: Bench) -> None:
    async def ask() -> None:
        bench.busy()
        response: Any = await replica(request(sealed(bench.job("a"), KEY.encode())))
        assert len(replica._engine._waiting) == 1
        await anext(response.body_iterator)
        await hang_up(response.body_iterator)
        assert not replica._engine._waiting

    asyncio.run(ask())
    bench.job("busy").open()


def test_who_does_not_know_the_secret_is_refused(replica: Replica, bench: Bench) -> None:
    async def ask() -> int:
        return (await replica(request(sealed(bench.job("a"), b"another")))).status_code

    assert asyncio.run(ask()) == 403
    assert not bench.job("a").ran


class OfAnotherVersion:
    """A task that the replica does not know."""


def test_a_task_that_cannot_be_read_is_refused_and_the_replica_goes_on(replica: Replica, bench: Bench) -> None:
    async def ask() -> Any:
        return await replica(request(sealed(OfAnotherVersion(), KEY.encode())))

    refused = asyncio.run(ask())
    assert refused.status_code == 400
    assert b"OfAnotherVersion is no value" in refused.body
    assert asyncio.run(last(replica, bench.job("a"))).result == "a"


def test_who_comes_to_a_full_line_is_told_how_long_it_is(replica: Replica, bench: Bench) -> None:
    async def ask() -> Answer:
        holder = bench.busy()
        waiting = [bench.submit(name, name) for name in "abcd"]
        response: Any = await replica(request(sealed(bench.job("e"), KEY.encode())))
        holder.open()
        for ticket in waiting:
            finish(ticket)

        async def body() -> AsyncIterator[bytes]:
            yield response.body

        return [message async for message in unframed(body(), KEY.encode())][-1]

    full = asyncio.run(ask()).error
    assert isinstance(full, QueueFull)
    assert full.values == {"waiting": 4}
