"""The configuration in ``deploy``, run by Debian's nginx in front of two processes of the app."""

import asyncio
import gzip
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from deploy.load.tally import Tally
from deploy.load.viewer import LECTURE, OWN_PICTURE, Viewer
from deploy.nginx import NGINX, log, proxy
from resnet_edu.bench.server import free_port, launch, wait_for_health
from resnet_edu.paths import PROJECT

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx; make nginx fetches Debian's")


@pytest.fixture(scope="module")
def processes() -> Iterator[tuple[int, int]]:
    """Start two processes of the app and yield their ports."""
    ports = free_port(), free_port()
    running = [launch(PROJECT / "app.py", port) for port in ports]
    try:
        for port in ports:
            wait_for_health(f"http://127.0.0.1:{port}")
        yield ports
    finally:
        for process in running:
            process.terminate()
            process.wait(30)


def test_bundles_are_compressed_once_and_cached(tmp_path: Path, processes: tuple[int, int]) -> None:
    with proxy(tmp_path, processes) as address:
        page = requests.get(f"{address}/gradients", timeout=20).text
        found = re.search(r'src="\.?(/static/js/index[^"]+\.js)"', page)
        assert found
        direct = requests.get(f"http://127.0.0.1:{processes[0]}{found[1]}", timeout=20).content
        for cache in ("MISS", "HIT", "HIT"):
            answer = requests.get(address + found[1], headers={"Accept-Encoding": "gzip, br"}, stream=True, timeout=20)
            assert answer.headers["X-Cache"] == cache
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert "immutable" in answer.headers["Cache-Control"]
            assert "Set-Cookie" not in answer.headers
            packed = answer.raw.read()
            assert len(packed) < len(direct) / 2
            assert gzip.decompress(packed) == direct
        plain = requests.get(address + found[1], headers={"Accept-Encoding": "identity"}, timeout=20)
        assert "Content-Encoding" not in plain.headers
        assert plain.content == direct


def test_readers_are_spread_and_each_stays_with_its_process(tmp_path: Path, processes: tuple[int, int]) -> None:
    addresses = {f"127.0.0.1:{port}" for port in processes}
    with proxy(tmp_path, processes) as address:
        drawn = [requests.get(address, timeout=20).cookies["resnet_edu_process"] for _ in range(32)]
        assert set(drawn) == {"1", "2"}
        for process in ("1", "2"):
            for _ in range(8):
                answer = requests.get(address, cookies={"resnet_edu_process": process}, timeout=20)
                assert "Set-Cookie" not in answer.headers
        forged = requests.get(address, cookies={"resnet_edu_process": "3"}, timeout=20)
        assert forged.cookies["resnet_edu_process"] in {"1", "2"}
    reached = defaultdict(set)
    for cookie, process, _method, uri, status in log(tmp_path):
        if uri == "/":
            assert status == "200"
            reached[cookie].add(process)
    assert len(reached["1"]) == len(reached["2"]) == 1
    assert reached["1"] | reached["2"] == reached["-"] == addresses


def test_sessions_and_uploads_work_through_it(tmp_path: Path, processes: tuple[int, int]) -> None:
    """A process rejects uploads of sessions that it does not know, so success proves where they went."""
    tally = Tally()

    async def attend(address: str) -> None:
        viewers = [Viewer(address, tally, seed) for seed in range(6)]
        for viewer in viewers:
            await viewer.steps(Viewer.open_link, *LECTURE, *OWN_PICTURE)
        for viewer in viewers:
            await viewer.leave()

    with proxy(tmp_path, processes) as address:
        asyncio.run(attend(address))
    assert tally.errors == []
    assert {kind: len(found) for kind, found in tally.seconds.items()} == {"open": 18, "change": 18, "upload": 6}
    requests_of = defaultdict(set)
    for cookie, process, method, uri, status in log(tmp_path):
        if cookie != "-":
            requests_of[cookie].add(process)
        if uri == "/_stcore/stream":
            assert (cookie != "-", status) == (True, "101")
        if method == "PUT":
            assert status == "204"
    assert all(len(reached) == 1 for reached in requests_of.values())


def test_too_large_an_upload_and_the_metrics_are_refused(tmp_path: Path, processes: tuple[int, int]) -> None:
    with proxy(tmp_path, processes) as address:
        large = requests.put(f"{address}/_stcore/upload_file/session/file", data=bytes(12 * 2**20), timeout=20)
        assert large.status_code == 413
        assert requests.get(f"{address}/_stcore/metrics", timeout=20).status_code == 404
