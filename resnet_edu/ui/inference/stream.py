"""The live stream: the browser sends frames, the net's answers go back and are painted without a run of the page."""

import base64
import itertools
from dataclasses import dataclass
from typing import Any

import streamlit as st

from resnet_edu.errors import UserError, mark
from resnet_edu.figures.top_classes import top_classes
from resnet_edu.nets.outline import places
from resnet_edu.ui.components import component
from resnet_edu.ui.hall.addresses import base
from resnet_edu.ui.inference.class_names import names_in
from resnet_edu.ui.inference.knockout import choose_deleted, no_switches
from resnet_edu.ui.inference.nets import is_usable
from resnet_edu.ui.inference.places import place_title
from resnet_edu.ui.inference.predictions import caption_of_seen, doubt, show_worth
from resnet_edu.ui.shared.encoded import photo_url, text
from resnet_edu.ui.shared.engines import engine, session_id
from resnet_edu.ui.shared.pictures import FROZEN
from resnet_edu.ui.stream import viewers
from resnet_edu.ui.text.language import _, current, translated
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import heard
from resnet_edu.ui.url.query import OneOf, read
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.engine.protocol import Engine, TryLater
from resnet_edu.vision.image import KEPT_SIDE, Picture, decode
from resnet_edu.vision.knocked_out import switchable
from resnet_edu.vision.samples import SAMPLES
from resnet_edu.vision.streamed import FRAME_SIDE, Glance, Glimpse, read_frame

KEY = "stream"
HEATS = ("grad-cam", "saliency")
SHOWN = {
    "answer": mark("Most probable classes"),
    "seen": mark("What the net sees"),
    **{name: METHODS[name].title for name in HEATS},
    "maps": mark("Feature maps"),
    "knockout": mark("Knock out blocks"),
    "nets": mark("Two nets"),
}
SHOWS = OneOf("shows", SHOWN, "answer")
SEEN_QUALITY = 95
PATIENCE_SECONDS = 10.0
"""An answer that takes longer is of no use any more: the browser sends a newer frame."""

SIDE = 256
"""Of the frames' square, at least: a net that samples its picture needs more pixels than it looks at."""

_numbers = itertools.count()


@dataclass(frozen=True)
class Look:
    """How a net looks at each frame; the fields are those of ``Glance``, and whether the reader looks along."""

    net: Net
    title: str = ""
    method: str = ""
    layer: str = ""
    off: frozenset[str] = frozenset()
    shows_seen: bool = False

    def at(self, picture: Picture) -> Glance:
        """The task for one frame."""
        seen = self.net.preprocessing.view(picture.image)
        return Glance(self.net, seen, next(_numbers), self.method, self.layer, self.off)


@dataclass(frozen=True)
class NetViewer:
    """Has nets look at frames for one reader, in a language of theirs."""

    looks: tuple[Look, ...]
    language: str
    session: str
    engine: Engine

    def look(self, content: bytes, slot: int) -> dict[str, Any]:
        """For each look top five, doubt, milliseconds, device, map; or ``later``, or what the reader is ``told``."""
        try:
            picture = read_frame(content)
        except UserError as error:
            raise viewers.Unreadable from error
        try:
            glances = [each.at(picture) for each in self.looks]
            tickets = [
                self.engine.submit(glance, f"{self.session} stream {slot} {number}")
                for number, glance in enumerate(glances)
            ]
            if all(ticket.wait(PATIENCE_SECONDS) for ticket in tickets):
                answers = [
                    self._said(look, glance, ticket.result())
                    for look, glance, ticket in zip(self.looks, glances, tickets, strict=True)
                ]
                return {"answers": answers, "device": f"{answers[0]['device']} · {self.engine.device_name}"}
            for ticket in tickets:
                ticket.stop()
        except TryLater:
            pass
        except UserError as error:
            return {"told": translated(error.message, self.language).format(**error.values)}
        return {"later": True}

    def _said(self, look: Look, glance: Glance, glimpse: Glimpse) -> dict[str, Any]:
        rows = top_classes(glimpse, names_in(look.net, self.language).__getitem__)
        heat, maps = glimpse.heat, glimpse.maps
        return {
            "rows": [{**row, "index": score.index} for row, score in zip(rows, glimpse.top, strict=True)],
            "doubtful": not look.off and look.net.is_doubtful(glimpse.top[0].probability),
            "milliseconds": round(glimpse.milliseconds + (heat.milliseconds if heat else 0), 1),
            "device": glimpse.device_type.upper(),
            "note": translated(glimpse.note, self.language) if glimpse.note else "",
            "seen": photo_url(glance.seen, SEEN_QUALITY) if look.shows_seen else None,
            "heat": heat and {"values": text(heat.values), "side": heat.side},
            "maps": maps and {"picture": text(maps.picture), "columns": maps.columns, "count": maps.shape[0]},
        }


