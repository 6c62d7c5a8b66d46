"""Between two lectures a process gives back what its readers had."""

import ctypes
import gc
import sys
import threading
import time
from collections.abc import Callable

QUIET_SECONDS = 20.0
"""So long after the last page nobody is kept waiting by a collection."""


def tidy_up() -> None:
    """Collect Python's cycles, then have the C library return the pages that are free."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl keeps nothing back
        if trim:
            trim(0)


class Housekeeper:
    """Tidies up once when pages have been sent and then none for ``quiet`` seconds, and nothing is ``busy``.

    Giving memory back stops every thread that asks for some: a second, in which no phone of a hall would be answered.
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
        """A page has been sent."""
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
