"""The setting of the gradients page: a preset, or one's own in every detail; the URL holds it."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.measure.first_steps import STEPS
from resnet_edu.measure.gradients import DEPTHS, Pictures
from resnet_edu.measure.shattering import DEPTHS as PATH_DEPTHS
from resnet_edu.measure.sweeps import DEEPEST, PRESETS, QUANTITIES, Preset, Setting
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.cifar import Family, Initialisation
from resnet_edu.ui.language import _
from resnet_edu.ui.links import choose, is_unknown, linked, remember
from resnet_edu.ui.mending import between, nearest, option

OWN = "own"
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
    "path_normalisation": list(Normalisation),
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
    "residual": (mark("Against the plain net"), [Family.RESIDUAL, Family.PRE_ACTIVATION, Family.HIGHWAY]),
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
    ids = {preset.id for preset in PRESETS}
    name = linked("preset", ids | {OWN}, PRESETS[0].id)
    mended = ["preset"] if is_unknown("preset", ids | {OWN}) else []
    preset = next((each for each in PRESETS if each.id == name), None)
    setting = preset.setting if preset else _own_setting(mended)
    depths = (*DEPTHS, DEEPEST) if preset else DEPTHS
    numbers = {
        "depth": nearest("depth", DEFAULT_DEPTH, depths, mended),
        "step": nearest("step", STEPS[0], STEPS, mended),
        "path_depth": nearest("path_depth", DEFAULT_PATH_DEPTH, PATH_DEPTHS, mended),
        "path_draw": nearest("path_draw", 0, tuple(range(PATH_DRAWS)), mended),
    }
    mended += [name for name, options in SWITCHES.items() if is_unknown(name, options)]
    return Chosen(preset, setting, **numbers, mended=tuple(mended))


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


def choose_own(now: Chosen) -> None:
    """Every detail as a control; the first change makes the setting one's own."""
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
    st.checkbox(_("Start the last scale of every residual block at zero"), key="zero_last", on_change=_own_changed)


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


def _own_setting(mended: list[str]) -> Setting:
    default = Setting()
    values: dict[str, Any] = {
        name: option(name, kind, getattr(default, name), mended)
        for name, kind in (
            ("residual", Family),
            ("normalisation", Normalisation),
            ("initialisation", Initialisation),
            ("activation", Activation),
            ("pictures", Pictures),
        )
    }
    if values["residual"] is Family.PLAIN:
        values["residual"] = Family.RESIDUAL
        mended.append("residual")
    values["width"] = nearest("width", default.width, WIDTHS, mended)
    values["batch_size"] = nearest("batch_size", default.batch_size, BATCHES, mended)
    values["sigma"] = between("sigma", default.sigma, SIGMAS, float, mended)
    values["seed"] = between("seed", default.seed, SEEDS, int, mended)
    values["zero_last"] = option("zero_last", _Switch, _Switch.OFF, mended) is _Switch.ON
    return replace(default, **values)


class _Switch(StrEnum):
    OFF = "False"
    ON = "True"
