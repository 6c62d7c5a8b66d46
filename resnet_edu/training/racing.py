"""Races in the background: a few at once, the rest in line, and none that nobody watches."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from weakref import WeakSet

from resnet_edu import config
from resnet_edu.device import compute_alone, processors
from resnet_edu.errors import UserError, mark
from resnet_edu.training.race import LAP, Opening, Race, RaceSpec
from resnet_edu.worker import Worker

log = logging.getLogger(__name__)

MOST_AT_ONCE = 4
WAITING = 64
SNAPSHOT_SECONDS = 0.08
TURN_SECONDS = 5.0
"""After this long, a race goes to the end of the line, if there is one."""
PATIENCE_SECONDS = 3.0
"""A race unwatched for this long gives its place to others; watching it again puts it back in line."""
FORGOTTEN_SECONDS = 120.0
"""A race unwatched for this long ends."""
CHECK_SECONDS = 10.0

Clock = Callable[[], float]


class LiveRace:
    """A race and its progress; what it shows may be read from any thread.

    ``snapshot`` is the latest one shown, ``losses`` are those of the plain and the residual net after 0, 1,
    2, ... steps, and ``seconds`` is the time the steps took. The nets are built by the worker that starts
    training them.
    """

    def __init__(self, spec: RaceSpec, opening: Opening, clock: Clock = time.monotonic) -> None:
        self.spec = spec
        self.points = opening.points
        self.snapshot = opening.snapshot
        self.losses = [(self.snapshot.plain.loss, self.snapshot.residual.loss)]
        self.seconds = 0.0
        self.goal = 0
        self.has_ended = False
        self.is_training = False
        self.error: BaseException | None = None
        self._clock = clock
        self._seen = clock()
        self._race: Race | None = None

    @property
    def step(self) -> int:
        """The number of steps made so far."""
        return len(self.losses) - 1

    @property
    def goes_on(self) -> bool:
        """Whether more steps will follow without another request, now or when it is its turn."""
        return self.step < self.goal and not self.has_ended

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing will change without another request, so that what is read now is final."""
        return not self.goes_on and not self.is_training

    @property
    def unseen(self) -> float:
        """How many seconds nobody has watched."""
        return self._clock() - self._seen

    def look(self) -> None:
        """Note that somebody is watching."""
        self._seen = self._clock()

    @property
    def holds_nets(self) -> bool:
        """Whether it holds nets in memory, which it does from its start until it ends."""
        return self._race is not None

    def let_go(self) -> None:
        """Release the nets, but keep the latest snapshot."""
        self._race = None

    def run(self, may_go_on: Callable[[], bool]) -> None:
        """Step to the goal for as long as allowed, taking snapshots on the way and where it stops."""
        self.is_training = True
        try:
            race = self._race = self._race or Race(self.spec)
            shown = self._clock()
            while self.goes_on and may_go_on():
                started = self._clock()
                race.advance()
                self.seconds += self._clock() - started
                self.losses.append(race.losses)
                if self._clock() - shown > SNAPSHOT_SECONDS:
                    self.snapshot = race.snapshot()
                    shown = self._clock()
            if self.snapshot.step < race.step:
                self.snapshot = race.snapshot()
        finally:
            self.is_training = False


