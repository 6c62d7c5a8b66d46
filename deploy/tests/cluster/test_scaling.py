"""More replicas under load, and other machines' processors for records."""

import contextlib
import time
from pathlib import Path

from deploy.cluster.ray_cluster import Cluster
from resnet_edu.measure.sweeps import Setting, measure_at
from resnet_edu.spread import spread
from resnet_edu.vision.engine.messages import key_from_environment
from resnet_edu.vision.engine.ray_engine import RayEngine
from resnet_edu.vision.engine.ray_serve import Settings
from tests.contract.jobs import PACKAGES, Job, finish

PATIENCE = 60


def test_a_rush_brings_another_replica(tmp_path: Path) -> None:
    with (
        Cluster(tmp_path / "log", replicas=1, most=2, packages=PACKAGES) as cluster,
        contextlib.closing(RayEngine(cluster.address, key_from_environment())) as engine,
    ):
        deadline = time.monotonic() + PATIENCE
        jobs, tickets = [], []
        while sum(job.has_started for job in jobs) < 2:  # a replica runs one at a time
            assert time.monotonic() < deadline
            jobs.append(Job(f"{len(jobs)}", tmp_path, patience=PATIENCE))
            tickets.append(engine.submit(jobs[-1], jobs[-1].name))
            assert not tickets[-1].wait(1), tickets[-1].result()
        assert len(jobs) > Settings().target
        for job in jobs:
            job.open()
        assert [finish(ticket) for ticket in tickets] == [job.name for job in jobs]


def test_pieces_of_a_record_are_the_same_wherever_they_are_measured(tmp_path: Path) -> None:
    pieces = [net for seed in (0, 1) for depth in (8, 20) for net in Setting(seed=seed).experiments(depth)]
    here = dict(spread(measure_at, pieces, tmp_path / "here"))
    there = dict(spread(measure_at, pieces, tmp_path / "there", cluster="local"))
    assert there == here
    assert list(tmp_path.iterdir()) == []
