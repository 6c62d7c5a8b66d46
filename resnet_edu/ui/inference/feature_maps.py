"""The feature-map view: the whole net, a layer's maps, one map over the picture, and what moves a unit."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from resnet_edu.ui.components.pane import fragment, keyed
from resnet_edu.ui.inference import arithmetic, inside_block, journey
from resnet_edu.ui.inference.code import task_code
from resnet_edu.ui.inference.places import place_title
from resnet_edu.ui.shared.asking import ask
from resnet_edu.ui.shared.encoded import data_url, floats, text
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.pictures import reproducible_path
from resnet_edu.ui.shell import frame
from resnet_edu.ui.text.language import _, lesson, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import parameters
from resnet_edu.ui.url.query import Between, OneOf, read
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.effective_field import EffectiveField, MeasureField
from resnet_edu.vision.feature_maps import LayerFacts, LookAt, Maps, Survey, SurveyLayers
from resnet_edu.vision.image import Picture

SORT = OneOf("sort", ("index", "mean", "variance"), "index")
SCALE = OneOf("scale", ("channel", "layer", "net"), "channel")
STRENGTH = Between("strength", 0, 100, 70)


@dataclass(frozen=True)
class ChosenMaps:
    """The setting in the URL. Channel, row and column count from 1; without ``at`` the channel's peak is used."""

    layer: LayerFacts
    channel: int
    at: tuple[int, int] | None
    strength: int
    sort: str
    scale: str

    def unit(self, maps: Maps) -> tuple[int, int, int]:
        """Return channel, row and column, counted from 1."""
        if self.at:
            return (self.channel, *self.at)
        row, column = divmod(int(maps.peak[self.channel - 1]), maps.shape[2])
        return self.channel, row + 1, column + 1


def show_feature_maps(net: Net, picture: Picture) -> None:
    """Show the view as a fragment, so that its controls redraw only the view."""
    fragment(_draw_view)(net, picture)


def _draw_view(net: Net, picture: Picture) -> None:
    survey = ask(SurveyLayers(net, picture), "survey")
    if survey is None:
        return
    layers = {layer.place.name: layer for layer in survey.layers}
    layer = layers[read(OneOf("layer", layers, survey.layers[0].place.name))]
    with st.container(key=keyed("walk")):
        journey.show(net, picture, layer.place.name, _layer_changes)
        arithmetic.show(net, picture, layer.place)
    heading = _("The layer's maps")
    frame.heading(heading, "maps")
    maps = ask(LookAt(net, picture, layer.place.name), "maps")
    if maps is None:
        return
    chosen = _chosen(layer, maps)
    seen = data_url(survey.seen)
    figure = st.container()
    unit = chosen.unit(maps)
    effective = ask(MeasureField(net, picture, layer.place.name, *(each - 1 for each in unit)), "effective field")
    with figure:
        _choose_looks(chosen)
        key = f"{net.id} {picture.sha256} {layer.place.name}"
        _draw(key, survey, seen, chosen, maps, effective)
        title = marks().titled(heading, net.title, place_title(layer.place))
        below("feature_maps", title, task_code(net.id, reproducible_path(), "LookAt", layer.place.name))
    inside_block.show(net, picture, survey, layer.place, chosen.channel)
    st.markdown(lesson("feature-maps"))


def _layer_changes(layer: str) -> dict[str, object]:
    """Return the changes for another layer, which has other channels and positions."""
    return {"layer": layer} | dict.fromkeys(("channel", "at", "operation", "unit"))


def _chosen(layer: LayerFacts, maps: Maps) -> ChosenMaps:
    channels, height, width = layer.shape
    liveliest = int(maps.variance.argmax()) + 1
    return ChosenMaps(
        layer,
        channel=read(Between("channel", 1, channels, liveliest)),
        at=_position(height, width),
        strength=read(STRENGTH),
        sort=read(SORT),
        scale=read(SCALE),
    )


def _position(height: int, width: int) -> tuple[int, int] | None:
    """Read ``at=ROW-COLUMN``; None stands for the position where the channel responds most."""
    if "at" not in parameters():
        return None
    known = [f"{row}-{column}" for row in range(1, height + 1) for column in range(1, width + 1)]
    found = read(OneOf("at", known, ""))
    if not found:
        return None
    row, _dash, column = found.partition("-")
    return int(row), int(column)


