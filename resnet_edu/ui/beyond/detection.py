"""Why a detector takes four stages: C2 to C5 over the reader's picture, the pyramid's sums, and the ResNet's share."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st
from PIL import Image, ImageOps

from resnet_edu.figures.backbones import backbone_bars
from resnet_edu.measure.backbones import PYRAMID_CHANNELS, Level, levels, pyramid_sums, weighed
from resnet_edu.nets.detectors import NETS
from resnet_edu.ui.components import component
from resnet_edu.ui.shared.encoded import photo_url
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell import frame, lecture
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _, axis_unit, large, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import OneOf, read
from resnet_edu.vision.image import Picture

SIDE = 512
OBJECTS = (16, 64, 256)
LEVEL = OneOf("level", ("C2", "C3", "C4", "C5"), "C4")
LEVELS_CODE = """\
from resnet_edu.measure.backbones import levels

for level in levels():
    covered = [level.covered(pixels) for pixels in (16, 64, 256)]
    print(level.name, level.field.stride, level.side(512), level.field.size, covered)
"""
PYRAMID_CODE = """\
from resnet_edu.measure.backbones import pyramid_sums

for name, additions in pyramid_sums(512).items():
    print(f"{name}: {additions:,} additions")
"""
WEIGHED_CODE = """\
from resnet_edu.measure.backbones import weighed
from resnet_edu.nets.detectors import NETS

for name in NETS:
    net = weighed(name)
    print(f"{net.title:14} {net.total:12,} parameters, {net.share:.0%} in the ResNet-50")
