"""Admits as many jobs as a process can serve at once; the others wait in the order of their arrival.

A process under too much load serves nobody well, because everyone shares it and nobody gets far. In line,
each job runs at full speed once it is its turn, and knows how many are ahead of it.
"""

import threading
from collections import deque


class Turn:
    """A place in the line."""

    def __init__(self, admission: "Admission") -> None:
        self._admission = admission
        self._admitted = threading.Event()

    @property
    def place(self) -> int:
        """The number of turns ahead of it; 0 when it is its turn."""
        return self._admission.place_of(self)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is its turn; return False on a timeout."""
        return self._admitted.wait(seconds)


class Admission:
    """Admits ``at_once`` turns at a time; whoever joins must leave, admitted or not."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._lock = threading.Lock()
        self._waiting: deque[Turn] = deque()

    def join(self) -> Turn:
        """Join the end of the line."""
        turn = Turn(self)
        with self._lock:
            self._waiting.append(turn)
            self._admit()
        return turn

    def leave(self, turn: Turn) -> None:
        """Leave, because the work is done or no longer wanted."""
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
            else:
                turn._admitted.clear()
                self._free += 1
            self._admit()

    def resume(self, turn: Turn) -> None:
        """Rejoin at the front of the line after leaving to wait for something else, and wait for room."""
        with self._lock:
            self._waiting.appendleft(turn)
            self._admit()
        turn.wait()

    def place_of(self, turn: Turn) -> int:
        """Return the number of turns ahead of this one."""
        with self._lock:
            return self._waiting.index(turn) + 1 if turn in self._waiting else 0

    def _admit(self) -> None:
        while self._free and self._waiting:
            self._free -= 1
            self._waiting.popleft()._admitted.set()
