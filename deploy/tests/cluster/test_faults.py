"""What happens to a request when replicas are full, killed or all gone."""

import os
import pickle
import signal
import time
from dataclasses import replace
from typing import Any

import pytest
import torch

from deploy.cluster.ray_cluster import Cluster
from resnet_edu.vision.attribution.task import Attribute
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.messages import Forged, key_from_environment
from resnet_edu.vision.engine.protocol import QueueFull, TryLater
from resnet_edu.vision.engine.ray_engine import RayEngine, Unreachable
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import DEFAULT_SAMPLE, sample_picture
from tests.contract.jobs import NET, Bench, Where, finish

from .conftest import REPLICAS, WAITING

CPU = torch.device("cpu")
PATIENCE = 90


def answered(bench: Bench, task: Any, ticket: Any = None) -> Any:
    """Return the result, submitting again whatever is refused for now, as a page does."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return finish(ticket or bench.engine.submit(task, task.key), PATIENCE)
        except TryLater:
            assert time.monotonic() < deadline
            ticket = None
            time.sleep(0.5)


def replicas(bench: Bench, count: int = REPLICAS) -> set[int]:
    """Return the process ids of that many replicas."""
    found: set[int] = set()
    deadline = time.monotonic() + PATIENCE
    while len(found) < count:
        assert time.monotonic() < deadline, found
        pid, threads = answered(bench, bench.job(f"where {time.monotonic_ns()}", Where))
        assert threads == 1
        found.add(pid)
    return found


def test_a_full_cluster_refuses_with_the_queues_sentence_and_loses_nothing(bench: Bench) -> None:
    most = REPLICAS * (1 + WAITING)
    jobs = [bench.job(f"{number}", is_open=False) for number in range(most + 6)]
    tickets = [bench.engine.submit(job, job.name) for job in jobs]
    deadline = time.monotonic() + PATIENCE
    while sum(ticket.wait(0) for ticket in tickets) < len(jobs) - most:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    refused = [ticket for ticket in tickets if ticket.wait(0)]
    for ticket in refused:
        with pytest.raises(QueueFull, match=f"full: {WAITING} pictures"):
            ticket.result()
    waiting = [ticket for ticket in tickets if ticket not in refused]
    while max(ticket.place for ticket in waiting) != WAITING:  # until each replica has reported
        assert time.monotonic() < deadline
        waiting[0].wait(0.1)
    for job in jobs:
        job.open()
    assert [answered(bench, job, ticket) for job, ticket in zip(jobs, tickets, strict=True)] == [j.name for j in jobs]


def test_a_replica_killed_under_load_loses_no_request_and_comes_back(bench: Bench) -> None:
    known = replicas(bench)
    picture = sample_picture(DEFAULT_SAMPLE)
    jobs = [bench.job(f"{number}", is_open=False) for number in range(4)]
    predicts = [Predict(NET, replace(picture, sha256=f"killed {number}")) for number in range(6)]
    maps = [Attribute(NET, picture, "integrated-gradients", target) for target in (1, 2)]
    tickets = [bench.engine.submit(task, f"{task.key}") for task in (*jobs, *predicts, *maps)]
    jobs[0].wait_until_it_runs()
    killed = known.pop()
    os.kill(killed, signal.SIGKILL)
    for job in jobs:
        job.open()
    found = [answered(bench, task, each) for task, each in zip((*jobs, *predicts, *maps), tickets, strict=True)]
    assert found[:4] == [job.name for job in jobs]
    local = LocalEngine(CPU)
    top = finish(local.submit(predicts[0], "s")).top
    for prediction in found[4:10]:
        assert [each.index for each in prediction.top] == [each.index for each in top]
        assert [each.probability for each in prediction.top] == pytest.approx(
            [each.probability for each in top], abs=1e-5
        )
    for attribute, ours in zip(maps, found[10:], strict=True):
        assert torch.equal(ours.values, finish(local.submit(attribute, "s")).values)
    assert killed not in replicas(bench)


def test_the_cluster_gone_is_said_what_is_known_is_answered_and_it_comes_back(bench: Bench, cluster: Cluster) -> None:
    picture = sample_picture(DEFAULT_SAMPLE)
    known = Predict(NET, replace(picture, sha256="known"))
    before = finish(bench.engine.submit(known, "s"))
    running = bench.job("running", is_open=False)
    ticket = bench.engine.submit(running, "t")
    running.wait_until_it_runs()
    cluster.kill()
    try:
        with pytest.raises(Unreachable, match="can't be reached"):
            finish(ticket)
        with pytest.raises(Unreachable):
            finish(bench.engine.submit(Predict(NET, replace(picture, sha256="unknown")), "u"))
        assert finish(bench.engine.submit(known, "v"), 1) is before
    finally:
        cluster.start()
    running.open()
    assert answered(bench, running) == "running"


def test_who_does_not_know_the_secret_is_refused_unread(cluster: Cluster, bench: Bench) -> None:
    stranger = RayEngine(cluster.address, key_from_environment() + b"?")
    with pytest.raises(Forged):
        finish(stranger.submit(bench.job("a"), "s"))
    assert not bench.job("a").ran
    assert pickle.loads(pickle.dumps(bench.job("a"))) == bench.job("a")  # so it was not for lack of a pickle
