"""The engine under test: this process's own, or a cluster's with ``RESNET_EDU_ENGINE=ray``."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from resnet_edu import config
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import Engine

from .jobs import PACKAGES, Bench

CAPACITY = 3


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a cluster of one replica and yield its address; empty for an engine that needs none."""
    if config.ENGINE.read() != "ray":
        yield ""
        return
    from deploy.cluster.ray_cluster import Cluster

    with Cluster(tmp_path_factory.mktemp("ray") / "log", replicas=1, packages=PACKAGES) as cluster:
        yield cluster.address


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    if not address:
        yield LocalEngine(torch.device("cpu"), capacity=CAPACITY)
        return
    from resnet_edu.vision.engine.messages import key_from_environment
    from resnet_edu.vision.engine.ray_engine import RayEngine

    with contextlib.closing(RayEngine(address, key_from_environment(), capacity=CAPACITY)) as engine:
        yield engine


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> Bench:
    return Bench(engine, tmp_path)
