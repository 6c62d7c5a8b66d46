"""The class's votes: one per session, counted in memory and forgotten after an hour."""

import threading
import time
from collections import Counter
from collections.abc import Callable

from cachetools import TTLCache

SECONDS = 3600.0
MOST = 10_000


class Poll:
    """Votes of the last hour; only a session's latest one counts, and nothing is stored on disk."""

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._votes: TTLCache[str, str] = TTLCache(most, SECONDS, clock)
        self._lock = threading.Lock()

    def vote(self, session: str, answer: str) -> None:
        """Count a session's answer, replacing its earlier one."""
        with self._lock:
            self._votes[session] = answer

    def counts(self) -> Counter[str]:
        """Return how many sessions gave each answer."""
        with self._lock:
            return Counter(self._votes.values())
