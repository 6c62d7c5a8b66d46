"""A plain and a residual net measured by an engine: the live sweeps of an app whose work is done elsewhere."""

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
"""How many an app process asks a cluster for at the same time."""
LOOK_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MeasurePair:
    """Both nets of a setting at a depth."""

    setting: Setting
    depth: int
    is_long = True

    @property
    def key(self) -> Hashable:
        """Setting and depth, seed included."""
        return "pair", self.setting, self.depth

    def compute(self) -> Pair[Curve]:
        """As ``measure_pair`` does."""
        return measure_pair(self.setting, self.depth, _pool() if self.setting.pictures is Pictures.REAL else None)


@cache
def _pool() -> Tensor:
    return crops()


def measured_by(engine: Callable[[], Engine]) -> Measure:
    """``measure_pair`` by an engine; while that takes no questions, this process measures by itself."""

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
