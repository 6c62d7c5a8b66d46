"""The attribution view: which pixels support a class, by up to four methods, and whether to trust them."""

from functools import lru_cache
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from resnet_edu.ui.components import component
from resnet_edu.ui.components.pane import fragment, keyed
from resnet_edu.ui.inference.attribution_settings import (
    OVERLAY,
    AskedMaps,
    asked,
    baseline_titles,
    check_of,
    choose_class,
    choose_details,
    choose_layer,
    choose_methods,
    layer_title,
    tell_contrast,
)
from resnet_edu.ui.inference.code import attribute_code, cams_code
from resnet_edu.ui.inference.faithfulness import show_faithfulness
from resnet_edu.ui.shared import asking
from resnet_edu.ui.shared.encoded import data_url, text
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.pictures import reproducible_path
from resnet_edu.ui.shell import frame
from resnet_edu.ui.text.language import _, lesson, marks
from resnet_edu.ui.url import widgets
from resnet_edu.vision.attribution.method import LEFT_OUT, Options, correlation
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.attribution.randomisation import Randomise, Randomised
from resnet_edu.vision.attribution.task import STAGE_METHODS, Attribute, Attribution, CamStages, limit_of
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.image import Picture
from resnet_edu.vision.predict import Predict

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
DEFAULT = " default"
LEVELS = 32767
"""Number of levels: values are sent to the browser as 16-bit fractions of the largest."""


@fragment  # changes with a method or a class, while the rest of the page stays as it is
def show_attributions(net: Net, picture: Picture) -> None:
    """Show the class, the methods with their maps, Grad-CAM at all stages, and the randomisation check."""
    prediction = asking.ask(Predict(net, picture), "attribution classes")
    if prediction is None:
        return
    now = asked(net, prediction)
    choose_class(now, prediction)
    choose_methods(now)
    tell_contrast(now)
    figure = st.container()
    choose_details(now)
    seen = data_url(prediction.seen)
    found = _ask_all(now, picture)  # below what may be clicked: progress bars come and go
    with figure:
        _draw(now, seen, found)
        below("attributions", marks().titled(_("Attributions"), net.title), _code(now))
        _tell_times({_title(name): each.milliseconds for name, each in found.items() if each})

    frame.heading(_("Which layer for Grad-CAM?"), "which-layer")
    _show_stages(now, picture, seen)

    frame.heading(_("Trust, but verify"), "trust")
    st.markdown(lesson("randomisation"))
    _check(now, picture, seen)

    frame.heading(_("Which map is right?"), "which-map")
    show_faithfulness(now, picture)

    st.markdown(lesson("attributions"))
    st.markdown(_(LEFT_OUT))
    for method in METHODS.values():
        if not method.holds(net.architecture):
            st.markdown(_(method.refusal))


def _code(now: AskedMaps) -> str:
    return attribute_code(now.net.id, reproducible_path(), list(now.methods), now.target, now.options)


def _ask_all(now: AskedMaps, picture: Picture) -> dict[str, Attribution | None]:
    """Each method's map, or None while it is computed; what is no longer chosen is withdrawn.

    Where a control was moved the map of the defaults follows, under the method's name and DEFAULT.
    """
    wanted = dict.fromkeys(now.methods, now.options)
    wanted |= {method + DEFAULT: now.defaults for method in now.methods if now.is_changed(method)}
    quick_first = sorted(wanted, key=lambda name: METHODS[name.removesuffix(DEFAULT)].long)
    tasks = {
        name: Attribute(now.net, picture, name.removesuffix(DEFAULT), now.target, wanted[name]) for name in quick_first
    }
    found = asking.ask_each(
        "attribution", tasks, _title, (each + ending for each in METHODS for ending in ("", DEFAULT))
    )
    return {name: found[name] for method in now.methods for name in (method, method + DEFAULT) if name in wanted}


def _draw(now: AskedMaps, seen: str, found: dict[str, Attribution | None]) -> None:
    side = now.net.preprocessing.crop
    widgets.component(
        "inference/attributions",
        key="attributions",
        data={
            "picture": seen,
            "side": side,
            "overlay": now.overlay,
            "shared": now.shared,
            "maps": [_method(now, name, each, found.get(name + DEFAULT)) for name, each in found.items()],
            "labels": {
                "picture": _("What the net sees"),
                "overlay": _("Map over the picture"),
                "waiting": _("The net is at work."),
                "value": _("here"),
                "point": _("Point at a map or tap it, or move over it with the arrow keys, to read its values."),
                "pitfall": _("Caution:"),
                "colours": _("Colours end where 99% of the values lie within; blue is positive, orange negative."),
            },
        },
        url={"overlay": OVERLAY},
    )


