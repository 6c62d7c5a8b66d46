"""Frees the memory that readers used once the server is idle, for example between two lectures."""

import ctypes
import gc
import sys
import threading
import time
from collections.abc import Callable

QUIET_SECONDS = 20.0
"""How long after the last page the memory is freed: by then nobody has to wait for it."""


def tidy_up() -> None:
    """Run Python's garbage collector, then have the C library return free pages to the system."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc only; musl keeps nothing back
        if trim:
            trim(0)


class Housekeeper:
    """Tidies up once after pages have been sent, when none follows for ``quiet`` seconds and nothing is ``busy``.

    Returning memory blocks every thread that allocates: for a second no phone of the class would get an answer.
    """

    def __init__(
        self,
        quiet: float = QUIET_SECONDS,
        tidy: Callable[[], None] = tidy_up,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._quiet = quiet
        self._tidy = tidy
        self._clock = clock
        self._sleep = sleep
        self._busy = busy
        self._last = clock()
        self._used = threading.Event()
        threading.Thread(target=self._keep, name="housekeeper", daemon=True).start()

    def page_is_out(self) -> None:
        """Note that a page has been sent."""
        self._last = self._clock()
        self._used.set()

    def _keep(self) -> None:
        while True:
            self._used.wait()
            while (left := self._last + self._quiet - self._clock()) > 0:
                self._sleep(left)
            if self._busy():
                self._last = self._clock()
                continue
            self._used.clear()
            self._tidy()
