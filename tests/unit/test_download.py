"""Downloads from a local server: complete, cancelled, wrong, cut off, silent."""

import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from resnet_edu.vision import download as module
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.download import Download, Downloads, DownloadStage

CONTENT = bytes(range(256)) * 8000


class Handler(BaseHTTPRequestHandler):
    gate = threading.Event()
    requests = 0

    def do_GET(self) -> None:
        type(self).requests += 1
        if self.path.startswith("/silent"):
            self.gate.wait(20)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path.startswith("/short"):
            self.wfile.write(CONTENT[:1000])
            return
        self.wfile.write(CONTENT[: len(CONTENT) // 2])
        if self.path.startswith("/slow"):
            self.gate.wait(20)
        self.wfile.write(CONTENT[len(CONTENT) // 2 :])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Handler.gate = threading.Event()
    Handler.requests = 0
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    Handler.gate.set()
    httpd.shutdown()
    httpd.server_close()


def net(server: str, kind: str, tmp_path: Path, digest: str | None = None) -> Net:
    digest = digest or hashlib.sha256(CONTENT).hexdigest()[:8]
    return replace(
        catalogue().nets["resnet18-v1"],
        url=f"{server}/{kind}/resnet18-{digest}.pth",
        path=tmp_path / "cache" / f"resnet18-{digest}.pth",
        size=len(CONTENT),
    )


def leftovers(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "cache").glob("*")] if (tmp_path / "cache").exists() else []


def test_a_whole_file_arrives(server: str, tmp_path: Path) -> None:
    wanted = net(server, "whole", tmp_path)
    status = Download(wanted).wait(20)
    assert (status.stage, status.received) == (DownloadStage.DONE, len(CONTENT))
    assert wanted.path.read_bytes() == CONTENT
    assert leftovers(tmp_path) == [wanted.path.name]


def test_a_wrong_hash_is_thrown_away(server: str, tmp_path: Path) -> None:
    status = Download(net(server, "whole", tmp_path, "00000000")).wait(20)
    assert status.stage is DownloadStage.FAILED
    assert "checksum" in str(status.error)
    assert leftovers(tmp_path) == []


def test_half_a_file_is_thrown_away(server: str, tmp_path: Path) -> None:
    status = Download(net(server, "short", tmp_path)).wait(20)
    assert status.stage is DownloadStage.FAILED
    assert leftovers(tmp_path) == []


def test_cancelling_answers_at_once_and_leaves_nothing(server: str, tmp_path: Path) -> None:
    download = Download(net(server, "slow", tmp_path))
    while not download.status.received:
        download.wait(0.01)
    download.cancel()
    assert download.status.stage is DownloadStage.CANCELLED
    Handler.gate.set()
    deadline = time.monotonic() + 20
    while leftovers(tmp_path) and time.monotonic() < deadline:
        download.wait(0.01)
        threading.Event().wait(0.01)
    assert leftovers(tmp_path) == []
    assert download.status.stage is DownloadStage.CANCELLED


def test_nobody_there_is_said(tmp_path: Path) -> None:
    status = Download(net("http://127.0.0.1:9", "whole", tmp_path)).wait(20)
    assert status.stage is DownloadStage.FAILED
    assert "No answer" in str(status.error)


def test_a_silent_server_is_given_up(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert module.ANSWER_SECONDS <= 5
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)
    status = Download(net(server, "silent", tmp_path)).wait(20)
    assert status.stage is DownloadStage.FAILED
    assert "No answer" in str(status.error)


def test_a_disk_that_cannot_be_written_is_said(server: str, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    status = Download(net(server, "whole", tmp_path)).wait(20)
    assert status.stage is DownloadStage.FAILED
    assert "stored" in str(status.error)


def test_a_full_disk_is_said_and_nothing_is_left(server: str, tmp_path: Path) -> None:
    """The system's limit on file sizes stands in for a full disk."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(CONTENT) // 2, before[1]))
    try:
        status = Download(net(server, "whole", tmp_path)).wait(20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert status.stage is DownloadStage.FAILED
    assert "stored" in str(status.error)
    assert leftovers(tmp_path) == []


def test_a_cache_that_the_system_does_not_let_us_into_is_said(server: str, tmp_path: Path) -> None:
    wanted = net(server, "whole", tmp_path)
    status = Download(replace(wanted, path=tmp_path / ("x" * 300) / "weights.pth")).wait(20)
    assert status.stage is DownloadStage.FAILED
    assert "stored" in str(status.error)


def test_two_who_ask_share_one_download_and_a_failed_one_can_be_tried_again(server: str, tmp_path: Path) -> None:
    downloads = Downloads()
    wanted = net(server, "slow", tmp_path)
    one, two = downloads.start(wanted), downloads.start(wanted)
    assert one is two
    one.cancel()
    three = downloads.start(wanted)
    Handler.gate.set()
    assert three is not one
    assert three.wait(20).stage is DownloadStage.DONE