def _method(now: AskedMaps, name: str, found: Attribution | None, default: Attribution | None) -> dict[str, Any]:
    """What the reader should know of a method, and its map when it is there; ``default`` is what stands beside it."""
    method = METHODS[name.removesuffix(DEFAULT)]
    layer = layer_title(now.layer, now.net) if method.layered else ""
    data: dict[str, Any] = {
        "id": name,
        "title": _(method.title),
        "layer": _("default settings") if name.endswith(DEFAULT) else layer,
        "reading": _(method.reading),
        "pitfall": _(method.pitfall),
        "paper": marks().cited(method.paper),
        "link": method.link,
        "map": None,
        "facts": "",
        "complete": "",
    }
    if found is None:
        return data
    data["map"] = _map(found.values, found.signed)
    data["facts"] = _facts(found)
    told = [_check_of(now.defaults if name.endswith(DEFAULT) else now.options, found)]
    if default is not None:
        told.append(
            _(
                "Correlation with the map of the default settings: {value}.",
                value=_two_digits(correlation(found.values, default.values)),
            )
        )
    data["complete"] = marks().sentences(told)
    return data


def _check_of(options: Options, found: Attribution) -> str:
    """What can be computed of how far a map is to be believed; empty for most methods."""
    if found.completeness:
        return _(
            "All pixels together {total:.2f}; score of the picture minus score of the {start} picture {difference:.2f}:"
            " completeness error {error:.2%} with {steps} steps.",
            start=baseline_titles()[options.baseline],
            total=found.completeness.total,
            difference=found.completeness.difference,
            error=found.completeness.error,
            steps=options.steps,
        )
    if found.halves is not None:
        return _(
            "Each half of the {draws} draws gives a map of its own; the two correlate at {value}.",
            draws=options.samples,
            value=_two_digits(found.halves),
        )
    if found.hirescam is not None:
        return _("Correlation with HiResCAM at this layer: {value}.", value=_two_digits(found.hirescam))
    return ""


def _facts(found: Attribution) -> str:
    low, high = found.range
    return _("{low} to {high}", low=_number(low), high=_number(high))


def _title(name: str) -> str:
    """A method's title, which says so where its settings are the default's beside changed ones."""
    title = _(METHODS[name.removesuffix(DEFAULT)].title)
    return marks().noted(title, _("default settings")) if name.endswith(DEFAULT) else title


def _tell_times(milliseconds: dict[str, float]) -> None:
    """How long each of the maps took, by its title."""
    if milliseconds:
        said = [
            _("{title}: {milliseconds:.0f} ms", title=title, milliseconds=each) for title, each in milliseconds.items()
        ]
        with frame.about():
            st.caption(_("Measured. {times}.", times=marks().listed(said)))


def _show_stages(now: AskedMaps, picture: Picture, seen: str) -> None:
    table = st.container()
    options = Options(against=now.against)
    tasks = {method: CamStages(now.net, picture, now.target, method, options) for method in STAGE_METHODS}
    strips = {method: strip for method, strip in asking.ask_each("stages of", tasks, _title).items() if strip}
    if "grad-cam" not in strips:
        return
    with table:
        _draw_stages(now, seen, strips)


def _draw_stages(now: AskedMaps, seen: str, strips: dict[str, tuple[Attribution, ...]]) -> None:
    grad_cam = strips["grad-cam"]
    titles = [layer_title(each.layer, now.net) for each in grad_cam]
    rows = [
        {
            "title": _(METHODS[method].title),
            "chooses": method == "grad-cam",
            "cells": [
                {
                    "map": _map(each.values, each.signed),
                    "note": f"r {_two_digits(correlation(each.values, first.values))}",
                    "facts": _facts(each),
                }
                for each, first in zip(strip, grad_cam, strict=True)
            ],
        }
        for method, strip in strips.items()
    ]
    _rows("grad_cam_stages", now, seen, titles, rows, layers=[each.layer for each in grad_cam])
    code = cams_code(now.net.id, reproducible_path(), now.target, Options(against=now.against))
    below("grad_cam_stages", f"{_('Which layer for Grad-CAM?')} {now.net.title}", code, "Draelos & Carin 2020")
    _tell_times(
        {_(METHODS[method].title): sum(each.milliseconds for each in strip) for method, strip in strips.items()}
    )
    st.markdown(_("**Choose a map of Grad-CAM**, and Grad-CAM above looks at its layer."))
    st.caption(
        _(
            "Early maps are fine and far from the answer; the last ones are coarse and next to it. Below each map: r,"
            " its correlation with Grad-CAM's map of the same layer, and its range."
        )
    )
    st.markdown(lesson("cams"))


