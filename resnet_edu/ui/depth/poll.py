"""What the hall thinks: one vote a session, counted in memory and forgotten after an hour."""

import threading
import time
from collections import Counter, OrderedDict

SECONDS = 3600.0
MOST = 10_000


class Poll:
    """Votes of the last hour; the newest of a session counts. Nothing is written anywhere."""

    def __init__(self) -> None:
        self._votes: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._lock = threading.Lock()

    def vote(self, session: str, answer: str) -> None:
        """Count a session's answer in place of its earlier one."""
        with self._lock:
            self._votes.pop(session, None)
            self._votes[session] = (time.monotonic(), answer)
            if len(self._votes) > MOST:
                self._votes.popitem(last=False)

    def counts(self) -> Counter[str]:
        """How many sessions gave each answer."""
        oldest = time.monotonic() - SECONDS
        with self._lock:
            while self._votes and next(iter(self._votes.values()))[0] < oldest:
                self._votes.popitem(last=False)
            return Counter(answer for _, answer in self._votes.values())
