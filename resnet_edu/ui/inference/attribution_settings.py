"""What the reader asks of the attributions: class, methods, details; all in the URL, bad values mended."""

from dataclasses import dataclass

import streamlit as st

from resnet_edu.figures.top_classes import percent
from resnet_edu.ui.inference.class_names import class_names
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url.links import choose, segmented
from resnet_edu.ui.url.query import Query
from resnet_edu.vision.attribution.layers import layers
from resnet_edu.vision.attribution.method import METHODS, Options
from resnet_edu.vision.attribution.task import DEFAULT_METHODS, MOST, available
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.predict import Prediction

STEPS = (8, 50, 200)
DRAWS = (20, 100, 500)
"""Of SmoothGrad and GradientSHAP."""
SMALL_SIDE = 64
"""Nets for pictures up to this side are checked without being asked; the check of a larger one takes minutes."""


@dataclass(frozen=True)
class Asked:
    """The state of the view; ``layer`` is Grad-CAM's, ``overlay`` a percentage."""

    net: Net
    target: int
    methods: tuple[str, ...]
    layer: str
    steps: int
    draws: int
    overlay: int
    shared: bool
    check: bool
    mended: tuple[str, ...]

    @property
    def options(self) -> Options:
        """The methods' options."""
        return Options(layer=self.layer, steps=self.steps, samples=self.draws)


def read(net: Net, prediction: Prediction) -> Asked:
    """The state in the URL; without a class the most probable one."""
    query = Query()
    classes = {str(index) for index in range(len(net.classes))}
    target = query.text("class", classes, str(prediction.top[0].index))
    chosen, bad = _methods(net)
    found = layers(net.architecture)
    layer = query.text("cam_layer", found.all, found.stages[-1])
    steps = query.number("steps", 50, STEPS)
    draws = query.number("draws", 100, DRAWS)
    overlay = int(query.between("overlay", 70, 0, 100, whole=True))
    shared = query.text("range", ("own", "shared"), "own") == "shared"
    small = str(net.preprocessing.crop <= SMALL_SIDE)
    check = query.text("check", ("False", "True"), small) == "True"
    mended = (*query.mended, *(["methods"] if bad else []))
    return Asked(net, int(target), chosen, layer, steps, draws, overlay, shared, check, mended)


def _methods(net: Net) -> tuple[tuple[str, ...], bool]:
    """At most four methods that hold on the net, and whether the URL had others."""
    text = st.query_params.get("methods")
    if text is None:
        return DEFAULT_METHODS, False
    wanted = text.split(",")
    possible = tuple(dict.fromkeys(each for each in wanted if each in available(net)))[:MOST]
    return possible or DEFAULT_METHODS, list(possible) != wanted


def choose_class(now: Asked, prediction: Prediction) -> None:
    """Any of the top 5 by one click, any class by search."""
    names = class_names(now.net)
    top = {str(score.index): f"{names[score.name]} · {percent(score.probability)}" for score in prediction.top}
    every = {str(index): names[name] for index, name in enumerate(now.net.classes)}
    chosen = str(now.target)
    left, right = st.columns([5, 2], vertical_alignment="bottom", gap="medium")
    st.session_state["top class"] = chosen if chosen in top else None
    with left:
        st.pills(
            _("What speaks for ..."),
            list(top),
            format_func=top.__getitem__,
            key="top class",
            wrap=True,
            on_change=lambda: choose("class", st.session_state["top class"] or chosen),
        )
    st.session_state["any class"] = chosen
    with right:
        st.selectbox(
            _("or for any other class"),
            list(every),
            format_func=every.__getitem__,
            key="any class",
            on_change=lambda: choose("class", st.session_state["any class"]),
        )


def choose_methods(now: Asked) -> None:
    """Up to four; a fifth takes the place of the one chosen first."""
    titles = {name: _(method.title) for name, method in available(now.net).items()}
    st.session_state["methods"] = list(now.methods)
    st.pills(
        _("Methods, up to four side by side"),
        list(titles),
        format_func=titles.__getitem__,
        key="methods",
        selection_mode="multi",
        on_change=_take_methods,
        args=(now.methods,),
    )


def _take_methods(before: tuple[str, ...]) -> None:
    after: list[str] = st.session_state["methods"]
    kept = [method for method in before if method in after]
    new = [method for method in after if method not in before]
    if kept or new:  # the last one stays
        choose("methods", ",".join((kept + new)[-MOST:]))


def choose_layer(now: Asked, layer: str) -> None:
    """The layer of Grad-CAM, which is shown if no method that has a layer is."""
    choose("cam_layer", layer)
    if not any(METHODS[method].layered for method in now.methods):
        choose("methods", ",".join([*now.methods, "grad-cam"][-MOST:]))


def choose_details(now: Asked) -> None:
    """The layer of Grad-CAM, how much is computed, and whose range the colours have."""
    columns = iter(st.columns(4, vertical_alignment="bottom", gap="medium"))
    with next(columns):
        st.caption(_("Colours over the range of"))
        segmented("range", _("Colours over the range of"), {"own": _("each map"), "shared": _("all maps")}, "own")
    if any(METHODS[method].layered for method in now.methods):
        titles = {name: layer_title(name, now.net) for name in layers(now.net.architecture).all}
        st.session_state["cam_layer"] = now.layer
        with next(columns):
            st.selectbox(
                _("Layer of Grad-CAM"),
                list(titles),
                format_func=titles.__getitem__,
                key="cam_layer",
                on_change=lambda: choose("cam_layer", st.session_state["cam_layer"]),
            )
    if "integrated-gradients" in now.methods:
        with next(columns):
            st.caption(_("Steps of Integrated Gradients"))
            segmented("steps", _("Steps of Integrated Gradients"), {str(each): str(each) for each in STEPS}, "50")
    if any(METHODS[method].noisy for method in now.methods):
        with next(columns):
            st.caption(_("Random draws"))
            segmented("draws", _("Random draws"), {str(each): str(each) for each in DRAWS}, "100")


def layer_title(name: str, net: Net) -> str:
    """A layer's name for the reader; what is neither stem, stage nor head keeps its own."""
    found = layers(net.architecture)
    if name == found.head:
        return _("linear layer")
    if name == found.stages[0]:
        return _("stem")
    if name in found.stages:
        return _("stage {stage}", stage=found.stages.index(name))
    return name
