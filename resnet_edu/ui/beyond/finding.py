"""Boxes and masks: what torchvision's detectors and segmentation nets find in the reader's picture."""

from typing import Any

import numpy as np
import streamlit as st
from PIL import Image
from torch import Tensor

from resnet_edu.colours import AMBER, BLUE, GREEN, ORANGE, PINK, SKY
from resnet_edu.errors import mark
from resnet_edu.nets.detectors import NETS
from resnet_edu.ui.components import component
from resnet_edu.ui.shared.asking import ask
from resnet_edu.ui.shared.code import picture_code
from resnet_edu.ui.shared.encoded import data_url, photo_url
from resnet_edu.ui.shared.engines import engine
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.pictures import reproducible_path
from resnet_edu.ui.shell import frame
from resnet_edu.ui.text.language import _, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Nearest, OneOf, read
from resnet_edu.vision.detectors import Detector, detectors
from resnet_edu.vision.find import LEAST, PUBLISHED, Find, Scene, Thing, extent
from resnet_edu.vision.image import Picture

OFF = "off"
FINDER = OneOf("finder", (OFF, *NETS), OFF)
SHORTER = Nearest("shorter", (256, 512, 800), 512)
SCORE = OneOf("score", (LEAST, 0.5, 0.7, 0.9), 0.5)
COLOURS = (AMBER, SKY, PINK, GREEN, ORANGE, BLUE)
OPACITY = 0.5
METRICS = {
    "box_map": mark("box AP {value}"),
    "mask_map": mark("mask AP {value}"),
    "miou": mark("mean IoU {value}"),
    "pixel_acc": mark("{value}% of the pixels"),
}
CODE = """\
{imports}
from resnet_edu.nets.detectors import NETS
from resnet_edu.vision.detectors import detector
from resnet_edu.vision.find import Find

picture = {picture}
for thing in Find(detector(NETS["{net}"]), picture, side={side}).compute().things:
    print(f"{{thing.name:14}} {{thing.score:4.0%}}", [round(end) for end in thing.box])
"""


def show(picture: Picture) -> None:
    """Offer the nets that are on this machine, say what could be fetched, and show what the chosen one finds."""
    found = detectors()
    here = {name: each for name, each in found.items() if each.is_ready}
    frame.intro("finding")
    name, side, least = read(FINDER), read(SHORTER), read(SCORE)
    if here:
        titles = {OFF: _("none"), **{each.id: each.title for each in here.values()}}
        widgets.segmented(FINDER, name if name in titles else OFF, _("Find with"), titles)
    if name in here:
        _settings(here[name], side, least)
        _show_found(here[name], picture, side, least)
    elif name != OFF:
        st.info(_("{net} is not on this machine.", net=found[name].title))
    if missing := [each for each in found.values() if not each.is_ready]:
        _offer(missing)


def _settings(detector: Detector, side: int, least: float) -> None:
    left, right = st.columns(2)
    with left:
        widgets.segmented(
            SHORTER, side, _("Shorter side, px"), {each: _("{pixels} px", pixels=each) for each in SHORTER.options}
        )
    with right:
        if detector.spec.finds_boxes:
            widgets.segmented(SCORE, least, _("Score at least"), {each: f"≥ {each:.0%}" for each in SCORE.options})


def _show_found(detector: Detector, picture: Picture, side: int, least: float) -> None:
    scene = ask(Find(detector, picture, side), "found", _("{net} is looking", net=detector.title))
    if scene is None:
        return
    boxes = detector.spec.finds_boxes
    things = [each for each in scene.things if each.score >= least or not boxes]
    component("beyond/found")(key="detection-found", data=_drawn(scene, things, boxes))
    code = CODE.format(**picture_code(reproducible_path()), net=detector.id, side=side)
    below("detection-found", _("What {net} finds", net=detector.title), code)
    if not things:
        st.info(_("Nothing that it knows, at this score. It knows {count} things.", count=_known(detector)))
    with frame.about():
        st.caption(_measured(detector, scene))


def _drawn(scene: Scene, things: list[Thing], boxes: bool) -> dict[str, Any]:
    """Return what the drawing needs; a region's box says less than its pixels and is left out."""
    names = list(dict.fromkeys(each.name for each in things))
    colours = {name: COLOURS[at % len(COLOURS)] for at, name in enumerate(names)}
    return {
        "picture": photo_url(scene.seen),
        "size": scene.seen.size,
        "things": [
            {
                "name": _(each.name),
                "score": f"{each.score:.0%}",
                "box": each.box,
                "boxed": boxes,
                "colour": colours[each.name],
                "mask": None if each.mask is None else _tinted(each.mask, colours[each.name]),
            }
            for each in things
        ],
        "labels": {
            "title": _("In the picture: {things}.", things=marks().listed(map(_in_words, things)))
            if things
            else _("Nothing was found in the picture."),
        },
    }


def _in_words(thing: Thing) -> str:
    left, top, right, bottom = (round(end) for end in thing.box)
    place = _("from ({left}, {top}) to ({right}, {bottom})", left=left, top=top, right=right, bottom=bottom)
    return f"{_(thing.name)} {thing.score:.0%} {place}"


def _tinted(mask: Tensor, colour: str) -> dict[str, Any] | None:
    """Return the mask as a translucent picture of its extent, and where that lies; None if the mask is empty."""
    if not bool(mask.any()):
        return None
    left, top, right, bottom = (int(end) for end in extent(mask))
    inside = mask[top:bottom, left:right].numpy()
    pixels = np.zeros((*inside.shape, 4), dtype=np.uint8)
    pixels[inside] = (*bytes.fromhex(colour.removeprefix("#")), round(255 * OPACITY))
    place = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return {"picture": data_url(Image.fromarray(pixels)), "place": place}


def _known(detector: Detector) -> int:
    return len(set(detector.classes[1:]) - {"N/A"})


def _measured(detector: Detector, scene: Scene) -> str:
    """Say where and how long it took, and what torchvision measured at which scale."""
    ((data, measured),) = detector.spec.weights.meta["_metrics"].items()
    scores = marks().listed(_(METRICS[name], value=value) for name, value in measured.items())
    return _(
        "{device} · {milliseconds:,.0f} ms, measured. torchvision's figures for {net} on {data}: {scores}, with a"
        " shorter side of {side} pixels.",
        device=f"{scene.device_type.upper()} · {engine().device_name}",
        milliseconds=scene.milliseconds,
        net=detector.title,
        data=data,
        scores=scores,
        side=PUBLISHED[detector.spec.finds_boxes],
    )


def _offer(missing: list[Detector]) -> None:
    """Say what could be fetched, and how; a page fetches nothing by itself."""
    st.markdown(_("Not on this machine. Whoever runs the server can fetch these from torchvision:"))
    commands = [f"python -m resnet_edu weights fetch {each.id}" for each in missing]
    sizes = [f"# {each.title}{marks().colon}{each.size / 2**20:.0f} MiB" for each in missing]
    st.code("\n".join(line for pair in zip(sizes, commands, strict=True) for line in pair), language="bash")
