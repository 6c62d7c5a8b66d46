"""The settings of the attributions, kept in the URL: class, methods and details."""

from dataclasses import dataclass

import streamlit as st

from resnet_edu.figures.top_classes import percent
from resnet_edu.ui.inference.class_names import class_names
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import choose
from resnet_edu.ui.url.query import Between, Nearest, OneOf, Several, Switch, read
from resnet_edu.vision.attribution.layers import layers
from resnet_edu.vision.attribution.method import BASELINES, Options
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.attribution.occlusion import window_of
from resnet_edu.vision.attribution.task import DEFAULT_METHODS, MOST, available
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.predict import Prediction

STEPS = Nearest("steps", (8, 50, 200), 50)
DRAWS = Nearest("draws", (20, 100, 500), 100)
"""Of SmoothGrad and GradientSHAP."""
NOISE = Nearest("noise", (33, 100, 200), 100)
WINDOW = Nearest("window", (50, 100, 200), 100)
"""Of the default; Occlusion's."""
BASELINE = OneOf("baseline", BASELINES, "mean")
"""Integrated Gradients'."""
OVERLAY = Between("overlay", 0, 100, 70)
MEASURE = Switch("measures")
RANGE = OneOf("range", ("own", "shared"), "own")
NONE = "none"
SMALL_SIDE = 64
"""Largest side, in pixels, at which a net is checked by default; checking a larger one takes minutes."""


@dataclass(frozen=True)
class AskedMaps:
    """The state of the view; ``layer`` is Grad-CAM's, ``overlay`` a percentage, ``against`` a class or None."""

    net: Net
    target: int
    against: int | None
    methods: tuple[str, ...]
    layer: str
    steps: int
    draws: int
    noise: int
    window: int
    baseline: str
    overlay: int
    shared: bool
    check: bool
    measure: bool

    @property
    def options(self) -> Options:
        """The methods' options."""
        return Options(
            layer=self.layer,
            steps=self.steps,
            baseline=self.baseline,
            samples=self.draws,
            noise=self.noise,
            window=self.window,
            against=self.against,
        )

    @property
    def defaults(self) -> Options:
        """The same question with every control at its default."""
        return Options(layer=self.layer, against=self.against)

    def is_changed(self, method: str) -> bool:
        """Whether a control that the method reads is not at its default."""
        return METHODS[method].used(self.options) != METHODS[method].used(self.defaults)


def asked(net: Net, prediction: Prediction) -> AskedMaps:
    """Read the setting from the URL; the default class is the most probable one."""
    target = read(_target(net, prediction))
    against = read(_against(net))
    return AskedMaps(
        net,
        target=int(target),
        against=None if against in (NONE, target) else int(against),
        methods=read(_methods(net)),
        layer=read(_cam_layer(net)),
        steps=read(STEPS),
        draws=read(DRAWS),
        noise=read(NOISE),
        window=read(WINDOW),
        baseline=read(BASELINE),
        overlay=read(OVERLAY),
        shared=read(RANGE) == "shared",
        check=read(check_of(net)),
        measure=read(MEASURE),
    )


def _target(net: Net, prediction: Prediction) -> OneOf[str]:
    return OneOf("class", [str(index) for index in range(len(net.classes))], str(prediction.top[0].index))


def _against(net: Net) -> OneOf[str]:
    return OneOf("rather_than", [NONE, *(str(index) for index in range(len(net.classes)))], NONE)


def _methods(net: Net) -> Several:
    return Several("methods", available(net), DEFAULT_METHODS, MOST)


def _cam_layer(net: Net) -> OneOf[str]:
    found = layers(net.architecture)
    return OneOf("cam_layer", found.all, found.stages[-1])


def check_of(net: Net) -> Switch:
    """Declare the switch that checks the methods by randomising the net."""
    return Switch("check", default=net.preprocessing.crop <= SMALL_SIDE)


def choose_class(now: AskedMaps, prediction: Prediction) -> None:
    """Any of the top 5 by one click, any class by search, and the class that it is held against."""
    names = class_names(now.net)
    top = {str(score.index): f"{names[score.name]} · {percent(score.probability)}" for score in prediction.top}
    every = {str(index): names[name] for index, name in enumerate(now.net.classes)}
    chosen = str(now.target)
    left, right, last = st.columns([5, 2, 2], vertical_alignment="bottom", gap="medium")
    target = _target(now.net, prediction)
    with left:
        widgets.pills(target, chosen, _("What speaks for ..."), top, key="top class")
    with right:
        widgets.select(target, chosen, _("or for any other class"), every, key="any class")
    with last:
        first = {name: every[name] for name in top if name != chosen}
        others = {NONE: _("(nothing)"), **first, **{name: title for name, title in every.items() if name != chosen}}
        against = NONE if now.against is None else str(now.against)
        widgets.select(_against(now.net), against, _("rather than for"), others)


