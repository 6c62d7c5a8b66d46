"""Who may work now and who waits in line: as many at a time as a process can serve, the others in the order they came.

A process under more load than it can bear serves nobody: all share it, and none gets far. In line, each is served at
full speed when it is their turn, and knows how many are before them.
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
        """How many are before it; 0 when it is its turn."""
        return self._admission.place_of(self)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is its turn; False when the time is over first."""
        return self._admitted.wait(seconds)


class Admission:
    """Lets ``at_once`` turns in; whoever joins leaves, admitted or not."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._lock = threading.Lock()
        self._waiting: deque[Turn] = deque()

    def join(self) -> Turn:
        """Stand at the end of the line."""
        turn = Turn(self)
        with self._lock:
            self._waiting.append(turn)
            self._admit()
        return turn

    def leave(self, turn: Turn) -> None:
        """The work is done, or no longer wanted."""
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
            else:
                turn._admitted.clear()
                self._free += 1
            self._admit()

    def resume(self, turn: Turn) -> None:
        """After it left to wait for something else: go on before all who wait, as soon as there is room."""
        with self._lock:
            self._waiting.appendleft(turn)
            self._admit()
        turn.wait()

    def place_of(self, turn: Turn) -> int:
        """How many turns are before it."""
        with self._lock:
            return self._waiting.index(turn) + 1 if turn in self._waiting else 0

    def _admit(self) -> None:
        while self._free and self._waiting:
            self._free -= 1
            self._waiting.popleft()._admitted.set()
