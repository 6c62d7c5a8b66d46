"""Whose stream is answered and who waits: as many as the operator says, a minute each while others wait."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

TURN_SECONDS = 60.0


@dataclass(frozen=True)
class StreamPlace:
    """How many are ``before`` one in line, 0 for whoever is on; ``left`` seconds to go where others wait.

    Who waits ``behind_lecturer`` has no turn until one stops.
    """

    before: int
    left: int | None = None
    behind_lecturer: bool = False


@dataclass(eq=False)
class _Streamer:
    name: Hashable
    leads: bool
    since: float = 0.0


class Line:
    """At most ``places()`` are on. A lecturer goes before all others and gives way to lecturers alone."""

    def __init__(self, places: Callable[[], int], clock: Callable[[], float] = time.monotonic) -> None:
        self._places = places
        self._clock = clock
        self._on: list[_Streamer] = []
        self._waiting: list[_Streamer] = []

    def __len__(self) -> int:
        return len(self._on) + len(self._waiting)

    def join(self, name: Hashable, *, leads: bool) -> None:
        """Stand at the end of the line; a lecturer behind the lecturers in it."""
        self._wait(_Streamer(name, leads))
        self.settle()

    def leave(self, name: Hashable) -> None:
        """Go, from wherever one is."""
        for places in (self._on, self._waiting):
            places[:] = [each for each in places if each.name != name]
        self.settle()

    def settle(self) -> None:
        """Fill the places, and end turns that are over."""
        while self._waiting:
            first = self._waiting[0]
            if len(self._on) >= self._places():
                over = [each for each in self._on if self._gives_way(each, first)]
                if not over:
                    return
                longest = min(over, key=lambda each: each.since)
                self._on.remove(longest)
                self._wait(longest)
            self._waiting.remove(first)
            first.since = self._clock()
            self._on.append(first)

    def standing(self, name: Hashable) -> StreamPlace:
        """Where one stands."""
        for before, each in enumerate(self._waiting, 1):
            if each.name == name:
                return StreamPlace(before, behind_lecturer=not each.leads and all(on.leads for on in self._on))
        (mine,) = [each for each in self._on if each.name == name]
        if self._waiting and self._waiting[0].leads >= mine.leads:
            return StreamPlace(0, max(0, round(mine.since + TURN_SECONDS - self._clock())))
        return StreamPlace(0)

    def _wait(self, streamer: _Streamer) -> None:
        self._waiting.append(streamer)
        self._waiting.sort(key=lambda each: not each.leads)

    def _gives_way(self, on: _Streamer, first: _Streamer) -> bool:
        if on.leads != first.leads:
            return first.leads
        return self._clock() - on.since >= TURN_SECONDS
