"""The setting of the gradients page: a preset, or one's own in every detail; the URL holds it."""

from dataclasses import dataclass, fields
from typing import Any

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.measure.first_steps import STEPS
from resnet_edu.measure.gradients import DEPTHS, Pictures
from resnet_edu.measure.shattering import DEPTHS as PATH_DEPTHS
from resnet_edu.measure.sweeps import DEEPEST, PRESETS, QUANTITIES, Preset, Setting
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.cifar import Family, Initialisation
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url.links import choose, remember
from resnet_edu.ui.url.query import Query

OWN = "own"
OWN_PANEL = "own-setting"
DEFAULT_DEPTH = 56
SIGMAS = (0.001, 1.0)
WIDTHS = (4, 8, 16, 32)
BATCHES = (2, 4, 8, 16, 32)
SEEDS = (0, 9999)
DEFAULT_PATH_DEPTH = 24
PATH_DRAWS = 10
SWITCHES = {
    "quantity": QUANTITIES,
    "step_quantity": (*QUANTITIES, "weight_norm"),
    "path_normalisation": tuple(Normalisation),
}

NAMES: dict[str, str] = {
    Family.RESIDUAL: mark("residual"),
    Family.PRE_ACTIVATION: mark("residual, pre-activation"),
    Family.HIGHWAY: mark("highway"),
    Normalisation.BATCH: mark("batch"),
    Normalisation.NONE: mark("none"),
    Initialisation.HE: "He",
    Initialisation.XAVIER: "Xavier",
    Initialisation.GAUSSIAN: mark("Gaussian"),
    Activation.RELU: "ReLU",
    Activation.TANH: "tanh",
    Activation.SIGMOID: "sigmoid",
    Pictures.NOISE: mark("noise"),
    Pictures.REAL: mark("real pictures"),
}
CHOICES: dict[str, tuple[str, list[Any]]] = {
    "residual": (mark("Compare the plain net with"), [Family.RESIDUAL, Family.PRE_ACTIVATION, Family.HIGHWAY]),
    "normalisation": (mark("Normalisation"), list(Normalisation)),
    "initialisation": (mark("Initialisation"), list(Initialisation)),
    "activation": (mark("Activation"), list(Activation)),
    "pictures": (mark("Input"), list(Pictures)),
    "width": (mark("Channels of the first stage"), list(WIDTHS)),
    "batch_size": (mark("Batch size"), list(BATCHES)),
}


@dataclass(frozen=True)
class Chosen:
    """What the URL asks for; ``preset`` is None for one's own setting. ``mended`` names bad values."""

    preset: Preset | None
    setting: Setting
    depth: int
    step: int
    path_depth: int
    path_draw: int
    mended: tuple[str, ...]


def chosen() -> Chosen:
    """Read the URL; a bad value becomes the nearest legal one and is named."""
    query = Query()
    name = query.text("preset", {*(preset.id for preset in PRESETS), OWN}, PRESETS[0].id)
    preset = next((each for each in PRESETS if each.id == name), None)
    setting = preset.setting if preset else _own_setting(query)
    for switch, options in SWITCHES.items():
        query.text(switch, options, options[0])
    return Chosen(
        preset,
        setting,
        depth=query.number("depth", DEFAULT_DEPTH, (*DEPTHS, DEEPEST) if preset else DEPTHS),
        step=query.number("step", STEPS[0], STEPS),
        path_depth=query.number("path_depth", DEFAULT_PATH_DEPTH, PATH_DEPTHS),
        path_draw=query.number("path_draw", 0, range(PATH_DRAWS)),
        mended=query.mended,
    )


def choose_preset(now: Chosen) -> None:
    """The preset buttons."""
    st.session_state["preset"] = now.preset.id if now.preset else OWN
    titles = {preset.id: _(preset.title) for preset in PRESETS} | {OWN: _("Your own")}
    st.segmented_control(
        _("Setting"),
        list(titles),
        format_func=titles.__getitem__,
        key="preset",
        required=True,
        label_visibility="collapsed",
        on_change=_preset_changed,
        args=(now,),
    )


def own_panel(now: Chosen) -> None:
    """Every detail as a control, made only for those who open it: they are a seventh of the page's work."""
    panel = st.expander(_("Set it up yourself"), key=OWN_PANEL, on_change="rerun")
    if panel.open:
        with panel:
            _choose_own(now)


def _choose_own(now: Chosen) -> None:
    """The first change makes the setting one's own."""
    for name in SETTING_FIELDS:
        st.session_state[name] = getattr(now.setting, name)
    columns = st.columns(4)
    for index, (name, (label, options)) in enumerate(CHOICES.items()):
        with columns[index % 4]:
            st.selectbox(_(label), options, format_func=_name, key=name, on_change=_own_changed)
    with columns[3]:
        st.number_input(
            _("Sigma of the Gaussian"),
            *SIGMAS,
            step=0.005,
            format="%.3f",
            key="sigma",
            on_change=_own_changed,
            disabled=now.setting.initialisation is not Initialisation.GAUSSIAN,
        )
        st.number_input(_("Seed"), *SEEDS, step=1, key="seed", on_change=_own_changed)
    st.checkbox(_("Initialise the last γ of each block to 0"), key="zero_last", on_change=_own_changed)


SETTING_FIELDS = tuple(field.name for field in fields(Setting))


def _name(value: Any) -> str:
    return _(NAMES[value]) if value in NAMES else str(value)


def _preset_changed(now: Chosen) -> None:
    remember("preset")
    if st.session_state["preset"] == OWN:
        _write(now.setting)
    else:
        for name in SETTING_FIELDS:
            st.query_params.pop(name, None)


def _own_changed() -> None:
    choose("preset", OWN)
    _write(Setting(**{name: st.session_state[name] for name in SETTING_FIELDS}))


def _write(setting: Setting) -> None:
    for name in SETTING_FIELDS:
        choose(name, str(getattr(setting, name)))


def _own_setting(query: Query) -> Setting:
    default = Setting()
    against = query.option("residual", Family, default.residual, without=Family.PLAIN)
    return Setting(
        residual=against,
        normalisation=query.option("normalisation", Normalisation, default.normalisation),
        initialisation=query.option("initialisation", Initialisation, default.initialisation),
        activation=query.option("activation", Activation, default.activation),
        pictures=query.option("pictures", Pictures, default.pictures),
        width=query.number("width", default.width, WIDTHS),
        batch_size=query.number("batch_size", default.batch_size, BATCHES),
        sigma=query.between("sigma", default.sigma, *SIGMAS),
        seed=int(query.between("seed", default.seed, *SEEDS, whole=True)),
        zero_last=query.switch("zero_last"),
    )
