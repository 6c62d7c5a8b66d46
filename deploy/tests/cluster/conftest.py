"""A cluster of two replicas with short queues, shared by all tests here, and the app in front of it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from deploy.cluster.app import Processes, running
from deploy.cluster.ray_cluster import Cluster
from resnet_edu.bench.chromium import browser
from resnet_edu.vision.engine.messages import key_from_environment
from resnet_edu.vision.engine.ray_engine import RayEngine
from tests.contract.jobs import PACKAGES, Bench

REPLICAS, WAITING = 2, 5


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    log = tmp_path_factory.mktemp("cluster") / "log"
    with Cluster(log, replicas=REPLICAS, waiting=WAITING, packages=PACKAGES) as cluster:
        yield cluster


@pytest.fixture
def bench(cluster: Cluster, tmp_path: Path) -> Iterator[Bench]:
    with contextlib.closing(RayEngine(cluster.address, key_from_environment())) as engine:
        yield Bench(engine, tmp_path)


@pytest.fixture(scope="session")
def opened(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with running(cluster.address, tmp_path_factory.mktemp("app")) as opened:
        yield opened


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found
