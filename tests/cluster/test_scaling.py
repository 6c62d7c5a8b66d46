"""More replicas when a hall comes, and other machines' processors for records."""

import contextlib
import time
from pathlib import Path

from resnet_edu.bench.ray_cluster import Cluster
from resnet_edu.measure.sweeps import Setting, measure_at
from resnet_edu.spread import spread
from resnet_edu.vision.engine.messages import key_from_environment
from resnet_edu.vision.engine.ray_engine import RayEngine
from tests.contract.jobs import Bench, finish

PATIENCE = 120


def test_a_rush_brings_another_replica(tmp_path: Path) -> None:
    with (
        Cluster(tmp_path / "log", replicas=1, most=2) as cluster,
        contextlib.closing(RayEngine(cluster.address, key_from_environment())) as engine,
    ):
        bench = Bench(engine, tmp_path)
        jobs = [bench.busy()]  # the first replica is at it until the end
        tickets = [engine.submit(jobs[0], "first")]
        deadline = time.monotonic() + PATIENCE
        while sum(job.has_started for job in jobs) < 2:
            assert time.monotonic() < deadline
            if len(jobs) < 24 or time.monotonic() > deadline - PATIENCE / 2:
                jobs.append(bench.job(f"{len(jobs)}", is_open=False))
                tickets.append(engine.submit(jobs[-1], jobs[-1].name))
            time.sleep(0.5)
        for job in jobs:
            job.open()
        assert [finish(ticket) for ticket in tickets] == [job.name for job in jobs]


def test_pieces_of_a_record_are_the_same_wherever_they_are_measured(tmp_path: Path) -> None:
    pieces = [(Setting(seed=seed), depth) for seed in (0, 1) for depth in (8, 20)]
    here = dict(spread(measure_at, pieces, tmp_path / "here"))
    there = dict(spread(measure_at, pieces, tmp_path / "there", cluster="local"))
    assert there == here
    assert list(tmp_path.iterdir()) == []
