"""Races in the background: start, pause, step, end, the queue, and races that nobody watches."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest
import torch

from resnet_edu import config
from resnet_edu.device import compute_alone
from resnet_edu.errors import UserError
from resnet_edu.training import racing
from resnet_edu.training.race import LAP, Race, RaceSpec, Snapshot, open_race
from resnet_edu.training.racing import (
    FORGOTTEN_SECONDS,
    PATIENCE_SECONDS,
    TURN_SECONDS,
    LiveRace,
    LiveRaces,
    races_at_once,
)

SPEC = RaceSpec(depth=2, width=4)
OPENING = open_race(SPEC)
LONG = 60.0


class Clock:
    """A clock that hardly advances by itself, so that no race seems abandoned on a busy machine."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1e-6
        return self.now


class Gated:
    """A race that takes a step only when the test allows it."""

    def __init__(self, spec: RaceSpec) -> None:
        self.step = 0
        self.losses = (1.0, 2.0)
        self.may_step = threading.Semaphore(0)
        GATED[spec.seed] = self

    def advance(self) -> None:
        assert self.may_step.acquire(timeout=LONG)
        self.step += 1

    def snapshot(self) -> Snapshot:
        return Snapshot(self.step, OPENING.snapshot.plain, OPENING.snapshot.residual)


GATED: dict[int, Gated] = {}


@pytest.fixture
def races() -> Iterator[LiveRaces]:
    made = LiveRaces(at_once=1, waiting=2, clock=Clock())
    yield made
    for gated in GATED.values():
        gated.may_step.release(10 * LAP)
    GATED.clear()
    made.close()


@pytest.fixture
def gated(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], LiveRace]:
    monkeypatch.setattr(racing, "Race", Gated)
    return lambda number: LiveRace(RaceSpec(seed=number), OPENING, Clock())


def live(clock: Clock | None = None) -> LiveRace:
    return LiveRace(SPEC, OPENING, clock or Clock())


def wait_for(condition: Callable[[], object]) -> None:
    ticking = threading.Event()
    for _ in range(int(LONG / 0.005)):
        if condition():
            return
        ticking.wait(0.005)
    pytest.fail("it did not happen")


def hold(races: LiveRaces, race: LiveRace) -> Gated:
    """Start a gated race and wait until it runs."""
    races.start(race)
    wait_for(lambda: race in races._running and race.spec.seed in GATED)
    return GATED[race.spec.seed]


def test_a_race_runs_to_the_end_of_its_lap_and_is_the_one_that_its_specification_determines(races: LiveRaces) -> None:
    race = live()
    races.start(race)
    assert races.settle(race, LONG)
    assert race.step == race.snapshot.step == LAP
    assert len(race.losses) == LAP + 1
    assert race.seconds > 0
    direct = Race(SPEC)
    for _ in range(LAP):
        direct.advance()
    assert race.snapshot == direct.snapshot()
    assert race.losses[0] == Race(SPEC).losses
    assert race.losses[-1] == direct.losses


def test_another_lap_begins_where_the_last_one_ended(races: LiveRaces) -> None:
    race = live()
    for lap in (1, 2):
        races.start(race)
        assert races.settle(race, LONG)
        assert race.step == lap * LAP


def test_a_step_is_exactly_one_and_is_shown(races: LiveRaces) -> None:
    race = live()
    for expected in (1, 2, 3):
        races.advance(race)
        assert races.settle(race, LONG)
        assert race.step == race.snapshot.step == expected


def test_a_pause_stops_it_where_it_is_and_it_goes_on_from_there(
    races: LiveRaces, gated: Callable[[int], LiveRace]
) -> None:
    race = gated(1)
    track = hold(races, race)
    track.may_step.release(7)
    wait_for(lambda: race.step == 7)
    races.pause(race)
    track.may_step.release()  # the step already in progress
    assert races.settle(race, LONG)
    assert race.step == race.snapshot.step == 8
    races.advance(race)
    track.may_step.release()
    assert races.settle(race, LONG)
    assert race.step == 9
    assert not race.has_ended


def test_an_ended_race_forgets_its_nets_and_keeps_what_was_seen(races: LiveRaces) -> None:
    race = live()
    races.advance(race)
    assert races.settle(race, LONG)
    nets = weakref.ref(race._race)
    races.end(race)
    gc.collect()
    assert nets() is None
    assert (race.has_ended, race.step, race.goes_on) == (True, 1, False)


def test_ending_a_race_that_runs_frees_its_place(races: LiveRaces, gated: Callable[[int], LiveRace]) -> None:
    first, second = gated(1), gated(2)
    track = hold(races, first)
    races.start(second)
    races.end(first)
    track.may_step.release()
    wait_for(lambda: second in races._running)
    assert not first.holds_nets
    assert first.step == 1


def test_only_so_many_run_at_once_and_the_others_see_where_they_stand(
    races: LiveRaces, gated: Callable[[int], LiveRace]
) -> None:
    first, second, third, fourth = (gated(number) for number in range(1, 5))
    track = hold(races, first)
    races.start(second)
    races.start(third)
    assert [races.look(race) for race in (first, second, third)] == [0, 1, 2]
    with pytest.raises(UserError, match="Too many"):
        races.start(fourth)
    assert not fourth.goes_on
    races.pause(second)
    assert races.look(third) == 1
    track.may_step.release(LAP)
    wait_for(lambda: third in races._running)
    assert races.look(third) == 0
    assert (second.step, third.step) == (0, 0)


