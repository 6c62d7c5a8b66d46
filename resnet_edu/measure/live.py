"""Measurements that are not recorded: begun when somebody asks, shared by all who ask for the same."""

import threading
from collections import OrderedDict, deque

from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.measure.first_steps import STEPS, Moment, first_steps
from resnet_edu.measure.gradients import DEPTHS
from resnet_edu.measure.sweeps import Pair, Setting, measure_pair
from resnet_edu.worker import Worker

KEPT = 32
WAITING = 64


class LiveSweep:
    """A sweep that fills up. ``pairs`` grows depth by depth and may be read from any thread."""

    def __init__(self, setting: Setting, pool: Tensor | None) -> None:
        self.setting = setting
        self.pool = pool
        self.pairs: dict[int, Pair] = {}
        self.error: Exception | None = None
        self._wanted: deque[int] = deque(DEPTHS)
        self._changed = threading.Condition()
        self._stopped = False

    @property
    def is_running(self) -> bool:
        """Whether more depths will come by themselves."""
        return not self._stopped and self.error is None and len(self.pairs) < len(DEPTHS)

    def want(self, depth: int) -> None:
        """Measure this depth next, then its neighbours."""
        with self._changed:
            self._stopped = False
            missing = [each for each in DEPTHS if each not in self.pairs]
            self._wanted = deque(sorted(missing, key=lambda each: abs(each - depth)))

    def stop(self) -> None:
        """Measure no more; what is there stays."""
        with self._changed:
            self._stopped = True
            self._wanted.clear()

    def wait_for(self, depth: int, seconds: float) -> bool:
        """Wait until a depth is measured; False when the time is over or it failed."""
        with self._changed:
            self._changed.wait_for(lambda: depth in self.pairs or self.error is not None, seconds)
            return depth in self.pairs

    def measure_next(self) -> bool:
        """Measure one depth; False when there is nothing to do. Called by the one worker."""
        with self._changed:
            if not self._wanted:
                return False
            depth = self._wanted.popleft()
        try:
            pair = measure_pair(self.setting, depth, self.pool)
        except Exception as error:  # whoever waits for it is told; the worker goes on with other sweeps
            with self._changed:
                self.error = error
                self._wanted.clear()
                self._changed.notify_all()
            return False
        with self._changed:
            self.pairs = {**self.pairs, depth: pair}
            self._changed.notify_all()
        return True


class LiveSteps:
    """The first steps of training at one depth, step after step; ``moments`` grows."""

    def __init__(self, setting: Setting, depth: int, pool: Tensor | None) -> None:
        self.moments: dict[int, Moment] = {}
        self.error: Exception | None = None
        self._steps = first_steps(setting, depth, pool)
        self._stopped = False

    @property
    def is_running(self) -> bool:
        """Whether more moments will come by themselves."""
        return not self._stopped and self.error is None and len(self.moments) < len(STEPS)

    def stop(self) -> None:
        """Train no more; what is there stays."""
        self._stopped = True

    def resume(self) -> None:
        """Go on where it was stopped."""
        self._stopped = False

    def measure_next(self) -> bool:
        """Train up to the next moment and measure it; False when there is nothing to do."""
        if not self.is_running:
            return False
        try:
            step, moment = next(self._steps)
        except Exception as error:  # whoever waits for it is told; the worker goes on with others
            self.error = error
            return False
        self.moments = {**self.moments, step: moment}
        return True


class LiveSweeps:
    """All live measurements of the process: equal ones are shared, and one worker serves them in turn."""

    def __init__(self) -> None:
        self._sweeps: OrderedDict[Setting, LiveSweep] = OrderedDict()
        self._steps: OrderedDict[tuple[Setting, int], LiveSteps] = OrderedDict()
        self._turns: deque[LiveSweep | LiveSteps] = deque()
        self._changed = threading.Condition()
        self._worker = Worker("live sweeps", self._work, self._changed)

    def start(self, setting: Setting, depth: int, pool: Tensor | None = None) -> LiveSweep:
        """Begin a sweep at ``depth``, or join the one there is. Raises ``UserError`` when too many wait."""
        with self._changed:
            sweep = self._sweeps.get(setting)
            if sweep is None or sweep.error is not None:
                self._check_room()
                sweep = self._sweeps[setting] = LiveSweep(setting, pool)
                while len(self._sweeps) > KEPT:
                    self._sweeps.popitem(last=False)[1].stop()
            self._sweeps.move_to_end(setting)
            if depth not in sweep.pairs:
                sweep.want(depth)
                if sweep in self._turns:
                    self._turns.remove(sweep)
                self._turns.appendleft(sweep)
                self._changed.notify()
        return sweep

    def find(self, setting: Setting) -> LiveSweep | None:
        """The sweep that somebody has asked for, running or ended."""
        return self._sweeps.get(setting)

    def find_steps(self, setting: Setting, depth: int) -> LiveSteps | None:
        """The first steps that somebody has asked for, running or ended."""
        return self._steps.get((setting, depth))

    def start_steps(self, setting: Setting, depth: int, pool: Tensor | None = None) -> LiveSteps:
        """Begin the first steps, go on with them, or join. Raises ``UserError`` when too many wait."""
        with self._changed:
            steps = self._steps.get((setting, depth))
            if steps is None or steps.error is not None:
                self._check_room()
                steps = self._steps[setting, depth] = LiveSteps(setting, depth, pool)
                while len(self._steps) > KEPT:
                    self._steps.popitem(last=False)[1].stop()
            steps.resume()
            if steps not in self._turns:
                self._turns.appendleft(steps)
                self._changed.notify()
        return steps

    def _check_room(self) -> None:
        if len(self._turns) >= WAITING:
            raise UserError(mark("Too many measurements are waiting. Try again in a minute."))

    def _work(self, worker: Worker) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._turns or worker.closing)
            if worker.closing:
                return
            sweep = self._turns.popleft()
        if sweep.measure_next():
            with self._changed:
                if sweep not in self._turns:
                    self._turns.append(sweep)
