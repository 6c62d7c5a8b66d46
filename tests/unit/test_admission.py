"""Under overload, readers are served in turn, told soon why they wait, and all answered."""

import heapq
import random
from itertools import count, pairwise

import pytest

from resnet_edu.admission import Admission, Turn
from resnet_edu.ui.shared import turns
from resnet_edu.ui.shared.turns import IN_ALL_SECONDS, MOST_SECONDS, TOLD_SECONDS, UNTOLD_SECONDS, wait_told

AT_ONCE = 4
SECONDS = 0.25
"""Seconds of work per reader, so AT_ONCE / SECONDS readers can be served per second."""


class Reader:
    """A reader who comes at a given time and then gets a turn."""

    def __init__(self, came: float) -> None:
        self.came = came
        self.turn: Turn | None = None
        self.served = 0.0


def crowd(times_what_can_be_served: float, seconds: float) -> list[Reader]:
    chance, rate = random.Random(0), times_what_can_be_served * AT_ONCE / SECONDS
    return [Reader(chance.uniform(0, seconds)) for _ in range(int(rate * seconds))]


def serve(readers: list[Reader]) -> None:
    """Simulate time: each reader comes, works as soon as it is their turn, and leaves."""
    admission, order, working = Admission(AT_ONCE), count(), set[Reader]()
    events = [(reader.came, next(order), reader) for reader in readers]
    heapq.heapify(events)
    while events:
        now, _, reader = heapq.heappop(events)
        if reader.turn is None:
            reader.turn = admission.join()
        else:
            admission.leave(reader.turn)
            working.remove(reader)
        for each in readers:
            if each.turn and not each.served and each.turn.wait(0):
                each.served = now
                working.add(each)
                heapq.heappush(events, (now + SECONDS, next(order), each))
        assert len(working) <= AT_ONCE


def test_at_half_as_much_again_as_can_be_served_everyone_is_served_in_the_order_they_came() -> None:
    readers = crowd(1.5, seconds=20)
    serve(readers)
    in_order = sorted(readers, key=lambda reader: reader.came)
    assert all(reader.served for reader in readers)
    assert [reader.served for reader in in_order] == sorted(reader.served for reader in readers)
    waits = [reader.served - reader.came for reader in in_order]
    assert max(waits) > 5, "the load was more than could be served"
    assert max(waits) < 15, "and no more time was lost than the load itself takes"


def test_below_what_can_be_served_nobody_waits_long() -> None:
    readers = crowd(0.6, seconds=20)
    serve(readers)
    assert max(reader.served - reader.came for reader in readers) < 2 * SECONDS


class Clock(Turn):
    """A turn that comes after a given number of seconds on its own clock, while its place moves up."""

    def __init__(self, comes: float) -> None:
        super().__init__(Admission(0))
        self.comes, self.now = comes, 0.0

    @property
    def place(self) -> int:
        return round(self.comes - self.now)

    def wait(self, seconds: float | None = None) -> bool:
        assert seconds is not None
        self.now = min(self.comes, self.now + seconds)
        return self.now == self.comes


@pytest.mark.parametrize("comes", [0.0, 0.5, 1.9, 30.0])
def test_nobody_waits_two_seconds_untold(comes: float) -> None:
    turn, told = Clock(comes), []
    wait_told(turn, lambda place: told.append((turn.now, place)))
    moments = [0.0, *(now for now, _ in told), comes]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert gaps[0] < 1 and max(gaps) <= MOST_SECONDS
    assert bool(told) == (comes > UNTOLD_SECONDS)
    assert [place for _, place in told] == sorted((place for _, place in told), reverse=True)
    assert len(told) <= 1 + comes / TOLD_SECONDS


def test_several_short_waits_of_a_run_are_not_untold_for_longer_than_a_long_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(turns, "_admission", lambda: Admission(1))
    assert turns.patience(0.7) == 0.7, "no run"
    with turns.turn():
        waited = []
        while (left := turns.patience(0.7)) > 0:
            waited.append(left)
            now[0] += left
    assert waited == pytest.approx([0.7, 0.7]) and sum(waited) <= IN_ALL_SECONDS < 2


def test_the_further_back_in_line_the_rarer_is_news_of_it() -> None:
    waits = [turns.between_news(place) for place in range(500)]
    assert waits == sorted(waits) and waits[1] == TOLD_SECONDS and waits[-1] == MOST_SECONDS


def test_whoever_gives_up_keeps_nobody_waiting() -> None:
    admission = Admission(1)
    first, second, third = (admission.join() for _ in range(3))
    assert [each.place for each in (first, second, third)] == [0, 1, 2]
    admission.leave(second)
    assert third.place == 1
    admission.leave(first)
    assert third.wait(0)


def test_whoever_waits_for_something_else_lets_another_work_and_goes_on_first() -> None:
    admission = Admission(1)
    first, second, third = (admission.join() for _ in range(3))
    admission.leave(first)  # to wait for the engine
    assert second.wait(0)
    admission.come_back(first)
    assert (first.place, third.place) == (1, 2)
    admission.leave(second)
    assert first.wait(0)
    assert not third.wait(0)


def test_who_comes_back_is_ahead_of_who_has_not_begun_and_behind_who_came_back_before() -> None:
    admission = Admission(1)
    first, second, third, new = (admission.join() for _ in range(4))
    admission.leave(first)  # each waits for something else
    admission.leave(second)
    admission.come_back(first)
    admission.come_back(second)
    assert third.wait(0)
    assert [turn.place for turn in (first, second, new)] == [1, 2, 3]
    for turn in (third, first, second, new):
        assert turn.wait(0)
        admission.leave(turn)
