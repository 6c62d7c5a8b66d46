"""Arithmetic under a click: one number of the opened block, with everything it is computed from."""

from functools import singledispatch
from typing import Any

import streamlit as st

from resnet_edu.nets.layers import Add
from resnet_edu.nets.operations import Operation, Role
from resnet_edu.nets.outline import Place
from resnet_edu.ui.inference.code import task_code
from resnet_edu.ui.inference.measured import up_to_here
from resnet_edu.ui.inference.places import place_title
from resnet_edu.ui.shared import block_diagram
from resnet_edu.ui.shared.asking import ask
from resnet_edu.ui.shared.encoded import floats, text
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.pictures import reproducible_path
from resnet_edu.ui.shell import frame
from resnet_edu.ui.text.language import _, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import NumberRow, OneOf, read
from resnet_edu.vision.arithmetic import (
    Activated,
    Carried,
    Largest,
    Normalised,
    Products,
    Summed,
    Terms,
    Worked,
    WorkOut,
    operations_of,
    shapes_in,
)
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.image import Picture

NO_UNIT = (0, 0, 0)


def show(net: Net, picture: Picture, place: Place) -> None:
    """Show the operations of the chosen place, the map of one of them, and how one number in it is computed."""
    frame.heading(_("Arithmetic under a click"), "arithmetic")
    operations = operations_of(net.architecture, place.name)
    if not operations:
        st.markdown(
            _("This layer's operations can't be followed one by one: choose a block of a residual or plain net.")
        )
        return
    shapes = shapes_in(net.architecture, net.preprocessing.crop)
    name = read(OneOf("operation", [each.name for each in operations], _most_telling(operations)))
    most = shapes[name]
    unit = read(NumberRow("unit", (1, 1, 1), most, NO_UNIT))
    channel, row, column = (int(each) - 1 for each in unit)
    asked = None if unit == NO_UNIT else (channel, row, column)
    worked = ask(WorkOut(net, picture, place.name, name, asked), "arithmetic")
    if worked is None:
        return
    chosen = next(each for each in operations if each.name == name)
    widgets.component(
        "inference/arithmetic",
        key="arithmetic",
        data={
            "key": f"{net.id} {picture.sha256} {name} {worked.unit}",
            "operations": [_button(each, place) for each in operations],
            "chosen": name,
            "unit": [each + 1 for each in worked.unit],
            "channels": worked.channels,
            "width": worked.map.shape[1],
            "map": floats(worked.map),
            "value": worked.value,
            "terms": _terms(worked.terms),
            "labels": _labels(worked, chosen, place),
        },
        url={"choice": _changes},
    )
    code = task_code(net.id, reproducible_path(), "WorkOut", place.name, name, worked.unit)
    below("arithmetic", marks().titled(_("Arithmetic under a click"), net.title, name), code)
    with frame.about():
        st.caption(up_to_here(worked.milliseconds))


def _most_telling(operations: tuple[Operation, ...]) -> str:
    """Return the name of the addition if there is one, else of the first operation."""
    return next((each.name for each in operations if isinstance(each.layer, Add)), operations[0].name)


def _changes(choice: dict[str, Any]) -> dict[str, object]:
    unit = choice["unit"]
    return {"operation": choice["operation"], "unit": ",".join(map(str, unit)) if unit else None}


def _button(operation: Operation, place: Place) -> dict[str, Any]:
    words = block_diagram.describe(operation.layer)
    return {
        "name": operation.name,
        "title": "+" if words.kind == "add" else words.title,
        "shortcut": operation.role is Role.SHORTCUT,
        "kind": words.kind,
        "said": marks().titled(operation.name.removeprefix(f"{place.name}."), words.title),
    }


@singledispatch
def _terms(terms: Terms) -> dict[str, Any]:
    raise TypeError(terms)


@_terms.register
def _products(terms: Products) -> dict[str, Any]:
    return {
        "kind": "products",
        "side": terms.kernel.shape[-1],
        "window": floats(terms.window),
        "kernel": floats(terms.kernel),
        "bias": terms.bias,
        "first": terms.first,
        "filters": text(terms.filters),
        "columns": terms.columns,
    }


@_terms.register
def _normalised(terms: Normalised) -> dict[str, Any]:
    fields = ("x", "mean", "variance", "gamma", "beta", "eps", "scale", "shift")
    return {"kind": "normalised"} | {name: getattr(terms, name) for name in fields}


@_terms.register
def _activated(terms: Activated) -> dict[str, Any]:
    return {"kind": "activated", "x": terms.x, "activation": terms.activation}


@_terms.register
def _summed(terms: Summed) -> dict[str, Any]:
    return {"kind": "summed", "residual": terms.residual, "shortcut": terms.shortcut}


@_terms.register
def _largest(terms: Largest) -> dict[str, Any]:
    return {"kind": "largest", "side": terms.window.shape[-1], "window": floats(terms.window)}


@_terms.register
def _carried(terms: Carried) -> dict[str, Any]:
    return {"kind": "carried", "x": terms.x, "source": [each + 1 for each in terms.source] if terms.source else None}


def _labels(worked: Worked, chosen: Operation, place: Place) -> dict[str, str]:
    return {
        "group": _("Operations of {layer}", layer=place_title(place)),
        "lane": _("On the shortcut"),
        "map": _("The map that this operation gives; choose a position with the arrow keys"),
        "channel": _("Map"),
        "of": _("of {channels}", channels=worked.channels),
        "position": _("row {row}, column {column}"),
        "hint": _("Click or tap a position: its arithmetic appears with the map."),
        "sentence": block_diagram.describe(chosen.layer).sentence,
        "window": _("what it sees"),
        "kernel": _("its weights"),
        "products": _("products"),
        "input": _("Input map {channel}"),
        "adds": _("adds up to {sum}"),
        "all": _("All {count} input maps: what each adds"),
        "sheet": _("The filter as its {count} inputs see it; choose an input map with the arrow keys"),
        "filters": _("All filters of the first layer as pictures; choose one with the arrow keys"),
        "filtersTold": _("The first layer's {count} filters as pictures: grey is 0."),
        "total": _("Sum over all {count} input maps"),
        "bias": _("bias"),
        "value": _("in the map"),
        "mean": _("mean {value} and variance {variance} of this channel in training, γ = {gamma}, β = {beta}"),
        "two": _("Two numbers are left: multiply by {scale}, add {shift}."),
        "residual": _("F(x), from the block's own layers"),
        "shortcut": _("x, by the shortcut"),
        "largest": _("The largest number of the window"),
        "carried": _("Map {channel} of the input, row {row}, column {column}, as it was."),
        "zero": _("A new channel: option A fills it with zeros."),
        "negative": _("Negative, so ReLU makes it 0."),
        "positive": _("Positive, so ReLU leaves it as it is."),
        "legend": _("Orange: negative, white: 0, blue: positive; each picture over its own range."),
    }