class LiveRaces:
    """All races of the process: ``at_once`` run, ``waiting`` more stand in line, and further ones are refused.

    The default of ``at_once`` is set by the variable ``RESNET_EDU_RACES``.
    """

    def __init__(self, at_once: int | None = None, waiting: int = WAITING, clock: Clock = time.monotonic) -> None:
        self._bound = waiting
        self._clock = clock
        self._waiting: deque[LiveRace] = deque()
        self._running: list[LiveRace] = []
        self._known: WeakSet[LiveRace] = WeakSet()
        self._changed = threading.Condition()
        self._workers = [
            Worker(f"race {number}", self._work, self._changed) for number in range(at_once or races_at_once())
        ]

    def start(self, race: LiveRace) -> None:
        """Let a race run to the end of its current lap. Raises ``UserError`` if the line is full."""
        self._send(race, (race.step // LAP + 1) * LAP)

    def advance(self, race: LiveRace) -> None:
        """Let a race make one step. Raises ``UserError`` if the line is full."""
        self._send(race, race.step + 1)

    def pause(self, race: LiveRace) -> None:
        """Pause a race where it is; it can continue."""
        with self._changed:
            race.goal = 0
            self._withdraw(race)

    def end(self, race: LiveRace) -> None:
        """Stop a race for good and release its nets."""
        with self._changed:
            race.has_ended = True
            self._withdraw(race)
            if race not in self._running:
                race.let_go()

    def look(self, race: LiveRace) -> int:
        """Note that somebody is watching, and return the race's place in line, from 1; to be called regularly.

        0 if it isn't waiting: it is paused, running, or about to be picked up by a free worker.
        """
        race.look()
        with self._changed:
            self._leave_out_unseen()
            if not race.goes_on or race in self._running:
                return 0
            if race not in self._waiting and len(self._waiting) < self._bound:
                self._queue(race)
            before = self._waiting.index(race) if race in self._waiting else len(self._waiting)
            return max(0, before + 1 - (len(self._workers) - len(self._running)))

    def settle(self, race: LiveRace, seconds: float) -> bool:
        """Wait until it is paused, at its goal or ended; return False on a timeout."""
        with self._changed:
            return self._changed.wait_for(lambda: race.is_at_rest, seconds)

    def close(self) -> None:
        """Stop the workers."""
        for worker in self._workers:
            worker.close()

    def _send(self, race: LiveRace, goal: int) -> None:
        race.look()
        with self._changed:
            self._leave_out_unseen()
            if race not in self._running and race not in self._waiting:
                if len(self._waiting) >= self._bound:
                    raise UserError(mark("Too many races are waiting. Try again in a minute."))
                self._queue(race)
            race.goal = goal

    def _queue(self, race: LiveRace) -> None:
        self._known.add(race)
        self._waiting.append(race)
        self._changed.notify()

    def _withdraw(self, race: LiveRace) -> None:
        if race in self._waiting:
            self._waiting.remove(race)
        self._changed.notify_all()

    def _leave_out_unseen(self) -> None:
        for race in [each for each in self._waiting if each.unseen > PATIENCE_SECONDS]:
            self._waiting.remove(race)
        for race in [each for each in self._known if each.unseen > FORGOTTEN_SECONDS]:
            self._known.remove(race)
            race.has_ended = True
            if race not in self._running:
                race.let_go()

    def _work(self, worker: Worker) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or worker.closing, CHECK_SECONDS if self._known else None)
            self._leave_out_unseen()
            if worker.closing or not self._waiting:
                return
            race = self._waiting.popleft()
            self._running.append(race)
        turn_ends = self._clock() + TURN_SECONDS

        def may_go_on() -> bool:
            is_its_turn = not self._waiting or self._clock() < turn_ends
            return is_its_turn and race.unseen < PATIENCE_SECONDS and not worker.closing

        try:
            with compute_alone():
                race.run(may_go_on)
        except BaseException as error:  # reported to whoever watches; the worker goes on with others
            race.error = error
            race.has_ended = True
        with self._changed:
            self._running.remove(race)
            if race.has_ended:
                race.let_go()
            elif race.goes_on and race.unseen < PATIENCE_SECONDS:
                self._queue(race)
            self._changed.notify_all()


def races_at_once() -> int:
    """Return ``RESNET_EDU_RACES``, or by default one race per core except one, at least one and at most four.

    Races share one Python interpreter, so more of them would only slow each other down.
    """
    by_cores = max(1, min(MOST_AT_ONCE, processors() - 1))
    asked = config.RACES.read()
    if asked is None:
        return by_cores
    if not asked.isdecimal() or int(asked) < 1:
        log.warning("%s is %r, not a whole number from 1 on; %d races run at once", config.RACES.name, asked, by_cores)
        return by_cores
    return int(asked)
