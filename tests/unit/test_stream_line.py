"""Whose stream is answered: a minute each where others wait, and the lecturer before all."""

import pytest

from resnet_edu.ui.stream.line import TURN_SECONDS, Line, StreamPlace


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def line(clock: Clock) -> Line:
    return Line(lambda: 1, clock)


def test_who_streams_alone_is_never_sent_away(line: Line, clock: Clock) -> None:
    line.join("a", leads=False)
    clock.now = 100 * TURN_SECONDS
    line.settle()
    assert line.standing("a") == StreamPlace(0)


def test_others_wait_in_the_order_they_came_and_have_a_minute_each(line: Line, clock: Clock) -> None:
    for name in "abc":
        line.join(name, leads=False)
    assert [line.standing(name).before for name in "abc"] == [0, 1, 2]
    clock.now = TURN_SECONDS - 20
    line.settle()
    assert line.standing("a") == StreamPlace(0, 20)
    clock.now = TURN_SECONDS
    line.settle()
    assert [line.standing(name).before for name in "abc"] == [2, 0, 1]
    assert line.standing("b").left == TURN_SECONDS
    line.leave("b")
    assert [line.standing(name).before for name in "ac"] == [1, 0]


def test_a_lecturer_goes_before_all_at_once_and_stays(line: Line, clock: Clock) -> None:
    for name in "ab":
        line.join(name, leads=False)
    line.join("lecturer", leads=True)
    assert [line.standing(name).before for name in ("lecturer", "b", "a")] == [0, 1, 2]
    clock.now = 10 * TURN_SECONDS
    line.settle()
    assert line.standing("lecturer") == StreamPlace(0)
    assert line.standing("b") == StreamPlace(1, behind_lecturer=True)
    line.leave("lecturer")
    assert line.standing("b").before == 0
    assert line.standing("a") == StreamPlace(1)


def test_two_lecturers_take_turns(line: Line, clock: Clock) -> None:
    for name in ("one", "two"):
        line.join(name, leads=True)
    line.join("student", leads=False)
    assert [line.standing(name).before for name in ("one", "two", "student")] == [0, 1, 2]
    assert [line.standing(name).behind_lecturer for name in ("two", "student")] == [False, True]
    clock.now = TURN_SECONDS
    line.settle()
    assert [line.standing(name).before for name in ("two", "one", "student")] == [0, 1, 2]


def test_turns_go_on_beside_a_lecturer_where_there_is_another_place(clock: Clock) -> None:
    line = Line(lambda: 2, clock)
    line.join("lecturer", leads=True)
    for name in "ab":
        line.join(name, leads=False)
    assert line.standing("b") == StreamPlace(1)


def test_as_many_are_on_as_there_are_places(clock: Clock) -> None:
    line = Line(lambda: 2, clock)
    for name in "abc":
        line.join(name, leads=False)
        clock.now += 10
    assert [line.standing(name).before for name in "abc"] == [0, 0, 1]
    clock.now = TURN_SECONDS
    line.settle()
    assert [line.standing(name).before for name in "abc"] == [1, 0, 0]
    for name in "abc":
        line.leave(name)
    assert len(line) == 0
