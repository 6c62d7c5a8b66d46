"""The app and the pod's nginx as the manifests run them: unprivileged, on a read-only system, with /tmp in memory.

Linux namespaces provide such a system on this machine, if the tests run as root. The one remaining capability lets
the unprivileged user read the files of this checkout, wherever it is.
"""

import asyncio
import gzip
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import requests
from PIL import Image

from deploy.load import viewer as load_viewer
from deploy.load.tally import Tally
from deploy.load.viewer import LECTURE, OWN_PICTURE, Viewer
from deploy.nginx import NGINX
from resnet_edu.bench.server import free_port, wait_for_health
from resnet_edu.paths import PROJECT

NOBODY = 10001
MOUNTS = """
set -e
configuration=$(cat {configuration})
mount --make-rprivate /
awk '$2 !~ "^/(proc|sys|dev)" {{print $2}}' /proc/mounts | while read -r each; do mount -o remount,bind,ro "$each"; done
mount -t tmpfs -o mode=1777 tmpfs /tmp
printf '%s\\n' "$configuration" > /tmp/nginx.conf
exec setpriv --reuid {user} --regid {user} --clear-groups --no-new-privs \\
  --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search {command}
"""
READ_SEARCH = 1 << 2
OF_APP = re.compile(r"nginx\.conf|\.cache|\.config|torchinductor_\w+")
"""matplotlib's font list and torch's folder of compiled kernels; the configuration is written by the test."""
OF_NGINX = {"nginx.conf", "nginx.pid", "body", "proxy", "fastcgi", "uwsgi", "scgi", "cache"}


def can_make_it() -> bool:
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("setpriv"):
        return False
    return subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode == 0


pytestmark = [
    pytest.mark.skipif(not can_make_it(), reason="needs root and namespaces"),
    pytest.mark.skipif(NGINX is None, reason="no nginx; make nginx fetches Debian's"),
]


@dataclass(frozen=True)
class Pod:
    """The app and nginx, each in its own namespace."""

    app: int
    nginx: int
    address: str
    process: str


def launch(command: str, configuration: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start ``command`` in its own namespace; each step executes the next, so the process ends up as the command."""
    script = MOUNTS.format(configuration=configuration, user=NOBODY, command=command)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RESNET_EDU_")}
    return subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", script],
        cwd=PROJECT,
        env={**clean, "HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": "/tmp", **environment},
        stdout=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def pod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    app, packer, door = free_port(), free_port(), free_port()
    configuration = (PROJECT / "deploy" / "kubernetes" / "nginx.conf").read_text(encoding="utf-8")
    for there, here in (
        ("127.0.0.1:8501", f"127.0.0.1:{app}"),
        ("127.0.0.1:8500", f"127.0.0.1:{packer}"),
        ("listen 8080;", f"listen 127.0.0.1:{door};"),
    ):
        assert there in configuration
        configuration = configuration.replace(there, here)
    path = tmp_path_factory.mktemp("pod") / "nginx.conf"
    path.write_text(configuration, encoding="utf-8")
    streamlit = f"{sys.executable} -m streamlit run app.py --server.address 127.0.0.1 --server.port {app}"
    running = [
        launch(streamlit, path, RESNET_EDU_DEVICE="cpu"),
        launch(f"{NGINX} -c /tmp/nginx.conf -e stderr -g 'daemon off;'", path),
    ]
    try:
        wait_for_health(f"http://127.0.0.1:{app}")
        wait_for_health(f"http://127.0.0.1:{door}")
        pids = [process.pid for process in running]
        yield Pod(*pids, f"http://127.0.0.1:{door}", f"http://127.0.0.1:{app}")
    finally:
        for process in running:
            process.terminate()
            process.wait(30)


def written(process: int) -> set[Path]:
    """Return what is in the process's own /tmp."""
    folder = Path(f"/proc/{process}/root/tmp")
    return {path.relative_to(folder) for path in folder.rglob("*")}


def large_picture(seed: int, _: object) -> bytes:
    """Return 3 MB of noise, which no format can compress."""
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (900, 1200, 3), dtype=np.uint8)).save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize("part", ["app", "nginx"])
def test_it_is_nobody_on_a_system_that_it_cannot_change(pod: Pod, part: str) -> None:
    process = getattr(pod, part)
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    assert re.search(rf"^Uid:(\s+{NOBODY}){{4}}$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    capabilities = re.search(r"^CapEff:\s+(\w+)$", status, re.MULTILINE)
    assert capabilities
    assert int(capabilities[1], 16) == READ_SEARCH
    with pytest.raises(OSError, match="Read-only file system"):
        (Path(f"/proc/{process}/root") / str(PROJECT)[1:] / "written").touch()


def test_a_lecture_with_uploads_works_and_leaves_nothing_of_them(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_viewer, "picture", large_picture)
    tally = Tally()

    async def attend() -> None:
        viewer = Viewer(pod.address, tally, seed=1)
        await viewer.steps(Viewer.open_link, *LECTURE, *OWN_PICTURE)
        await viewer.leave()

    asyncio.run(attend())
    assert tally.errors == []
    assert {kind: len(found) for kind, found in tally.seconds.items()} == {"open": 3, "change": 3, "upload": 1}
    assert all(OF_APP.fullmatch(path.parts[0]) for path in written(pod.app))
    of_nginx = written(pod.nginx)
    assert {path.parts[0] for path in of_nginx} <= OF_NGINX
    assert not [path for path in of_nginx if path.parts[0] == "body" and len(path.parts) > 1]


def test_bundles_are_compressed_once_and_cached(pod: Pod) -> None:
    page = requests.get(f"{pod.address}/gradients", timeout=20).text
    found = re.search(r'src="\.?(/static/js/index[^"]+\.js)"', page)
    assert found
    direct = requests.get(pod.process + found[1], timeout=20).content
    for cache in ("MISS", "HIT"):
        answer = requests.get(pod.address + found[1], headers={"Accept-Encoding": "gzip"}, stream=True, timeout=20)
        assert (answer.headers["X-Cache"], answer.headers["Content-Encoding"]) == (cache, "gzip")
        packed = answer.raw.read()
        assert len(packed) < len(direct) / 2
        assert gzip.decompress(packed) == direct


def test_what_is_for_the_operator_is_not_for_readers(pod: Pod) -> None:
    large = requests.put(f"{pod.address}/_stcore/upload_file/session/file", data=bytes(12 * 2**20), timeout=20)
    assert large.status_code == 413
    assert requests.get(f"{pod.address}/_stcore/metrics", timeout=20).status_code == 404
    metrics = requests.get(f"{pod.process}/_stcore/metrics", timeout=20)
    assert metrics.status_code == 200
    for family in ("active_sessions", "session_events", "cache_memory_bytes"):
        assert f"# TYPE {family} " in metrics.text
    assert requests.get(f"{pod.address}/nginx", timeout=20).status_code == 204
