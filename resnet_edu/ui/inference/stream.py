"""The live stream: the browser sends frames, the net's answers go back and are painted without a run of the page."""

import base64
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from resnet_edu.errors import UserError
from resnet_edu.figures.top_classes import top_classes
from resnet_edu.ui.components import component
from resnet_edu.ui.hall.addresses import base
from resnet_edu.ui.inference.class_names import class_names
from resnet_edu.ui.inference.predictions import doubt, show_worth
from resnet_edu.ui.shared.engines import engine, session_id
from resnet_edu.ui.shared.pictures import FROZEN
from resnet_edu.ui.stream import viewers
from resnet_edu.ui.text.language import LANGUAGES, _, current, translated
from resnet_edu.ui.url.links import heard
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Engine, TryLater
from resnet_edu.vision.image import KEPT_SIDE, decode
from resnet_edu.vision.predict import Prediction
from resnet_edu.vision.samples import SAMPLES
from resnet_edu.vision.streamed import FRAME_SIDE, Glance, read_frame

KEY = "stream"
PATIENCE_SECONDS = 10.0
"""An answer that takes longer is of no use any more: the browser sends a newer frame."""

SIDE = 256
"""Of the frames' square, at least: a net that samples its picture needs more pixels than it looks at."""

_numbers = itertools.count()


@dataclass(frozen=True)
class NetViewer:
    """Has a net look at frames for one reader, in a language of theirs."""

    net: Net
    names: Mapping[str, str]
    language: str
    session: str
    engine: Engine

    def look(self, content: bytes, slot: int) -> dict[str, Any]:
        """Top five, doubt, milliseconds and device; or ``later``, or what the reader is ``told``."""
        try:
            picture = read_frame(content)
        except UserError as error:
            raise viewers.Unreadable from error
        seen = self.net.preprocessing.view(picture.image)
        try:
            ticket = self.engine.submit(Glance(self.net, seen, next(_numbers)), f"{self.session} stream {slot}")
            if ticket.wait(PATIENCE_SECONDS):
                return self._said(ticket.result())
            ticket.stop()
        except TryLater:
            pass
        except UserError as error:
            return {"told": translated(error.message, self.language).format(**error.values)}
        return {"later": True}

    def _said(self, prediction: Prediction) -> dict[str, Any]:
        rows = top_classes(prediction, self.names.__getitem__, LANGUAGES[self.language].marks.written)
        return {
            "rows": [{**row, "index": score.index} for row, score in zip(rows, prediction.top, strict=True)],
            "doubtful": self.net.is_doubtful(prediction.top[0].probability),
            "milliseconds": round(prediction.milliseconds, 1),
            "device": f"{prediction.device_type.upper()} · {self.engine.device_name}",
            "note": translated(prediction.note, self.language) if prediction.note else "",
        }


def show(net: Net) -> None:
    """The panel: camera or window, the net's answers with a short history, and how fast they come."""
    name = viewers.show(NetViewer(net, class_names(net), current(), session_id(), engine()))
    component("inference/stream")(
        key=KEY,
        data={
            "address": f"{base()}stream/{name}",
            "net": net.id,
            "side": min(FRAME_SIDE, max(SIDE, net.preprocessing.resize)),
            "kept": KEPT_SIDE,
            "gallery": [f"{base()}samples/{sample.id}.jpg" for sample in SAMPLES],
            "frozen": FROZEN in st.session_state,
            "doubt": doubt(net, net.calibration).replace("**", "") if net.calibration else "",
            "labels": _labels(),
        },
        on_frozen_change=_freeze,
        on_resumed_change=_resume,
    )
    if FROZEN not in st.session_state:
        show_worth(net)


def _freeze() -> None:
    """Keep the frame as an ordinary picture, of which the rest of the page speaks."""
    heard()
    frozen = st.session_state[KEY].frozen
    if frozen is None:
        return
    try:
        st.session_state[FROZEN] = decode(base64.b64decode(str(frozen), validate=True))
    except (ValueError, UserError):  # nothing that our script sends
        st.session_state.pop(FROZEN, None)


def _resume() -> None:
    heard()
    st.session_state.pop(FROZEN, None)


def _labels() -> dict[str, str]:
    return {
        "camera": _("Camera"),
        "window": _("A window or the screen"),
        "file": _("A video file"),
        "gallery": _("Gallery, moving"),
        "stop": _("Stop"),
        "turn": _("Other camera"),
        "freeze": _("Freeze"),
        "resume": _("Go on"),
        "video": _("What is streamed"),
        "off": _(
            "Show the net something, and it says what it sees while you move it. Frames go to this server alone, and"
            " are forgotten once they are answered."
        ),
        "insecure": _(
            "Browsers give a page the camera only over https, or on the machine itself; README.md says how to get https"
            " for a class. A video file or the gallery can be streamed all the same."
        ),
        "refused": _("The browser refused. Allow it for this page, and try again."),
        "none": _("No camera was found."),
        "unreadable": _("The browser can't play this file. Choose an MP4 or WebM video."),
        "connecting": _("Connecting …"),
        "lost": _("The connection was lost; trying again."),
        "elsewhere": _("The stream goes on in another tab."),
        "full": _("Too many are waiting to stream. Try again in a few minutes."),
        "silent": _("No frames arrived for a while, so the stream was ended."),
        "fault": _("That went wrong on our side; the next frame is tried."),
        "before": _("In line: {before} before you. Each has a minute; yours begins by itself."),
        "left": _("Others are waiting: {left} s left of your minute."),
        "answers": _("Most probable classes, now"),
        "history": _(
            "The five classes' probabilities over the last {seconds} seconds; a line breaks where its class was not"
            " among the five."
        ),
        "now": _("now"),
        "ago": _("{seconds} s ago"),
        "measured": _(
            "{rate} frames a second · forward pass {milliseconds} ms · {latency} ms from frame to answer · {device}"
        ),
    }
