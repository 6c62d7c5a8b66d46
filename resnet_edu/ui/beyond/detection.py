"""Why a detector takes four stages: C2 to C5 over the reader's picture, the pyramid's sums, and the ResNet's share."""

import streamlit as st
from PIL import Image, ImageOps

from resnet_edu.figures.backbones import backbone_bars, grid_over
from resnet_edu.measure.backbones import NETS, PYRAMID_CHANNELS, Level, levels, pyramid_sums, weighed
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.pictures import choose_picture, invite
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _, large, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import OneOf, Query, note_mended

SIDE = 512
MILLION = 1e6
OBJECTS = (16, 64, 256)
LEVEL = OneOf("level", ("C2", "C3", "C4", "C5"), "C4")
LEVELS_CODE = """\
from resnet_edu.measure.backbones import levels, pyramid_sums

for level in levels():
    covered = [level.covered(pixels) for pixels in (16, 64, 256)]
    print(level.name, level.field.stride, level.side(512), level.field.size, covered)
print(pyramid_sums(512))
"""
WEIGHED_CODE = """\
from resnet_edu.measure.backbones import NETS, weighed

for name in NETS:
    net = weighed(name)
    print(f"{net.title:14} {net.total:12,} parameters, {net.share:.0%} in the ResNet-50")
"""


def show_levels() -> None:
    """Draw a map's grid and receptive field over the reader's picture, and objects of three sizes."""
    picture = choose_picture()
    if picture is None:
        invite()
        return
    query = Query()
    name = query.read(LEVEL)
    note_mended(query.mended)
    widgets.segmented(LEVEL, name, _("Map"), {each.name: each.name for each in levels()})
    level = next(each for each in levels() if each.name == name)
    left, right = st.columns([5, 6], gap="large")
    with left:
        image = ImageOps.fit(picture.image, (SIDE, SIDE), Image.Resampling.LANCZOS)
        figure = grid_over(image, level.field.stride, level.field.size, OBJECTS, is_dark())
        chart(figure, "detection-levels", _in_words(level))
        below("detection-levels", _("The maps that a detector takes"), LEVELS_CODE, "Lin et al. 2016")
    with right:
        st.markdown(_table())
        st.caption(
            _(
                "A ResNet-50's stages on a picture of {side} × {side} pixels. White: the map's positions; dashed:"
                " what the middle one can see, cut off at the picture's edge; solid: objects of {objects} pixels.",
                side=SIDE,
                objects=marks().listed(map(str, OBJECTS)),
            )
        )
        st.markdown(_pyramid())


def _table() -> str:
    head = [
        _("Map"),
        _("Stride"),
        _("Positions"),
        _("Channels"),
        _("Receptive field"),
        *(_("{pixels} px cover", pixels=pixels) for pixels in OBJECTS),
    ]
    rows = [
        [
            each.name,
            str(each.field.stride),
            f"{each.side(SIDE)} × {each.side(SIDE)}",
            f"{each.channels:,}",
            f"{each.field.size} px",
            *(f"{each.covered(pixels):g} × {each.covered(pixels):g}" for pixels in OBJECTS),
        ]
        for each in levels()
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] + ["---:"] * (len(head) - 1), *rows))


def _pyramid() -> str:
    sums = pyramid_sums(SIDE)
    said = marks().listed(f"{name} {count:,}" for name, count in sums.items())
    return _(
        "**The feature pyramid adds, as a shortcut does.** C2 to C5 each go through a 1 × 1 convolution to {channels}"
        " channels; then every map adds the one above it, enlarged twice: P = conv(C) + enlarged(P above). Additions:"
        " {sums}; {total} together. So the fine maps learn what the coarse ones have recognised.",
        channels=PYRAMID_CHANNELS,
        sums=said,
        total=f"{sum(sums.values()):,}",
    )


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
    nets = [weighed(name) for name in NETS]
    parts = [
        (_("ResNet-50"), [net.backbone for net in nets]),
        (_("feature pyramid"), [net.pyramid for net in nets]),
        (_("heads"), [net.heads for net in nets]),
    ]
    said = marks().listed(f"{net.title} {large(net.total)}, {net.share:.0%}" for net in nets)
    axis = _("Parameters, millions")
    figure = backbone_bars([net.title for net in nets], parts, axis, MILLION, is_dark())
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
