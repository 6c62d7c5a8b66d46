"""How much of everything a hall may have, and how often something may be tried."""

import time
from collections.abc import Callable

from cachetools import LRUCache

FORGOTTEN_SECONDS = 12 * 3600
"""A hall that nobody has used for this long is gone, with all that was answered in it."""
PRESENT_SECONDS = 30.0
"""How long a process's word on who is connected holds; processes repeat it more often."""
MOST_HALLS = 64
MOST_PHONES = 2_000
"""In one hall. A browser is known by its cookie alone, so a script that invents cookies can fill a hall."""
MOST_ALONE = 50_000
"""Answers of those who read without a hall."""
ALONE_A_SECOND, ALONE_AT_ONCE = 10.0, 1_000
"""Of one address, which a whole class may share."""
MOST_CONNECTIONS = 6
"""Of one phone, in tabs and windows; another one closes the oldest."""
MESSAGE_BYTES = 4_096
VOTES_A_SECOND, VOTES_AT_ONCE = 2.0, 5
"""Of one connection: who changes their mind is not held up, a script is."""
CLOSED_SECONDS = 3600
"""How long phones that come back are told that the lecturer has closed their hall."""
WRONG_A_SECOND, WRONG_AT_ONCE = 0.5, 60
"""Codes and keys that one address may get wrong. A campus often shares one address, and has slow typists."""
ADDRESSES = 20_000


class Allowance:
    """A bucket of tokens for each name (RFC 2697's idea): ``at_once`` in the beginning, then ``a_second`` more."""

    def __init__(self, a_second: float, at_once: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_second = a_second
        self._at_once = at_once
        self._clock = clock
        self._left: LRUCache[str, tuple[float, float]] = LRUCache(ADDRESSES)

    def has(self, name: str) -> bool:
        """Whether the name may try once more."""
        return self._at(self._clock(), name) >= 1

    def use(self, name: str) -> bool:
        """Take one token; False when there was none."""
        now = self._clock()
        left = self._at(now, name)
        if left < 1:
            return False
        self._left[name] = left - 1, now
        return True

    def _at(self, now: float, name: str) -> float:
        left, then = self._left.get(name, (float(self._at_once), now))
        return min(self._at_once, left + (now - then) * self._a_second)
