"""The settings of the gradients page, kept in the URL: a preset, or every detail chosen by the reader."""

from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.measure.first_steps import STEPS
from resnet_edu.measure.gradients import DEPTHS, Pictures
from resnet_edu.measure.shattering import DEPTHS as PATH_DEPTHS
from resnet_edu.measure.sweeps import DEEPEST, PRESETS, QUANTITIES, Preset, Setting
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.cifar import Family, Initialisation
from resnet_edu.ui.text.language import _, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import heard
from resnet_edu.ui.url.query import Between, Nearest, OneOf, Parameter, Switch, read

OWN = "own"
OWN_PANEL = "own-setting"
DEFAULT_DEPTH = 56
SIGMAS = (0.001, 1.0)
WIDTHS = (4, 8, 16, 32)
BATCHES = (2, 4, 8, 16, 32)
SEEDS = (0, 9999)
DEFAULT_PATH_DEPTH = 24
PATH_DRAWS = 10
DEFAULT = Setting()
PRESET = OneOf("preset", (*(preset.id for preset in PRESETS), OWN), PRESETS[0].id)
QUANTITY = OneOf("quantity", QUANTITIES, QUANTITIES[0])
DEPTH = Nearest("depth", (*DEPTHS, DEEPEST), DEFAULT_DEPTH)
OWN_DEPTH = Nearest("depth", DEPTHS, DEFAULT_DEPTH)
STEP = Nearest("step", STEPS, STEPS[0])
STEP_QUANTITY = OneOf("step_quantity", (*QUANTITIES, "weight_norm"), QUANTITIES[0])
PATH_NORMALISATION = OneOf("path_normalisation", Normalisation, Normalisation.BATCH)
PATH_DEPTH = Nearest("path_depth", PATH_DEPTHS, DEFAULT_PATH_DEPTH)
PATH_DRAW = Nearest("path_draw", range(PATH_DRAWS), 0)
SIGMA = Between("sigma", *SIGMAS, DEFAULT.sigma)
SEED = Between("seed", *SEEDS, DEFAULT.seed)
ZERO_LAST = Switch("zero_last")
AGAINST = [family for family in Family if family is not Family.PLAIN]
FIELDS: dict[str, Parameter[Any]] = {
    parameter.name: parameter
    for parameter in (
        OneOf("residual", AGAINST, DEFAULT.residual),
        OneOf("normalisation", Normalisation, DEFAULT.normalisation),
        OneOf("initialisation", Initialisation, DEFAULT.initialisation),
        OneOf("activation", Activation, DEFAULT.activation),
        OneOf("pictures", Pictures, DEFAULT.pictures),
        Nearest("width", WIDTHS, DEFAULT.width),
        Nearest("batch_size", BATCHES, DEFAULT.batch_size),
        SIGMA,
        SEED,
        ZERO_LAST,
    )
}
"""URL parameters of the fields of a ``Setting``."""

NAMES: dict[str, str] = {
    Family.RESIDUAL: mark("residual"),
    Family.PRE_ACTIVATION: mark("residual, pre-activation"),
    Family.HIGHWAY: mark("highway"),
    Normalisation.BATCH: mark("batch"),
    Normalisation.NONE: mark("none"),
    Initialisation.HE: "He",
    Initialisation.XAVIER: "Xavier",
    Initialisation.GAUSSIAN: mark("Gaussian"),
    Initialisation.ORTHOGONAL: mark("orthogonal"),
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
class ChosenGradients:
    """The setting in the URL; ``preset`` is None if it is the reader's own."""

    preset: Preset | None
    setting: Setting
    quantity: str
    depth: int
    step: int
    step_quantity: str
    path_normalisation: Normalisation
    path_depth: int
    path_draw: int


def chosen() -> ChosenGradients:
    """Read the setting from the URL, correcting invalid values."""
    name = read(PRESET)
    preset = next((each for each in PRESETS if each.id == name), None)
    own = {} if preset else {name: read(parameter) for name, parameter in FIELDS.items()}
    return ChosenGradients(
        preset,
        setting=preset.setting if preset else Setting(**own),
        quantity=read(QUANTITY),
        depth=read(DEPTH if preset else OWN_DEPTH),
        step=read(STEP),
        step_quantity=read(STEP_QUANTITY),
        path_normalisation=read(PATH_NORMALISATION),
        path_depth=read(PATH_DEPTH),
        path_draw=read(PATH_DRAW),
    )


def choose_preset(now: ChosenGradients) -> None:
    """Show the story's presets as buttons, and next to them a list of presets that change one thing at a time."""
    story = {preset.id: _(preset.title) for preset in PRESETS if not preset.is_cure} | {OWN: _("Your own")}
    cures = {preset.id: _(preset.title) for preset in PRESETS if preset.is_cure}
    value = now.preset.id if now.preset else OWN
    left, right = st.columns([3, 1], gap="small")
    with left:
        widgets.segmented(PRESET, value, _("Setting"), story, required=value in story, changes=_preset_changes)
    with right:
        title = _("One cure at a time")
        widgets.select(
            PRESET,
            value,
            title,
            cures,
            key="cure",
            changes=_preset_changes,
            placeholder=title,
            label_visibility="collapsed",
        )


def tell_measured(now: ChosenGradients) -> None:
    """Say below the figure what is measured, on which nets, and where these differ from the paper's."""
    setting = now.setting
    told = _(
        "Measured before any training: {normalisation} normalisation, {initialisation} first weights, {activation}.",
        normalisation=_name(setting.normalisation) if setting.normalisation is not Normalisation.NONE else _("no"),
        initialisation=_name(setting.initialisation),
        activation=_name(setting.activation),
    )
    if setting.normalisation is Normalisation.NONE:
        told = marks().sentences((told, _("The paper's nets are normalised; this figure is not about them.")))
    st.markdown(told)


def choose_own(now: ChosenGradients) -> None:
    """Show a control for every detail, created only when opened: they take a seventh of the page's time."""
    panel = st.expander(_("Set it up yourself"), key=OWN_PANEL, on_change=heard)
    if panel.open:
        with panel:
            _choose_own(now)


def _choose_own(now: ChosenGradients) -> None:
    """Show the controls; the first change turns the preset into the reader's own setting."""
    columns = st.columns(4)
    for index, (name, (label, options)) in enumerate(CHOICES.items()):
        with columns[index % 4]:
            value, titles = getattr(now.setting, name), {option: _name(option) for option in options}
            widgets.select(FIELDS[name], value, _(label), titles, changes=_changes_of(name))
    with columns[3]:
        widgets.number(
            SIGMA,
            now.setting.sigma,
            _("Sigma of the Gaussian"),
            step=0.005,
            format="%.3f",
            changes=_changes_of("sigma"),
            disabled=now.setting.initialisation is not Initialisation.GAUSSIAN,
        )
        widgets.number(SEED, now.setting.seed, _("Seed"), step=1, changes=_changes_of("seed"))
    zero_last = _("Initialise the last γ of each block to 0")
    widgets.checkbox(ZERO_LAST, now.setting.zero_last, zero_last, changes=_changes_of("zero_last"))


def _name(value: Any) -> str:
    return _(NAMES[value]) if value in NAMES else str(value)


def _preset_changes(name: str) -> dict[str, object]:
    if name == OWN:
        return {PRESET.name: OWN} | asdict(chosen().setting)
    return {PRESET.name: name, **dict.fromkeys(FIELDS)}


def _changes_of(name: str) -> widgets.Changes:
    """Return changes that make the current setting the reader's own, with one detail replaced."""
    return lambda value: {PRESET.name: OWN} | asdict(chosen().setting) | {name: value}
