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
        self._back: deque[Turn] = deque()
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
            for line in (self._back, self._waiting):
                if turn in line:
                    line.remove(turn)
                    break
            else:
                turn._admitted.clear()
                self._free += 1
            self._admit()

    def come_back(self, turn: Turn) -> None:
        """Rejoin after leaving to wait for something else.

        That is ahead of all who haven't begun, and behind all who came back before: nobody is overtaken for ever.
        """
        with self._lock:
            self._back.append(turn)
            self._admit()

    def place_of(self, turn: Turn) -> int:
        """Return the number of turns ahead of this one."""
        with self._lock:
            line = [*self._back, *self._waiting]
            return line.index(turn) + 1 if turn in line else 0

    def _admit(self) -> None:
        while self._free and (line := self._back or self._waiting):
            self._free -= 1
            line.popleft()._admitted.set()