def test_a_race_that_a_worker_is_free_for_does_not_wait(races: LiveRaces) -> None:
    race = live()
    with races._changed:  # so that the worker cannot start it
        races.start(race)
        assert races.look(race) == 0
    assert races.settle(race, LONG)


def test_a_long_race_lets_others_pass_when_its_turn_is_over(
    gated: Callable[[int], LiveRace],
) -> None:
    clock = Clock()
    races = LiveRaces(at_once=1, clock=clock)
    first, second = gated(1), gated(2)
    try:
        track = hold(races, first)
        clock.now += TURN_SECONDS + 1
        track.may_step.release()
        wait_for(lambda: first.step == 1)
        assert races.look(first) == 0  # nobody waits, so it goes on
        races.start(second)
        track.may_step.release()
        wait_for(lambda: second in races._running)
        assert races.look(first) == 1
        assert first.step == first.snapshot.step == 2
        races.end(second)
        wait_for(lambda: 2 in GATED)
        GATED[2].may_step.release()
        wait_for(lambda: first in races._running)
        track.may_step.release()
        wait_for(lambda: first.step == 3)
    finally:
        for race in (first, second):
            races.end(race)
        for track in GATED.values():
            track.may_step.release(2)
        races.close()


def test_two_run_at_once_where_two_may(gated: Callable[[int], LiveRace]) -> None:
    races = LiveRaces(at_once=2, clock=Clock())
    first, second, third = (gated(number) for number in (1, 2, 3))
    try:
        hold(races, first)
        hold(races, second)
        races.start(third)
        assert [races.look(race) for race in (first, second, third)] == [0, 0, 1]
    finally:
        for race in (first, second, third):
            races.end(race)
        for track in GATED.values():
            track.may_step.release(2)
        races.close()


def test_a_race_that_nobody_looks_at_leaves_its_place_and_goes_on_for_who_looks_again(
    races: LiveRaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(racing, "Race", Gated)
    clock = Clock()
    race = LiveRace(RaceSpec(seed=1), OPENING, clock)
    track = hold(races, race)
    clock.now += PATIENCE_SECONDS + 1
    track.may_step.release()
    wait_for(lambda: race not in races._running)
    assert (race.step, race.snapshot.step, race.has_ended) == (1, 1, False)
    races.look(race)
    track.may_step.release()
    wait_for(lambda: race.step == 2)


def test_a_race_in_line_that_nobody_looks_at_is_passed_over(races: LiveRaces, gated: Callable[[int], LiveRace]) -> None:
    clock = Clock()
    first, left = gated(1), LiveRace(RaceSpec(seed=2), OPENING, clock)
    hold(races, first)
    races.start(left)
    last = gated(3)
    races.start(last)
    assert races.look(last) == 2
    clock.now += PATIENCE_SECONDS + 1
    assert races.look(last) == 1
    assert left.step == 0


def test_a_race_that_is_forgotten_ends(races: LiveRaces) -> None:
    clock = Clock()
    race = live(clock=clock)
    races.advance(race)
    assert races.settle(race, LONG)
    clock.now += FORGOTTEN_SECONDS + 1
    races.look(live())  # any other activity
    assert race.has_ended
    assert not race.holds_nets


def test_the_worker_looks_for_forgotten_races_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(racing, "CHECK_SECONDS", 0.01)
    races, clock = LiveRaces(at_once=1), Clock()
    race = live(clock=clock)
    races.advance(race)
    assert races.settle(race, LONG)
    clock.now += FORGOTTEN_SECONDS + 1
    wait_for(lambda: race.has_ended and not race.holds_nets)
    races.close()


def test_a_race_dies_with_the_session_that_holds_it(races: LiveRaces) -> None:
    race = live()
    races.advance(race)
    assert races.settle(race, LONG)
    held = weakref.ref(race)
    del race
    wait_for(lambda: held() is None)


def test_a_race_that_fails_is_ended_and_the_next_one_runs(races: LiveRaces, monkeypatch: pytest.MonkeyPatch) -> None:
    failing, next_one = live(), live()
    with monkeypatch.context() as patched:
        patched.setattr(Race, "advance", lambda self: 1 / 0)
        races.start(failing)
        assert races.settle(failing, LONG)
    assert isinstance(failing.error, ZeroDivisionError)
    assert failing.has_ended
    races.advance(next_one)
    assert races.settle(next_one, LONG)
    assert next_one.step == 1


@pytest.mark.parametrize(("cores", "count"), [(1, 1), (2, 1), (3, 2), (64, 4)])
def test_the_cores_say_how_many_run_at_once(monkeypatch: pytest.MonkeyPatch, cores: int, count: int) -> None:
    monkeypatch.setattr(racing, "processors", lambda: cores)
    monkeypatch.delenv(config.RACES.name, raising=False)
    assert races_at_once() == count


def test_the_operator_says_how_many_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(config.RACES.name, "7")
    assert races_at_once() == 7


@pytest.mark.parametrize("asked", ["0", "-1", "many", ""])
def test_what_is_no_number_of_races_is_told_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, asked: str
) -> None:
    monkeypatch.setattr(racing, "processors", lambda: 3)
    monkeypatch.setenv(config.RACES.name, asked)
    assert races_at_once() == 2
    assert f"RESNET_EDU_RACES is {asked!r}" in caplog.text


def test_a_race_computes_in_one_thread_and_leaves_the_others_theirs() -> None:
    before = torch.get_num_threads()
    told: list[int] = []
    torch.set_num_threads(2)
    try:
        with compute_alone():
            assert torch.get_num_threads() == 1
            other = threading.Thread(target=lambda: told.append(torch.get_num_threads()))
            other.start()
            other.join()
        assert told == [2]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
