"""What all sessions share: the engine and the downloads."""

import uuid

import streamlit as st

from resnet_edu.vision.catalogue import DEFAULT_NET, catalogue
from resnet_edu.vision.download import Downloads
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import Engine
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import DEFAULT_SAMPLE, sample_picture


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """The engine of this process."""
    return LocalEngine()


@st.cache_resource(show_spinner=False)
def downloads() -> Downloads:
    """The downloads of this process."""
    return Downloads()


def session_id() -> str:
    """A random name for this session; it says nothing about the reader."""
    if "session" not in st.session_state:
        st.session_state["session"] = uuid.uuid4().hex
    return str(st.session_state["session"])


def warm_up() -> None:
    """Have the default picture classified, so that the first visitor finds it done."""
    task = Predict(catalogue().nets[DEFAULT_NET], sample_picture(DEFAULT_SAMPLE))
    engine().submit(task, session="warm-up").wait(60)
