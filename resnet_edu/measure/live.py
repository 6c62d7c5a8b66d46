"""Measurements that are not recorded but started on request and shared by everyone who asks for the same one."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from time import monotonic
from typing import Any, Generic, TypeVar

from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.measure.gradients import DEPTHS
from resnet_edu.measure.sweeps import Curve, Pair, Setting, measure_pair
from resnet_edu.worker import Worker

KEPT = 32
WAITING = 64
WATCHED_SECONDS = 10.0
"""A page that shows a measurement asks for it at least this often."""
LOOK_SECONDS = 0.5
"""How soon a paused measurement continues."""

T = TypeVar("T")
Measure = Callable[[Setting, int, Tensor | None], Pair[Curve]]
"""The signature of ``measure_pair``, whether it runs here or elsewhere."""


class _Watched:
    """A measurement that runs only while somebody watches it, so that abandoned ones don't delay the others."""

    is_divisible = False
    """Whether several workers may measure parts of it at the same time."""

    def __init__(self) -> None:
        self._looked_at = monotonic()

    def look(self) -> None:
        """Note that somebody is watching now; a paused measurement continues."""
        self._looked_at = monotonic()

    @property
    def is_watched(self) -> bool:
        """Whether somebody has watched it recently."""
        return monotonic() - self._looked_at < WATCHED_SECONDS