def show(net: Net) -> None:
    """The choice of what is shown, in the URL, and the panel: the stream, the answers, how fast they come."""
    shown = read(SHOWS)
    with st.container():  # one place whatever is in it, or the browser would make the panel anew, without its camera
        looks = (Look(net),) if is_frozen() else _choose_looks(net, shown)
    viewer = NetViewer(looks, current(), session_id(), engine())
    view = net.preprocessing
    component("inference/stream")(
        key=KEY,
        data={
            "address": f"{base()}stream/{viewers.show(viewer)}",
            "setting": f"{shown} {[look.net.id for look in looks]}",
            "columns": [
                {
                    "title": look.title,
                    "doubt": doubt(look.net, look.net.calibration).replace("**", "") if look.net.calibration else "",
                }
                for look in looks
            ],
            "side": min(FRAME_SIDE, max(SIDE, *(look.net.preprocessing.resize for look in looks))),
            "share": 1 if view.detail else view.crop / view.resize,
            "kept": KEPT_SIDE,
            "gallery": [f"{base()}samples/{sample.id}.jpg" for sample in SAMPLES],
            "frozen": is_frozen(),
            "labels": _labels(net, shown),
        },
        on_frozen_change=_freeze,
        on_resumed_change=_resume,
    )
    if not is_frozen():
        show_worth(net)


def is_frozen() -> bool:
    """Whether a frame is kept as a picture."""
    return FROZEN in st.session_state


def _choose_looks(net: Net, shown: str) -> tuple[Look, ...]:
    """The controls that say how frames are looked at."""
    widgets.segmented(SHOWS, shown, _("Show of the stream"), {name: _(title) for name, title in SHOWN.items()})
    if shown in HEATS:
        return (Look(net, method=shown),)
    if shown == "seen":
        return (Look(net, shows_seen=True),)
    if shown == "maps":
        titles = {place.name: place_title(place) for place in places(net.architecture)}
        parameter = OneOf("layer", titles, next(iter(titles)))
        layer = read(parameter)
        widgets.select(parameter, layer, _("Layer"), titles, key="streamed layer")
        return (Look(net, layer=layer),)
    if shown == "knockout":
        blocks = switchable(net.architecture)
        if not blocks:
            st.info(no_switches())
            return (Look(net),)
        off = choose_deleted(net, blocks)
        title = _("{net}, {count} of its {all} blocks off", net=net.title, count=len(off), all=len(blocks))
        return Look(net, _("{net}, whole", net=net.title)), Look(net, title, off=off)
    if shown == "nets":
        others = {each.id: each.title for each in catalogue().nets.values() if is_usable(each) and each.id != net.id}
        parameter = OneOf("beside", others, next(iter(others)))
        beside = read(parameter)
        widgets.select(parameter, beside, _("Second network"), others)
        return tuple(Look(each, each.title) for each in (net, catalogue().nets[beside]))
    return (Look(net),)


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


def _labels(net: Net, shown: str) -> dict[str, str]:
    return {
        "camera": _("Camera"),
        "window": _("A window or the screen"),
        "file": _("A video file"),
        "gallery": _("Gallery, moving"),
        "visible": _("A window or the screen is shared only while this page stays visible next to it."),
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
        "quiet": _("The server hasn't answered for a few seconds. It will continue automatically."),
        "elsewhere": _("The stream goes on in another tab."),
        "full": _("Too many are waiting to stream. Try again in a few minutes."),
        "silent": _("No frames arrived for a while, so the stream was ended."),
        "unplugged": _("The camera has stopped. Check that it is connected and allowed, then start it again."),
        "unshared": _("Sharing was ended."),
        "hidden": _("Sharing ended because this page was hidden. Keep it visible next to what you share."),
        "fault": _("That went wrong on our side; the next frame is tried."),
        "before": _("In line: {before} before you. Each has a minute; yours begins by itself."),
        "lecturer": _(
            "The lecturer is streaming, without a time limit. In line: {before} before you; your turn begins by itself."
        ),
        "left": _("Others are waiting: {left} s left of your minute."),
        "answers": _("Most probable classes, now"),
        "history": _(
            "The five classes' probabilities over the last {seconds} seconds; a line breaks where its class was not"
            " among the five."
        ),
        "heat": _(
            "{method} for the most probable class: from dark, nothing, to bright, the most in this frame. Means over"
            " squares of the picture.",
            method=_(SHOWN[shown]),
        ),
        "seen": caption_of_seen(net),
        "maps": _(
            "The layer's first {count} channels, each from its smallest (dark) to its largest value in this frame,"
            " with 0 in the range. Click or tap one, or use the arrow keys, to enlarge it."
        ),
        "now": _("now"),
        "ago": _("{seconds} s ago"),
        "measured": _("{rate} frames/s · {milliseconds} ms in the net · {latency} ms from frame to answer · {device}"),
    }
