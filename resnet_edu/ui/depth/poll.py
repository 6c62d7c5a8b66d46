"""What the class thinks: one vote a session, counted in memory and forgotten after an hour."""

import threading
import time
from collections import Counter
from collections.abc import Callable

from cachetools import TTLCache

SECONDS = 3600.0
MOST = 10_000


class Poll:
    """Votes of the last hour; a session's newest counts. Nothing is written anywhere."""

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._votes: TTLCache[str, str] = TTLCache(most, SECONDS, clock)
        self._lock = threading.Lock()

    def vote(self, session: str, answer: str) -> None:
        """Count a session's answer in place of its earlier one."""
        with self._lock:
            self._votes[session] = answer

    def counts(self) -> Counter[str]:
        """How many sessions gave each answer."""
        with self._lock:
            return Counter(self._votes.values())