class LiveSeries(_Watched, Generic[T]):
    """Results that arrive one by one from ``source``; ``results`` grows and may be read from any thread."""

    def __init__(self, source: Iterator[tuple[int, T]], count: int) -> None:
        super().__init__()
        self.results: dict[int, T] = {}
        self.count = count
        self.error: BaseException | None = None
        self._source = source
        self._stopped = False

    @property
    def is_running(self) -> bool:
        """Whether more results will come without another request."""
        return not self._stopped and self.error is None and len(self.results) < self.count

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped before its last result."""
        return self._stopped and len(self.results) < self.count

    @property
    def has_next(self) -> bool:
        """Whether there is something for a worker to do."""
        return self.is_running

    def stop(self) -> None:
        """Stop measuring, but keep the results so far."""
        self._stopped = True

    def resume(self) -> None:
        """Continue after a stop."""
        self._stopped = False

    def measure_next(self) -> None:
        """Measure the next result, if there is one. Called by one worker at a time."""
        if not self.is_running:
            return
        try:
            key, result = next(self._source)
        except BaseException as error:  # reported to whoever waits for it; the worker goes on with others
            self.error = error
            return
        self.results = {**self.results, key: result}


class LiveSweep(_Watched):
    """A sweep over all depths, the wanted one first. ``results`` grows and may be read from any thread."""

    count = len(DEPTHS)
    is_divisible = True

    def __init__(self, setting: Setting, pool: Tensor | None, measure: Measure) -> None:
        super().__init__()
        self.setting = setting
        self.pool = pool
        self._measure = measure
        self.results: dict[int, Pair[Curve]] = {}
        self.error: BaseException | None = None
        self._wanted: deque[int] = deque(DEPTHS)
        self._begun: set[int] = set()
        self._changed = threading.Condition()
        self._stopped = False

    @property
    def is_running(self) -> bool:
        """Whether more depths will come without another request."""
        return not self._stopped and self.error is None and len(self.results) < self.count

    @property
    def has_next(self) -> bool:
        """Whether there is something for a worker to do."""
        return bool(self._wanted)

    def want(self, depth: int) -> None:
        """Measure this depth next, then its neighbours."""
        with self._changed:
            self._stopped = False
            missing = [each for each in DEPTHS if each not in self.results and each not in self._begun]
            self._wanted = deque(sorted(missing, key=lambda each: abs(each - depth)))

    def stop(self) -> None:
        """Stop measuring, but keep the results so far."""
        with self._changed:
            self._stopped = True
            self._wanted.clear()

    def wait_for(self, depth: int, seconds: float) -> bool:
        """Wait until a depth is measured; return False on a timeout or failure."""
        with self._changed:
            self._changed.wait_for(lambda: depth in self.results or self.error is not None, seconds)
            return depth in self.results

    def measure_next(self) -> None:
        """Measure one depth, if one is wanted. Called by the workers."""
        with self._changed:
            if not self._wanted:
                return
            depth = self._wanted.popleft()
            self._begun.add(depth)
        try:
            pair = self._measure(self.setting, depth, self.pool)
        except BaseException as error:  # reported to whoever waits for it; the worker goes on with other sweeps
            with self._changed:
                self.error = error
                self._wanted.clear()
                self._changed.notify_all()
            return
        with self._changed:
            self._begun.discard(depth)
            self.results = {**self.results, depth: pair}
            self._changed.notify_all()


class LiveMeasurements:
    """All live measurements of the process: equal requests share one, and those being watched take turns.

    ``measure`` is ``measure_pair`` or its equivalent on another machine, where ``at_once`` workers of this
    process may use it in parallel.
    """

    def __init__(self, measure: Measure | None = None, at_once: int = 1) -> None:
        self._measure = measure
        self._sweeps: OrderedDict[Setting, LiveSweep] = OrderedDict()
        self._series: OrderedDict[Hashable, LiveSeries[Any]] = OrderedDict()
        self._turns: deque[LiveSweep | LiveSeries[Any]] = deque()
        self._changed = threading.Condition()
        self._workers = [Worker(f"live measurements {number}", self._work, self._changed) for number in range(at_once)]

    def start(self, setting: Setting, depth: int, pool: Tensor | None = None) -> LiveSweep:
        """Start a sweep at ``depth`` or join the existing one. Raises ``UserError`` if too many are waiting."""
        with self._changed:
            sweep = self._sweeps.get(setting)
            if sweep is None or sweep.error is not None:
                self._check_room()
                sweep = self._sweeps[setting] = LiveSweep(setting, pool, self._measure or measure_pair)
                while len(self._sweeps) > KEPT:
                    self._sweeps.popitem(last=False)[1].stop()
            self._sweeps.move_to_end(setting)
            sweep.look()
            if depth not in sweep.results:
                sweep.want(depth)
                if sweep in self._turns:
                    self._turns.remove(sweep)
                self._turns.appendleft(sweep)
                self._changed.notify()
        return sweep

    def find(self, setting: Setting) -> LiveSweep | None:
        """Return the sweep somebody has asked for, running or finished."""
        return self._sweeps.get(setting)

    def start_series(self, key: Hashable, make: Callable[[], LiveSeries[T]]) -> LiveSeries[T]:
        """Start, resume or join the series for ``key``. Raises ``UserError`` if too many are waiting."""
        with self._changed:
            series = self._series.get(key)
            if series is None or series.error is not None:
                self._check_room()
                series = self._series[key] = make()
                while len(self._series) > KEPT:
                    self._series.popitem(last=False)[1].stop()
            self._series.move_to_end(key)
            series.look()
            series.resume()
            if series.is_running and series not in self._turns:
                self._turns.appendleft(series)
                self._changed.notify()
        return series

    def find_series(self, key: Hashable) -> LiveSeries[Any] | None:
        """Return the series somebody has asked for, running or finished."""
        return self._series.get(key)

    def _check_room(self) -> None:
        if sum(turn.is_watched for turn in self._turns) >= WAITING:
            raise UserError(mark("Too many measurements are waiting. Try again in a minute."))

    def _work(self, worker: Worker) -> None:
        with self._changed:
            resting = bool(self._turns)  # they continue without notice when somebody watches again
            self._changed.wait_for(lambda: worker.closing or self._next(), LOOK_SECONDS if resting else None)
            turn = self._next()
            if worker.closing or turn is None:
                return
            self._turns.remove(turn)
            if turn.is_divisible:
                self._turns.append(turn)
                self._changed.notify()
        turn.measure_next()
        with self._changed:
            if turn in self._turns and not turn.has_next:
                self._turns.remove(turn)
            elif turn not in self._turns and turn.has_next:
                self._turns.append(turn)

    def _next(self) -> LiveSweep | LiveSeries[Any] | None:
        return next((turn for turn in self._turns if turn.is_watched and turn.has_next), None)
