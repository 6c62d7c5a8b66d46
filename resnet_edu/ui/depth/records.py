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
    """Return the stages after which the identity experiment is recorded."""
    return [place for place in PLACES if _identity_file(place).is_file()]


@st.cache_resource(show_spinner=False)
def recorded_identity(place: int) -> IdentityRecord:
    """Return the identity experiment after one of the ``recorded_places``, read only once."""
    return load_identity(_identity_file(place))


def _identity_file(place: int) -> Path:
    return IDENTITY / f"stage-{place}.json"


def recorded_runs() -> Shelf:
    """Return the recorded training runs, read again when a file in their folder changes."""
    return _runs(tuple((path.name, path.stat().st_mtime_ns) for path in sorted(RUNS.glob("*.json"))))


@st.cache_resource(show_spinner=False, max_entries=2)
def _runs(files: tuple[tuple[str, int], ...]) -> Shelf:
    return load_records(RUNS)


@st.cache_resource(show_spinner=False)
def live_races() -> LiveRaces:
    """Return the races of this process."""
    return LiveRaces()


@st.cache_resource(show_spinner=False, max_entries=128)
def race_opening(spec: RaceSpec) -> Opening:
    """Return a race before its first step, computed once for all readers."""
    return open_race(spec)


@st.cache_resource(show_spinner=False)
def recorded_races() -> RaceRecord:
    """Return the results of the recorded races, read only once."""
    return load_record(RACES)