"""


def show_levels(picture: Picture) -> None:
    """Draw a map's grid and receptive field over the reader's picture, and objects of three sizes."""
    name = read(LEVEL)
    widgets.segmented(LEVEL, name, _("Map"), {each.name: each.name for each in levels()})
    level = next(each for each in levels() if each.name == name)
    left, right = st.columns([5, 6], gap="large")
    with left:
        component("beyond/levels")(key="detection-levels", data=_over(picture.image, level))
        below("detection-levels", _("The maps that a detector takes"), LEVELS_CODE, "Lin et al. 2016")
    with right:
        st.html(_table(level))
        st.caption(
            _(
                "A ResNet-50's stages on a picture of {side} × {side} pixels. White: the map's positions; dashed:"
                " what the middle one can see, cut off at the picture's edge; solid: objects of {objects} pixels. In"
                " the table, 32² are 32 × 32 positions.",
                side=SIDE,
                objects=marks().listed(map(str, OBJECTS)),
            )
        )
        if not lecture.here():
            frame.link("inference", _("Measure how much of a receptive field counts"), {"show": "inside"})


def _over(image: Image.Image, level: Level) -> dict[str, Any]:
    """Return what the drawing of a map over a picture needs."""
    return {
        "picture": photo_url(ImageOps.fit(image, (SIDE, SIDE), Image.Resampling.LANCZOS)),
        "name": level.name,
        "side": SIDE,
        "stride": level.field.stride,
        "field": level.field.size,
        "objects": OBJECTS,
        "labels": {
            "title": _in_words(level),
            "field": _("sees {pixels} px", pixels=level.field.size),
            "objects": [_("{pixels} px", pixels=each) for each in OBJECTS],
        },
    }


def _table(chosen: Level) -> str:
    """Set the maps side by side, and mark the chosen one."""
    rows = [
        (_("Stride, px"), [str(each.field.stride) for each in levels()]),
        (_("Positions"), [f"{each.side(SIDE)}²" for each in levels()]),
        (_("Channels"), [f"{each.channels:,}" for each in levels()]),
        (_("Receptive field, px"), [str(each.field.size) for each in levels()]),
        *(
            (_("object of {pixels} px", pixels=pixels), [f"{each.covered(pixels):g}²" for each in levels()])
            for pixels in OBJECTS
        ),
    ]
    marked = [' class="chosen"' if each == chosen else "" for each in levels()]
    head = "".join(f'<th scope="col"{mark}>{each.name}</th>' for each, mark in zip(levels(), marked, strict=True))
    body = "".join(
        f'<tr><th scope="row">{escape(title)}</th>'
        + "".join(f"<td{mark}>{escape(cell)}</td>" for cell, mark in zip(cells, marked, strict=True))
        + "</tr>"
        for title, cells in rows
    )
    corner = f'<th scope="col">{escape(_("Map"))}</th>'
    return f'<table class="numbers levels"><thead><tr>{corner}{head}</tr></thead><tbody>{body}</tbody></table>'


def show_pyramid() -> None:
    """Draw the feature pyramid with the additions that it takes."""
    sums = pyramid_sums(SIDE)
    total = f"{sum(sums.values()):,}"
    left, right = st.columns([5, 6], gap="large", vertical_alignment="center")
    with left:
        component("beyond/pyramid")(key="detection-pyramid", data=_drawn_pyramid(sums))
        below("detection-pyramid", _("The feature pyramid"), PYRAMID_CODE, "Lin et al. 2016")
    with right:
        frame.intro("pyramid")
        st.caption(
            _(
                "For a picture of {side} × {side} pixels; all maps of the pyramid have {channels} channels. {total}"
                " additions together.",
                side=SIDE,
                channels=PYRAMID_CHANNELS,
                total=total,
            )
        )


def _drawn_pyramid(sums: Mapping[str, int]) -> dict[str, Any]:
    rows = []
    for each in reversed(levels()):
        made, side = f"P{each.name[1:]}", each.side(SIDE)
        rows.append(
            {
                "from": [each.name, f"{each.channels:,} × {side}²"],
                "to": [made, f"{PYRAMID_CHANNELS} × {side}²"],
                "additions": _("{count:,} additions", count=sums[made]) if made in sums else "",
            }
        )
    said = marks().listed(f"{name} {count:,}" for name, count in sums.items())
    title = _("The feature pyramid, from C5 and P5 on top down to C2 and P2. Additions: {sums}.", sums=said)
    return {"rows": rows, "labels": {"title": title, "convolve": "1×1", "refine": "3×3", "enlarge": _("doubled")}}


def _in_words(level: Level) -> str:
    covered = marks().listed(f"{pixels} px {level.covered(pixels):g}" for pixels in OBJECTS)
    return _(
        "{name} over the picture: {side} × {side} positions, {stride} pixels apart; each sees {field} pixels."
        " Positions along a side of an object: {covered}.",
        name=level.name,
        side=level.side(SIDE),
        stride=level.field.stride,
        field=level.field.size,
        covered=covered,
    )


def show_weights() -> None:
    """Plot how much of each of torchvision's detectors and segmentation nets is its ResNet."""
    frame.intro("backbones")
    nets = [weighed(name) for name in NETS]
    parts = [
        (_("ResNet-50"), [net.backbone for net in nets]),
        (_("feature pyramid"), [net.pyramid for net in nets]),
        (_("heads"), [net.heads for net in nets]),
    ]
    said = marks().listed(marks().noted(f"{net.title} {large(net.total)}", f"{net.share:.0%}") for net in nets)
    axis = _("Parameters, millions")
    figure = backbone_bars([net.title for net in nets], parts, axis, axis_unit("parameters"), is_dark())
    chart(figure, "detection-weights", _("All parameters, and the share that is the ResNet-50's: {said}.", said=said))
    below("detection-weights", _("What the ResNet weighs in a detector"), WEIGHED_CODE)
    st.caption(
        _(
            "torchvision's nets with a ResNet-50, counted here. Of the ResNet's parameters, detectors keep {frozen:,}"
            " scales and shifts as they were on ImageNet; torchvision does not count those. The trained files take"
            " {files} MiB.",
            frozen=nets[0].frozen,
            files=marks().listed(f"{net.size / 2**20:.0f}" for net in nets),
        )
    )
