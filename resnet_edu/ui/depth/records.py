"""The page's recorded runs and experiments, and the races that its readers share."""

from pathlib import Path

import streamlit as st

from resnet_edu.measure.identity import PLACES, IdentityRecord, load_identity
from resnet_edu.paths import IDENTITY, RACES, RUNS
from resnet_edu.training.race import Opening, RaceSpec, open_race
from resnet_edu.training.race_record import RaceRecord, load_record
from resnet_edu.training.racing import LiveRaces
from resnet_edu.training.record import Shelf, load_records


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