def _choose_looks(now: ChosenMaps) -> None:
    sorts = {"index": _("Number"), "mean": _("Mean"), "variance": _("Variance")}
    scales = {"channel": _("Each map"), "layer": _("The layer"), "net": _("The whole net")}
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            st.markdown(_("**Sorted by**"), width="content")
            widgets.segmented(SORT, now.sort, _("Maps sorted by"), sorts)
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            st.markdown(_("**One colour scale for**"), width="content")
            widgets.segmented(SCALE, now.scale, _("One colour scale for"), scales)


def _draw(
    key: str,
    survey: Survey,
    seen: str,
    chosen: ChosenMaps,
    maps: Maps,
    effective: EffectiveField | None,
) -> None:
    layer = chosen.layer
    widgets.component(
        "inference/feature_maps",
        key="feature_maps",
        data={
            "key": key,
            "shape": list(maps.shape),
            "picture": text(maps.picture),
            "columns": maps.columns,
            **{name: floats(getattr(maps, name)) for name in ("low", "high", "mean", "variance", "peak")},
            "signed": layer.low < 0,
            "ranges": {"layer": [layer.low, layer.high], "net": [survey.low, survey.high]},
            "seen": seen,
            "side": survey.seen.width,
            "field": {"size": layer.field.size, "stride": layer.field.stride, "start": layer.field.start},
            "unit": {"channel": chosen.channel, "at": list(chosen.at) if chosen.at else None},
            "strength": chosen.strength,
            "sort": chosen.sort,
            "scale": chosen.scale,
            "effective": _effective(effective, chosen.unit(maps), layer),
            "labels": _labels(maps.shape),
        },
        url={"unit": _unit_changes, "strength": STRENGTH},
    )
    with frame.about():
        st.caption(
            _(
                "Forward pass up to here {milliseconds:.1f} ms, measured; the maps are kept with 256 steps each.",
                milliseconds=maps.milliseconds,
            )
        )
        if effective:
            st.caption(
                _("Gradient of the chosen value: {milliseconds:.0f} ms, measured.", milliseconds=effective.milliseconds)
            )


def _unit_changes(unit: dict[str, Any]) -> dict[str, object]:
    return {"channel": unit["channel"], "at": "{}-{}".format(*unit["at"]) if unit["at"] else None}


def _effective(measured: EffectiveField | None, unit: tuple[int, int, int], layer: LayerFacts) -> dict[str, Any] | None:
    if measured is None:
        return None
    return {
        "unit": list(unit),
        "picture": text(measured.picture),
        "silent": measured.is_silent,
        "text": _(
            "In theory {theory} × {theory} pixels, in effect about {effect:.0f} × {effect:.0f}.",
            theory=layer.field.size,
            effect=measured.size,
        ),
    }


def _labels(shape: tuple[int, int, int]) -> dict[str, Any]:
    return {
        "montage": _("All maps of this layer; choose one with the arrow keys"),
        "map": _("The map over the picture; choose a position with the arrow keys"),
        "channel": _("Map"),
        "of": _("of"),
        "mean": _("mean"),
        "variance": _("variance"),
        "hint": _("Click or tap a map, or walk with the arrow keys."),
        "unit": _("Row / column"),
        "point": _("Click or tap a position to see which pixels it can see (large frame)."),
        "strength": _("Overlay"),
        "effective": _("Which pixels really move this value"),
        "enlarged": _("Enlarged: {side} × {side} pixels around it."),
        "explained": _(
            "Frame: the receptive field in theory. Colour: how strongly each pixel moves the value, |gradient| from 0"
            " (dark) to its largest (yellow). In effect: the pixels above 4.55% of the largest, as a square"
            " (Luo et al. 2016)."
        ),
        "silent": _("This value is 0 behind its ReLU: no pixel moves it. Choose a brighter one."),
        "measuring": _("Being measured …"),
        "scales": {
            "channel": _("This map's own range; every map has its own."),
            "layer": _("One range for all {channels} maps of this layer.", channels=shape[0]),
            "net": _("One range for all layers of the net."),
        },
    }
