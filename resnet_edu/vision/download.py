"""Fetches torchvision's weights in the background, with progress, cancellation and a hash check."""

import contextlib
import http.client
import logging
import secrets
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from resnet_edu.errors import UserError, mark
from resnet_edu.vision.catalogue import Fetchable, check_hash

ANSWER_SECONDS = 4.0
CHUNK = 256 * 1024

log = logging.getLogger(__name__)


class DownloadStage(StrEnum):
    """The state of a download."""

    CONNECTING = "connecting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class Status:
    """A snapshot of a download; ``error`` is set if ``stage`` is failed."""

    stage: DownloadStage
    received: int
    total: int
    error: UserError | None = None


class Download:
    """The download of one file. If cancelled, failed or killed, it leaves nothing that looks complete."""

    def __init__(self, net: Fetchable) -> None:
        self.net = net
        self._status = Status(DownloadStage.CONNECTING, 0, net.size)
        self._cancel = threading.Event()
        self._settled = threading.Event()
        self._lock = threading.Lock()
        self._patience = threading.Timer(ANSWER_SECONDS, self._give_up)
        self._patience.daemon = True
        self._patience.start()
        threading.Thread(target=self._run, name=f"download {net.id}", daemon=True).start()

    @property
    def status(self) -> Status:
        """The current snapshot, from any thread."""
        return self._status

    def cancel(self) -> None:
        """Stop, and discard what has arrived."""
        self._cancel.set()
        self._settle(Status(DownloadStage.CANCELLED, self._status.received, self._status.total))

    def wait(self, seconds: float | None = None) -> Status:
        """Wait until the download has ended in any way, or for ``seconds``."""
        self._settled.wait(seconds)
        return self._status

    def _give_up(self) -> None:
        """Give up if nothing has answered; a timer is needed because name look-ups have no timeout of their own."""
        if self._status.stage is DownloadStage.CONNECTING:
            self._cancel.set()
            self._settle(Status(DownloadStage.FAILED, 0, self.net.size, _offline(self.net)))

    def _settle(self, status: Status) -> None:
        with self._lock:
            if not self._settled.is_set():
                self._status = status
                if status.stage not in (DownloadStage.CONNECTING, DownloadStage.RUNNING):
                    self._settled.set()

    def _run(self) -> None:
        partial = self.net.path.with_name(f"{self.net.path.name}.{secrets.token_hex(4)}.partial")
        status = self._fetch(partial)
        self._patience.cancel()
        with contextlib.suppress(OSError):  # if it can't be stored, there may be nothing to remove
            partial.unlink(missing_ok=True)
        self._settle(status)

    def _fetch(self, partial: Path) -> Status:
        """Receive, check and store the file; returns how that ended."""
        try:
            self._receive(partial)
            if self._cancel.is_set():
                return self._ended(DownloadStage.CANCELLED)
            check_hash(partial, self.net.url, self.net.title)
            partial.replace(self.net.path)
            return self._ended(DownloadStage.DONE)
        except UserError as error:
            return self._ended(DownloadStage.FAILED, error)
        except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
            log.info("Download of %s failed: %s", self.net.id, error)
            return self._ended(DownloadStage.FAILED, _offline(self.net))
        except OSError as error:
            log.warning("Download of %s could not be stored: %s", self.net.id, error.strerror)
            message = mark(
                "The weights could not be stored. Free some space on the disk, and check that it is writable."
            )
            return self._ended(DownloadStage.FAILED, UserError(message))

    def _ended(self, stage: DownloadStage, error: UserError | None = None) -> Status:
        return Status(stage, self._status.received, self._status.total, error)

    def _receive(self, partial: Path) -> None:
        with urllib.request.urlopen(self.net.url, timeout=ANSWER_SECONDS) as response:
            total = int(response.headers.get("Content-Length") or self.net.size)
            self._settle(Status(DownloadStage.RUNNING, 0, total))
            partial.parent.mkdir(parents=True, exist_ok=True)
            received = 0
            with partial.open("wb") as file:
                while not self._cancel.is_set() and (chunk := response.read(CHUNK)):
                    file.write(chunk)
                    received += len(chunk)
                    self._settle(Status(DownloadStage.RUNNING, received, total))


class Downloads:
    """All downloads of the process; equal requests share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_net: dict[str, Download] = {}

    def start(self, net: Fetchable) -> Download:
        """Start a download, or join a running one."""
        with self._lock:
            found = self._by_net.get(net.id)
            if found is None or found.status.stage not in (DownloadStage.CONNECTING, DownloadStage.RUNNING):
                found = self._by_net[net.id] = Download(net)
            return found

    def find(self, net_id: str) -> Download | None:
        """Return a net's latest download, running or finished."""
        return self._by_net.get(net_id)


def _offline(net: Fetchable) -> UserError:
    return UserError(
        mark("No answer from the network, so {net} was not fetched. Everything else works; try again when online."),
        net=net.title,
    )
