"""Computing resources shared by all sessions of this process: engine, downloads, live measurements."""

import uuid

import streamlit as st

from resnet_edu import config
from resnet_edu.device import leave_a_core
from resnet_edu.errors import UserError, mark
from resnet_edu.measure.live import LiveMeasurements
from resnet_edu.vision.download import Downloads
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import Engine
from resnet_edu.vision.measure_pair import AT_ONCE, measured_by

LOCAL = "local"


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """Return the engine of this process: a local one, or a cluster's with ``RESNET_EDU_ENGINE=ray``.

    Raises ``UserError`` if the configuration is incomplete.
    """
    leave_a_core()
    chosen = _chosen_engine()
    if chosen == LOCAL:
        return LocalEngine()
    address = config.RAY_ADDRESS.read() or ""
    if chosen != "ray" or not address.startswith(("http://", "https://")):
        raise UserError(
            mark("{engine} is local or ray; with ray, {address} is the URL of Ray Serve, such as {example}."),
            engine=config.ENGINE.name,
            address=config.RAY_ADDRESS.name,
            example="http://127.0.0.1:8000",
        )
    from resnet_edu.vision.engine.messages import key_from_environment
    from resnet_edu.vision.engine.ray_engine import RayEngine  # needs requirements-cluster.txt

    return RayEngine(address, key_from_environment())


def _chosen_engine() -> str:
    chosen = config.ENGINE.read()
    return LOCAL if chosen is None else chosen


@st.cache_resource(show_spinner=False)
def downloads() -> Downloads:
    """Return the downloads of this process."""
    return Downloads()


@st.cache_resource(show_spinner=False)
def live_measurements() -> LiveMeasurements:
    """Return the live measurements, made by this process next to its engine or by a cluster."""
    leave_a_core()
    if _chosen_engine() == LOCAL:
        return LiveMeasurements()
    return LiveMeasurements(measured_by(engine), AT_ONCE)


def session_id() -> str:
    """Return a random name for this session that reveals nothing about the reader."""
    if "session" not in st.session_state:
        st.session_state["session"] = uuid.uuid4().hex
    return str(st.session_state["session"])