def tell_contrast(now: AskedMaps) -> None:
    """What every map explains where two classes are held against each other."""
    if now.against is None:
        return
    names = class_names(now.net)
    one, other = (names[now.net.classes[index]] for index in (now.target, now.against))
    st.markdown(
        _(
            "**Why {one} and not {other}?** Every map explains the difference of the two scores: what both classes"
            " share cancels out. EigenCAM, which asks for no class, stays as it is.",
            one=one,
            other=other,
        )
    )


def choose_methods(now: AskedMaps) -> None:
    """Show the methods, of which up to four may be chosen; a fifth replaces the first."""
    titles = {name: _(method.title) for name, method in available(now.net).items()}
    label = _("Methods, up to four side by side")
    widgets.several_pills(_methods(now.net), now.methods, label, titles, revise=_latest)


def _latest(before: list[str], after: list[str]) -> list[str]:
    kept = [method for method in before if method in after]
    new = [method for method in after if method not in before]
    return (kept + new)[-MOST:] or before  # the last one cannot be deselected


def choose_layer(now: AskedMaps, layer: str) -> None:
    """Choose Grad-CAM's layer, and add Grad-CAM if no chosen method uses a layer."""
    choose("cam_layer", layer)
    if not any(METHODS[method].layered for method in now.methods):
        choose("methods", ",".join([*now.methods, "grad-cam"][-MOST:]))


def choose_details(now: AskedMaps) -> None:
    """The layer of Grad-CAM, what the pitfalls say that all depends on, and whose range the colours have."""
    columns = (column for _row in range(2) for column in st.columns(4, vertical_alignment="bottom", gap="medium"))
    with next(columns):
        st.caption(_("Colours over the range of"))
        titles = {"own": _("each map"), "shared": _("all maps")}
        widgets.segmented(RANGE, "shared" if now.shared else "own", _("Colours over the range of"), titles)
    if any(METHODS[method].layered for method in now.methods):
        titles = {name: layer_title(name, now.net) for name in layers(now.net.architecture).all}
        with next(columns):
            widgets.select(_cam_layer(now.net), now.layer, _("Layer of the CAM methods"), titles)
    if any(METHODS[method].complete for method in now.methods):
        with next(columns):
            st.caption(_("Steps of Integrated Gradients"))
            steps = {each: str(each) for each in STEPS.options}
            widgets.segmented(STEPS, now.steps, _("Steps of Integrated Gradients"), steps)
        with next(columns):
            st.caption(_("Integrated Gradients start from"))
            widgets.segmented(BASELINE, now.baseline, _("Integrated Gradients start from"), baseline_titles())
    if any(METHODS[method].noisy for method in now.methods):
        with next(columns):
            st.caption(_("Random draws"))
            widgets.segmented(DRAWS, now.draws, _("Random draws"), {each: str(each) for each in DRAWS.options})
        with next(columns):
            st.caption(_("Noise, times the default"))
            amounts = dict(zip(NOISE.options, ("⅓", "1", "2"), strict=True))
            widgets.segmented(NOISE, now.noise, _("Noise, times the default"), amounts)
    if any(METHODS[method].windowed for method in now.methods):
        side = now.net.preprocessing.crop
        with next(columns):
            st.caption(_("Side of Occlusion's square, pixels"))
            sides = {each: str(window_of(side, each)[0]) for each in WINDOW.options}
            widgets.segmented(WINDOW, now.window, _("Side of Occlusion's square, pixels"), sides)


def baseline_titles() -> dict[str, str]:
    """The pictures that Integrated Gradients may start from, for the reader."""
    return {"mean": _("mean grey"), "black": _("black"), "blurred": _("blurred")}


def layer_title(name: str, net: Net) -> str:
    """Return a layer's name for the reader: stem, stage or head, or else its name in the net."""
    found = layers(net.architecture)
    if name == found.head:
        return _("linear layer")
    if name == found.stages[0]:
        return _("stem")
    if name in found.stages:
        return _("stage {stage}", stage=found.stages.index(name))
    return name
