"""The camera, which collects pictures of the chosen class and shows the taught net's live answers."""

import base64
import json
from typing import Any

import streamlit as st

from resnet_edu.errors import UserError
from resnet_edu.teaching.collection import MOST_PICTURES, Collection, Shot
from resnet_edu.teaching.features import ExtractFeatures
from resnet_edu.ui.components import component
from resnet_edu.ui.shared.engines import engine, session_id
from resnet_edu.ui.teach import collecting
from resnet_edu.ui.teach.lessons import TeachingLesson
from resnet_edu.ui.teach.settings import TeachSettings
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url.links import choose_all, clicks, heard, parameters
from resnet_edu.vision.engine.protocol import Superseded, TryLater

KEY = "teach camera"
ANSWER = "answer to the camera"
WAIT_SECONDS = 4.0
"""An answer that takes longer is out of date; the camera asks again."""


def panel(now: TeachSettings, collection: Collection, lesson: TeachingLesson | None) -> None:
    """The camera with its buttons, and the answers under it."""
    _panel(now, collection, lesson, _heard_so_far())


@st.fragment  # a frame's answer runs this alone
def _panel(
    now: TeachSettings, collection: Collection, lesson: TeachingLesson | None, heard_so_far: tuple[object, int]
) -> None:
    if heard_so_far != _heard_so_far():
        st.rerun()  # a click elsewhere came with a frame, and nothing of it would be seen
    label = min(now.label, len(collection.classes) - 1)
    chosen = collection.classes[label]
    component("teach/camera")(
        key=KEY,
        data={
            "collects": True,
            "room": MOST_PICTURES - len(chosen.shots),
            "live": lesson is not None,
            "answer": st.session_state.get(ANSWER),
            "labels": {
                "start": _("Turn the camera on"),
                "stop": _("Turn it off"),
                "turn": _("Other camera"),
                "hold": _("Hold to collect: {name}", name=chosen.name),
                "taken": _("{count} pictures taken"),
                "off": _("The camera is off. Its pictures go to this server alone, and stay in its memory."),
                "video": _("What the camera sees"),
                "insecure": _("A browser gives its camera only to pages with https, or on this very machine."),
                "refused": _("The browser refused the camera. Allow it for this page, and try again."),
                "answers": _("What the net says about the camera's picture"),
            },
        },
        on_shots_change=lambda: _take(label),
        on_frame_change=lambda: _answer(lesson),
    )


def _heard_so_far() -> tuple[object, int]:
    return parameters(), clicks()


def _take(label: int) -> None:
    heard()
    collecting.take_camera(label, str(st.session_state[KEY].shots))


def _answer(lesson: TeachingLesson | None) -> None:
    """The taught net's answer to a frame: features by the engine, which knows the net, and the head."""
    choose_all({})  # a frame is no click
    if lesson is None:
        return
    try:
        frame = json.loads(st.session_state[KEY].frame)
        number, shot = int(frame["number"]), Shot.read(base64.b64decode(frame["picture"], validate=True))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, UserError):
        return  # not sent by our script
    try:
        ticket = engine().submit(ExtractFeatures(lesson.net, (shot,), is_private=True), f"{session_id()} camera")
        rows = _rows(lesson, ticket.result().last) if ticket.wait(WAIT_SECONDS) else []
    except (TryLater, Superseded):
        rows = []
    st.session_state[ANSWER] = {"number": number, "rows": rows}


def _rows(lesson: TeachingLesson, features: Any) -> list[dict[str, Any]]:
    shares = lesson.fitted.heads.logits(features)[0, 0].softmax(0).tolist()
    return [
        {"name": name, "share": share, "text": f"{share:.0%}"}
        for name, share in zip(lesson.collection.names, shares, strict=True)
    ]