def _check(now: AskedMaps, picture: Picture, seen: str) -> None:
    widgets.toggle(check_of(now.net), now.check, _("Let the net forget, from the top down"))
    table = st.container()
    wanted = now.methods if now.check else ()
    tasks = {method: Randomise(now.net, picture, method, now.target, now.options) for method in wanted}
    done = [check for check in asking.ask_each("check of", tasks, _title, METHODS).values() if check]
    if done:
        with table:
            _draw_check(now, seen, done)


def _draw_check(now: AskedMaps, seen: str, done: list[Randomised]) -> None:
    parts = [layer_title(part, now.net) for part in done[0].parts]
    titles = [
        _("trained"),
        _("random: {part}", part=parts[0]),
        *(_("and {part}", part=part) for part in parts[1:-1]),
        _("and {part}: all random", part=parts[-1]),
    ]
    _rows(
        "randomisation",
        now,
        seen,
        titles,
        [
            {
                "title": _(METHODS[check.method].title),
                "facts": _("{milliseconds:.0f} ms", milliseconds=check.milliseconds),
                "cells": [
                    {"map": _map(values, check.signed), "note": f"ρ {_two_digits(rho)}"}
                    for values, rho in zip(check.maps, check.correlations, strict=True)
                ],
            }
            for check in done
        ],
    )
    below("randomisation", marks().titled(_("Trust, but verify"), now.net.title), _code(now), "Adebayo et al. 2018")
    st.caption(
        _(
            "ρ is Spearman's rank correlation of the absolute values with the trained net's map, 1 for the same order"
            " of pixels, 0 for none; no number where a map is the same everywhere. One picture, one draw of weights."
        )
    )


def _rows(
    key: str, now: AskedMaps, seen: str, titles: list[str], rows: list[dict[str, Any]], layers: list[str] | None = None
) -> None:
    """Show a table of maps; if its columns are ``layers``, a click chooses Grad-CAM's layer."""
    stored = keyed(key)
    component("inference/map_rows")(
        key=key,
        data={
            "picture": seen,
            "side": now.net.preprocessing.crop,
            "overlay": now.overlay,
            "titles": titles,
            "marks": marks().in_scripts(),
            "rows": rows,
            "layers": layers,
            "chosen": now.layer,
            "label": _("Maps; scroll sideways to see all"),
            "legend": _("Every map on its own scale; its colours end where 99% of its values lie within."),
        },
        on_layer_change=(lambda: choose_layer(now, st.session_state[stored].layer)) if layers else None,
    )


def _two_digits(correlation: float | None) -> str:
    """A dash where a map is the same everywhere."""
    if correlation is None or correlation != correlation:
        return "–"
    return f"{round(correlation, 2) + 0.0:.2f}".replace("-", "−")  # zero has no sign


def _map(values: Tensor, signed: bool) -> dict[str, Any]:
    """Return a map as 16-bit levels, with the value of one level (``peak``) and where the colours end (``limit``)."""
    levels, peak, limit = _encoded(values.shape, values.contiguous().numpy().tobytes())
    return {"values": levels, "peak": peak, "limit": limit, "signed": signed}


@lru_cache(maxsize=128)
def _encoded(shape: torch.Size, content: bytes) -> tuple[str, float, float]:
    """Encode a map once for all readers."""
    values = torch.frombuffer(bytearray(content), dtype=torch.float32).reshape(shape)
    peak = float(values.abs().max()) or 1.0
    levels = (values / peak * LEVELS).round().to(torch.int16)
    return text(levels.numpy().tobytes()), peak / LEVELS, limit_of(values) or 1.0


def _number(value: float) -> str:
    """Format with two significant digits, with a power of ten for small values."""
    digits, _e, exponent = f"{value:.2g}".replace("-", "−", 1 if value < 0 else 0).partition("e")
    return f"{digits}×10{str(int(exponent)).translate(SUPERSCRIPTS)}" if exponent else digits
