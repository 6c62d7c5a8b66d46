"""Measures a plain and a residual net on an engine: the live sweeps of an app whose work is done elsewhere."""

import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache

from torch import Tensor

from resnet_edu.measure.gradients import Pictures
from resnet_edu.measure.live import Measure
from resnet_edu.measure.sweeps import Curve, Pair, Setting, measure_pair
from resnet_edu.vision.engine.protocol import Engine, TryLater
from resnet_edu.vision.samples import crops

AT_ONCE = 4
"""Number of measurements an app process requests from a cluster at the same time."""
LOOK_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MeasurePair:
    """The task: measure both nets of a setting at a depth."""

    setting: Setting
    depth: int
    is_long = True

    @property
    def key(self) -> Hashable:
        """Setting, including the seed, and depth."""
        return "pair", self.setting, self.depth

    def compute(self) -> Pair[Curve]:
        """Do the same as ``measure_pair``."""
        return measure_pair(self.setting, self.depth, _pool() if self.setting.pictures is Pictures.REAL else None)


@cache
def _pool() -> Tensor:
    return crops()


def measured_by(engine: Callable[[], Engine]) -> Measure:
    """Return a ``measure_pair`` that runs on an engine, or in this process while that accepts no tasks."""

    def measure(setting: Setting, depth: int, pool: Tensor | None) -> Pair[Curve]:
        try:
            ticket = engine().submit(MeasurePair(setting, depth), f"live measurements {threading.get_ident()}")
            while not ticket.wait(LOOK_SECONDS):
                pass
            return ticket.result()
        except TryLater as error:
            log.warning("Measured here: %s", error)
            return measure_pair(setting, depth, pool)

    return measure
