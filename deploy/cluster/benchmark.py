"""Replicas on a Ray cluster of this machine, compared with the local engine and with each other. Linux only."""

import os
import secrets
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from deploy.cluster.ray_cluster import Cluster
from deploy.cluster.replica_memory import largest_replica
from deploy.halls import rows
from resnet_edu import config
from resnet_edu.bench.figure import Figure, medians
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.seeding import seeded
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.messages import key_from_environment
from resnet_edu.vision.engine.protocol import Engine
from resnet_edu.vision.engine.ray_engine import RayEngine
from resnet_edu.vision.engine.ray_serve import Settings
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import DEFAULT_SAMPLE, sample_picture

BATCH = 8
PICTURES = 4 * BATCH
REPEATS = 5
TRIPS = 50
ONE_GOAL = 1.2
MB = 2**20


def replicas() -> list[Figure]:
    """Measure seconds per picture and per round trip to a replica; every engine computes in one thread per device."""
    os.environ.setdefault(config.RAY_KEY.name, secrets.token_hex())
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            net = _resnet18(folder)
            with (
                Cluster(folder / "one.log", replicas=1, batch=BATCH) as one,
                Cluster(folder / "two.log", replicas=2, batch=BATCH) as two,
            ):
                return [*_throughput(net, one.address, two.address), _way(net, one.address), *_needs_of_a_replica()]
    finally:
        torch.set_num_threads(threads)


def _throughput(net: Net, *addresses: str) -> list[Figure]:
    key = key_from_environment()
    engines: list[Engine] = [LocalEngine(batch=BATCH), *(RayEngine(address, key) for address in addresses)]
    jobs = [_seconds_a_picture(engine, net) for engine in engines]
    for job in jobs:  # so that every replica has loaded the net
        job()
        job()
    local, one, two = medians(*jobs, repeats=REPEATS)
    spent = medians(lambda: _processor_seconds(jobs[1]) / PICTURES, repeats=REPEATS)[0]
    return [
        Figure(rows.ONE_REPLICA, one, local, ONE_GOAL * local, "1.2 x local engine"),
        Figure(f"two replicas against one, {rows.NET}", two, one),
        Figure("processor time of the app for a picture that a replica answers", spent, None),
    ]


def _processor_seconds(job: Callable[[], object]) -> float:
    """Return the processor time that this process alone spends on a job."""
    started = time.process_time()
    job()
    return time.process_time() - started


def _seconds_a_picture(engine: Engine, net: Net) -> Callable[[], float]:
    picture = sample_picture(DEFAULT_SAMPLE)

    def job() -> float:
        """Return seconds per picture, for new pictures requested all at once: no cache helps, and batches fill."""
        tasks = [Predict(net, replace(picture, sha256=secrets.token_hex())) for _ in range(PICTURES)]
        started = time.perf_counter()
        tickets = [engine.submit(task, task.picture.sha256) for task in tasks]
        for ticket in tickets:
            assert ticket.wait(120)
            ticket.result()
        return (time.perf_counter() - started) / PICTURES

    return job


def _way(net: Net, address: str) -> Figure:
    """Measure the round trip to a replica that has the answer: the cost of a request before any computation."""
    task = Predict(net, sample_picture(DEFAULT_SAMPLE))
    engine = RayEngine(address, key_from_environment(), results=0)  # only the replica caches results

    def job() -> float:
        started = time.perf_counter()
        ticket = engine.submit(task, "bench")
        assert ticket.wait(120)
        ticket.result()
        return time.perf_counter() - started

    job()
    width, height = task.picture.image.size
    return Figure(f"to a replica and back, a photo of {width} x {height} pixels", medians(job, repeats=TRIPS)[0], None)


def _needs_of_a_replica() -> list[Figure]:
    """Measure what one of the replicas that have just worked needs."""
    memory, settings = largest_replica(key_from_environment()), Settings()
    assert memory, "no replica found in /proc"
    return [
        Figure(rows.REPLICA_MEMORY, memory / MB, None, unit="MB"),
        Figure(rows.REPLICA_PROCESSORS, settings.cpus, None, unit=""),
        Figure(rows.REPLICA_GPUS, settings.gpus, None, unit=""),
    ]


def _resnet18(folder: Path) -> Net:
    """Save a ResNet-18 with random weights to a file that replicas on this machine can load too."""
    path = folder / "resnet18.safetensors"
    with seeded(0):
        save_file(ImagenetSpec("resnet18").build().state_dict(), path)
    before = config.WEIGHTS.read()
    os.environ[config.WEIGHTS.name] = str(folder)
    try:
        return catalogue().nets["file-resnet18.safetensors"]
    finally:
        if before is None:
            del os.environ[config.WEIGHTS.name]
        else:
            os.environ[config.WEIGHTS.name] = before
