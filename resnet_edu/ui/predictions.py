"""The answer of a net to a picture: what it saw, what it says, how long it took."""

import logging
from collections.abc import Hashable

import streamlit as st

from resnet_edu.errors import UserError
from resnet_edu.figures.top_classes import top_classes
from resnet_edu.ui.components import component
from resnet_edu.ui.language import _, explain
from resnet_edu.ui.workbench import engine, session_id
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import QueueFull, Superseded, Ticket
from resnet_edu.vision.image import Picture
from resnet_edu.vision.predict import Predict, Prediction

PATIENCE_SECONDS = 0.7
POLL_SECONDS = 0.5

log = logging.getLogger(__name__)


def predict(net: Net, picture: Picture) -> Prediction | None:
    """The prediction if it is done soon; else the reader sees the place in the queue, and None."""
    task = Predict(net, picture)
    try:
        ticket = _ticket(task)
        if ticket.wait(PATIENCE_SECONDS):
            return ticket.result()
    except QueueFull as full:
        st.session_state.pop("ticket", None)
        st.info(explain(full))
    except Superseded:
        st.session_state.pop("ticket", None)
    except UserError as error:
        st.session_state.pop("ticket", None)
        st.error(explain(error))
        return None
    except Exception:  # a fault of ours: the log has it, the reader a sentence, the page goes on
        st.session_state.pop("ticket", None)
        log.exception("A prediction failed")
        st.error(
            _("That went wrong on our side. Choose the picture again; if it stays so, tell whoever runs this server.")
        )
        return None
    st.fragment(_wait, run_every=POLL_SECONDS)()
    return None


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


def show_top(prediction: Prediction) -> None:
    """The most probable classes as bars."""
    component("bars")(
        key="bars",
        data={
            "label": _("Most probable classes"),
            "key": prediction.key,
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


def _ticket(task: Predict) -> Ticket[Prediction]:
    """The session's ticket for this task; a rerun of the page doesn't queue it twice."""
    held: tuple[Hashable, Ticket[Prediction]] | None = st.session_state.get("ticket")
    if held is None or held[0] != task.key:
        held = (task.key, engine().submit(task, session_id()))
        st.session_state["ticket"] = held
    return held[1]


def _wait() -> None:
    held: tuple[Hashable, Ticket[Prediction]] | None = st.session_state.get("ticket")
    if held is None or held[1].wait(0):
        st.rerun()
    place = held[1].place
    if place:
        st.info(_("In line: {place} before you. The answer appears here by itself.", place=place))
    else:
        st.info(_("The net is at work."))
