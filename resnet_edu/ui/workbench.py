"""What all sessions share: the engine and the downloads."""

import logging
import os
import uuid
from functools import cache
from pathlib import Path

import streamlit as st
from torch import Tensor

from resnet_edu.device import leave_a_core
from resnet_edu.errors import UserError, mark
from resnet_edu.measure.first_steps import RecordedSteps, load_steps
from resnet_edu.measure.identity import PLACES, IdentityRecord, load_identity
from resnet_edu.measure.knockout import Knockout, load_knockout
from resnet_edu.measure.live import LiveMeasurements, LiveSeries
from resnet_edu.measure.shattering import DEPTHS as PATH_DEPTHS
from resnet_edu.measure.shattering import InputPath, PathPair, shatter
from resnet_edu.measure.sweeps import PRESETS, Sweep, load_sweep
from resnet_edu.paths import FIRST_STEPS, GRADIENTS, IDENTITY, KNOCKOUT, RACES, RUNS
from resnet_edu.training.race import Opening, RaceSpec, open_race
from resnet_edu.training.race_record import RaceRecord, load_record
from resnet_edu.training.racing import LiveRaces
from resnet_edu.training.record import Shelf, load_records
from resnet_edu.ui import costs
from resnet_edu.ui.poll import Poll
from resnet_edu.vision.attribution.task import DEFAULT_METHODS, Attribute
from resnet_edu.vision.catalogue import catalogue
from resnet_edu.vision.download import Downloads
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import Engine
from resnet_edu.vision.measure_pair import AT_ONCE, measured_by
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import DEFAULT_SAMPLE, crops, sample_picture

ENGINE_VARIABLE = "RESNET_EDU_ENGINE"
ADDRESS_VARIABLE = "RESNET_EDU_RAY_ADDRESS"
LOCAL = "local"

log = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """The engine of this process: its own, or with ``RESNET_EDU_ENGINE=ray`` a cluster's.

    Raises ``UserError`` when the choice is incomplete.
    """
    leave_a_core()
    chosen = _chosen_engine()
    if chosen == LOCAL:
        return LocalEngine()
    address = os.environ.get(ADDRESS_VARIABLE, "")
    if chosen != "ray" or not address.startswith(("http://", "https://")):
        raise UserError(
            mark("{engine} is local or ray; with ray, {address} is the URL of Ray Serve, such as {example}."),
            engine=ENGINE_VARIABLE,
            address=ADDRESS_VARIABLE,
            example="http://127.0.0.1:8000",
        )
    from resnet_edu.vision.engine.messages import key_from_environment
    from resnet_edu.vision.engine.ray_engine import RayEngine  # needs requirements-cluster.txt

    return RayEngine(address, key_from_environment())


def _chosen_engine() -> str:
    return os.environ.get(ENGINE_VARIABLE, LOCAL)


@st.cache_resource(show_spinner=False)
def downloads() -> Downloads:
    """The downloads of this process."""
    return Downloads()


@st.cache_resource(show_spinner=False)
def live_measurements() -> LiveMeasurements:
    """The measurements that are made live: by this process beside its engine, or by a cluster's."""
    leave_a_core()
    if _chosen_engine() == LOCAL:
        return LiveMeasurements()
    return LiveMeasurements(measured_by(engine), AT_ONCE)


def gradients_along(path: InputPath) -> LiveSeries[PathPair]:
    """The gradients along a path of inputs, measured once for all who look; may raise ``UserError``."""
    return live_measurements().start_series(path, lambda: LiveSeries(shatter(path), len(PATH_DEPTHS)))


@cache  # not Streamlit's, which works the arguments out anew at each of the many calls of a page
def recorded_sweep(preset: str) -> Sweep:
    """A preset's record; read once."""
    return load_sweep(GRADIENTS / f"{preset}.json")


@cache
def recorded_steps(preset: str) -> RecordedSteps | None:
    """A preset's first steps, where they are recorded; read once."""
    path = FIRST_STEPS / f"{preset}.json"
    return load_steps(path) if path.is_file() else None


@st.cache_resource(show_spinner=False, max_entries=32)
def recorded_knockout(net: str) -> Knockout | None:
    """What deleting blocks costs a net, where it is recorded; read once."""
    path = KNOCKOUT / f"{net}.json"
    return load_knockout(path) if path.is_file() else None


def recorded_places() -> list[int]:
    """The stages at whose end the identity experiment is recorded."""
    return [place for place in PLACES if _identity_file(place).is_file()]


@st.cache_resource(show_spinner=False)
def recorded_identity(place: int) -> IdentityRecord:
    """The identity experiment at the end of one of the ``recorded_places``; read once."""
    return load_identity(_identity_file(place))


def _identity_file(place: int) -> Path:
    return IDENTITY / f"stage-{place}.json"


def recorded_runs() -> Shelf:
    """The training runs in the folder of records as it is now; read again when a file there changes."""
    return _runs(tuple((path.name, path.stat().st_mtime_ns) for path in sorted(RUNS.glob("*.json"))))


@st.cache_resource(show_spinner=False, max_entries=2)
def _runs(files: tuple[tuple[str, int], ...]) -> Shelf:
    return load_records(RUNS)


@st.cache_resource(show_spinner=False)
def poll() -> Poll:
    """The votes on the depth page's question."""
    return Poll()


@st.cache_resource(show_spinner=False)
def picture_pool() -> Tensor:
    """Crops of the sample pictures for measurements on real pictures."""
    return crops()


@st.cache_resource(show_spinner=False)
def live_races() -> LiveRaces:
    """The races of this process."""
    return LiveRaces()


@st.cache_resource(show_spinner=False, max_entries=128)
def race_opening(spec: RaceSpec) -> Opening:
    """A race before its first step, computed once for all who look at it."""
    return open_race(spec)


@st.cache_resource(show_spinner=False)
def recorded_races() -> RaceRecord:
    """How the recorded races ended; read once."""
    return load_record(RACES)


def session_id() -> str:
    """A random name for this session; it says nothing about the reader."""
    if "session" not in st.session_state:
        st.session_state["session"] = uuid.uuid4().hex
    return str(st.session_state["session"])


def warm_up() -> None:
    """Have the default picture classified and the records read, so that the first visitor finds them."""
    for preset in PRESETS:
        recorded_sweep(preset.id)
    gradients_along(InputPath())
    race_opening(RaceSpec())
    costs.warm_up()
    net, picture = catalogue().default, sample_picture(DEFAULT_SAMPLE)
    ticket = engine().submit(Predict(net, picture), session="warm-up")
    if not ticket.wait(60):
        return
    try:
        target = ticket.result().top[0].index
    except UserError as error:  # the reader will be told
        log.warning("The first net can't be used: %s", error)
        return
    for method in DEFAULT_METHODS:
        engine().submit(Attribute(net, picture, method, target), session=f"warm-up {method}")
