"""A picture's way through the net: the whole net in one view, from the pixels to the answer."""

from functools import partial
from typing import Any

import streamlit as st

from resnet_edu.figures.top_classes import top_classes
from resnet_edu.measure.receptive_field import ReceptiveField
from resnet_edu.nets.operations import Role
from resnet_edu.nets.outline import Place, family
from resnet_edu.ui.inference.class_names import class_name
from resnet_edu.ui.inference.code import task_code
from resnet_edu.ui.inference.measured import whole_net
from resnet_edu.ui.inference.places import place_title
from resnet_edu.ui.shared.asking import ask
from resnet_edu.ui.shared.encoded import data_url, text
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.pictures import reproducible_path
from resnet_edu.ui.shell import frame
from resnet_edu.ui.text.language import _, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Several, read
from resnet_edu.vision.arithmetic import operations_of
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.image import Picture
from resnet_edu.vision.journey import FollowPicture, Journey, Waypoint
from resnet_edu.vision.knocked_out import switchable


def show(net: Net, picture: Picture, chosen: str | None, changes: widgets.Changes) -> None:
    """Show every layer's strongest map; blocks that ``off`` in the URL deletes are dimmed.

    A click on a layer writes ``changes`` of its name into the URL.
    """
    title = _("A picture's way through the net")
    frame.heading(title, "walk")
    deleted = frozenset(read(Several("off", switchable(net.architecture))))
    journey = ask(FollowPicture(net, picture, deleted), "journey", title)
    if journey is None:
        return
    widgets.component(
        "inference/journey",
        key="journey",
        data={
            "key": journey.prediction.key,
            "family": family(net.architecture),
            "seen": data_url(journey.prediction.seen),
            "stages": _stages(net, journey),
            "top": top_classes(journey.prediction, partial(class_name, net)),
            "chosen": chosen,
            "labels": {
                "group": _("Layers of the net"),
                "input": _("What the net sees"),
                "answer": _("Its answer"),
                "field": _("The picture; a frame of {size} × {size} pixels is what a value sees"),
                "fold": _("{count} more"),
                "unfold": _("Show {count} more blocks"),
                "off": _("switched off: F = 0, its shortcut's map"),
                "choose": _("Choose a layer to open it; arrow keys walk."),
                "legend": _(
                    "Each picture: the layer's map that varies most, from 0 (dark) to its largest value (yellow);"
                    " where a map has negative values, orange to blue around white. Arcs: shortcuts, dashed where the"
                    " shape changes. Frames: what one value in the middle sees of the picture."
                ),
            },
        },
        url={"layer": changes},
    )
    code = task_code(net.id, reproducible_path(), "FollowPicture", deleted)
    below("journey", marks().titled(title, net.title), code)
    told = whole_net(journey.prediction.milliseconds)
    if deleted:
        off = _("Switched off here: {count}. What opens below is of the whole net.", count=len(deleted))
        told = marks().sentences((off, told))
    with frame.about():
        st.caption(told)


def _stages(net: Net, journey: Journey) -> list[dict[str, Any]]:
    stages: list[dict[str, Any]] = []
    side = journey.prediction.seen.width
    for stop in journey.stops:
        if not stages or stages[-1]["stage"] != stop.place.stage:
            title = _("Stage {stage}", stage=stop.place.stage) if stop.place.stage else _("Stem")
            stages.append({"stage": stop.place.stage, "title": title, "layers": []})
        channels, height, width = stop.map.shape
        stages[-1] |= {
            "side": width,
            "facts": _("{channels} maps, {height} × {width}", channels=channels, height=height, width=width),
            "sees": _sees(stop.field, side),
            "field": [min(max(edge, 0), side) / side for edge in stop.field.window(height // 2)],
            "size": stop.field.size,
        }
        stages[-1]["layers"].append(_layer(net, stop, side))
    return stages


def _layer(net: Net, stop: Waypoint, side: int) -> dict[str, Any]:
    place = stop.place
    channels, height, width = stop.map.shape
    shape = _("{channels} maps of {height} × {width}", channels=channels, height=height, width=width)
    strongest = _("strongest: map {channel}", channel=stop.map.channel + 1)
    stride = _("stride {stride}", stride=stop.field.stride)
    return {
        "name": place.name,
        "label": _label(place),
        "title": place_title(place),
        "facts": f"{shape} · {strongest} · {_field_text(stop.field, side)} · {stride}",
        "picture": text(stop.map.picture),
        "low": stop.map.low,
        "high": stop.map.high,
        "width": width,
        "arc": _arc(net, place),
        "off": stop.off,
    }


def _arc(net: Net, place: Place) -> str:
    """Return the style of the shortcut around a block: solid for the identity, dashed if it changes the shape."""
    if not (place.branches and place.branches.adds):
        return ""
    changed = any(operation.role is Role.SHORTCUT for operation in operations_of(net.architecture, place.name))
    return "dashed" if changed else "solid"


def _label(place: Place) -> str:
    if place.block:
        return str(place.block)
    if place.name.startswith("transition"):
        return "→"
    return {"stem": _("conv"), "pool": _("pool")}.get(place.name, "∪")


def _sees(field: ReceptiveField, side: int) -> str:
    if field.size > side:
        return _("sees the whole picture")
    return _("sees {size} × {size} pixels", size=field.size)


def _field_text(field: ReceptiveField, side: int) -> str:
    """Say how many pixels a value sees."""
    if field.size > side:
        return _(
            "receptive field {size} × {size} pixels, more than the picture's {side} × {side}",
            size=field.size,
            side=side,
        )
    return _("receptive field {size} × {size} pixels", size=field.size)
