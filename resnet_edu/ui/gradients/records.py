"""The gradients page's records, read once, and live measurements shared by all readers."""

from functools import cache

import streamlit as st
from torch import Tensor

from resnet_edu.measure.first_steps import RecordedSteps, load_steps
from resnet_edu.measure.live import LiveSeries
from resnet_edu.measure.shattering import DEPTHS as PATH_DEPTHS
from resnet_edu.measure.shattering import InputPath, PathPair, shatter
from resnet_edu.measure.sweeps import Sweep, load_sweep
from resnet_edu.paths import FIRST_STEPS, GRADIENTS
from resnet_edu.ui.shared.engines import live_measurements
from resnet_edu.vision.samples import crops


def gradients_along(path: InputPath) -> LiveSeries[PathPair]:
    """Return the gradients along a path of inputs, measured once for all readers; raises ``UserError`` if refused."""
    return live_measurements().start_series(path, lambda: LiveSeries(shatter(path), len(PATH_DEPTHS)))


@cache  # not Streamlit's cache, which would hash the arguments again at each of a page's many calls
def recorded_sweep(preset: str) -> Sweep:
    """Return a preset's recorded sweep, read only once."""
    return load_sweep(GRADIENTS / f"{preset}.json")


@cache
def recorded_steps(preset: str) -> RecordedSteps | None:
    """Return a preset's recorded first steps, read only once, or None if there are none."""
    path = FIRST_STEPS / f"{preset}.json"
    return load_steps(path) if path.is_file() else None


@st.cache_resource(show_spinner=False)
def picture_pool() -> Tensor:
    """Return crops of the sample pictures for measurements on real pictures."""
    return crops()
