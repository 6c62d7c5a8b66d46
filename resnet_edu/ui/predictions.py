"""The answer of a net to a picture: what it saw, what it says, how long it took."""

import streamlit as st

from resnet_edu.figures.top_classes import top_classes
from resnet_edu.nets.outline import family
from resnet_edu.ui.asking import ask
from resnet_edu.ui.components import component
from resnet_edu.ui.language import _
from resnet_edu.ui.workbench import engine
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.image import Picture
from resnet_edu.vision.predict import Predict, Prediction


def predict(net: Net, picture: Picture) -> Prediction | None:
    """The prediction if it is done soon; else the reader sees the place in the queue, and None."""
    return ask(Predict(net, picture), "prediction")


def show_seen(net: Net, prediction: Prediction) -> None:
    """The crop at the net's own resolution, every pixel a square."""
    side = net.preprocessing.crop
    with st.container(key="seen"):
        st.image(
            prediction.seen,
            width="stretch",
            output_format="PNG",
            caption=_("What the net sees: {side} × {side} pixels", side=side),
            alt=_("The picture as the net sees it, {side} pixels wide and high", side=side),
        )


def show_top(net: Net, prediction: Prediction, key: str = "bars") -> None:
    """The most probable classes as bars in the net's colour; ``key`` tells apart several on one page."""
    component("bars")(
        key=key,
        data={
            "label": _("Most probable classes"),
            "key": prediction.key,
            "family": family(net.architecture),
            "rows": top_classes(prediction, _),
        },
    )


def show_measured(prediction: Prediction) -> None:
    """Device and milliseconds, and what had to be done to make it fit."""
    st.caption(
        _(
            "{device} · forward pass {milliseconds:.1f} ms, measured",
            device=f"{prediction.device_type.upper()} · {engine().device_name}",
            milliseconds=prediction.milliseconds,
        )
    )
    if prediction.note:
        st.info(_(prediction.note))
