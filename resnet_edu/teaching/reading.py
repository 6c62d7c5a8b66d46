"""An upload's files, read in the background, because a hundred large pictures take seconds."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Generic, TypeVar

from resnet_edu.training.loop import Interrupted

AT_ONCE = 2
"""Uploads read at the same time by this process; the others wait at 0."""

T = TypeVar("T")
OnRead = Callable[[int, int], None]
"""Called with how many files are read, and of how many."""

_readers = ThreadPoolExecutor(AT_ONCE, "reading")


class Reading(Generic[T]):
    """What ``read`` makes of ``total`` files; ``done`` grows and may be read from any thread."""

    def __init__(self, read: Callable[[OnRead], T], total: int) -> None:
        self.done, self.total = 0, total
        self._stopped = False
        self._found = _readers.submit(read, self._count)

    @property
    def has_ended(self) -> bool:
        """Whether there is a result."""
        return self._found.done()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False if that takes longer."""
        return bool(wait([self._found], seconds).done)

    def stop(self) -> None:
        """End after the present file; there is no result."""
        self._stopped = True
        self._found.cancel()  # if it has not begun

    def result(self) -> T:
        """What was read; raises what ``read`` raised."""
        return self._found.result()

    def _count(self, done: int, total: int) -> None:
        if self._stopped:
            raise Interrupted
        self.done, self.total = done, total
