"""The figure of the gradients page, and the chain rule that explains it."""

import math
from functools import cache
from typing import Any

import streamlit as st
from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.figures.gradient_curves import gradient_csv, gradient_curves, tex
from resnet_edu.measure.gradients import Pictures
from resnet_edu.measure.sweeps import DEEPEST, Pair
from resnet_edu.nets.blocks import Activation
from resnet_edu.nets.cifar import Family
from resnet_edu.ui.components import as_text
from resnet_edu.ui.gradients.records import picture_pool, recorded_sweep
from resnet_edu.ui.gradients.settings import DEPTH, QUANTITY, Chosen
from resnet_edu.ui.shared.engines import live_measurements
from resnet_edu.ui.shared.watching import watch
from resnet_edu.ui.text.language import _, explain
from resnet_edu.ui.url import widgets

FIRST_SECONDS = 10.0

QUANTITIES = {
    "weight_gradient": mark("Weight gradient"),
    "input_gradient": mark("Activation gradient"),
    "output_std": mark("Activation scale"),
}
AXES = {
    "weight_gradient": mark("Layer, input to output · norm of the loss gradient with respect to its weights"),
    "input_gradient": mark("Layer, input to output · norm of the loss gradient with respect to its input"),
    "output_std": mark("Layer, input to output · standard deviation of its output"),
}
AGAINST = {
    Family.RESIDUAL: mark("Residual net"),
    Family.PRE_ACTIVATION: mark("Pre-activation net"),
    Family.HIGHWAY: mark("Highway net"),
}


def choose_quantity(now: Chosen) -> None:
    """Which of the measured quantities the figure shows."""
    titles = {name: _(title) for name, title in QUANTITIES.items()}
    widgets.segmented(QUANTITY, now.quantity, _("Quantity"), titles)


def hero(now: Chosen) -> None:
    """The figure that the hall watches: recorded for a preset, else measured while one looks."""
    if now.preset:
        _draw(now, _recorded_curves(now.preset.id))
        return
    try:
        sweep = live_measurements().start(now.setting, now.depth, pool(now))
    except UserError as error:
        st.error(explain(error))
        return
    sweep.wait_for(now.depth, FIRST_SECONDS)
    watch(sweep, lambda pairs: _draw(now, as_text(gradient_curves(pairs))), "sweep")


def pair_now(now: Chosen) -> Pair | None:
    """The pair of nets at the chosen depth, if it is measured."""
    if now.preset:
        return recorded_sweep(now.preset.id).pairs[now.depth]
    sweep = live_measurements().find(now.setting)
    return sweep.results.get(now.depth) if sweep else None


def pool(now: Chosen) -> Tensor | None:
    """The pictures to draw batches from, where the setting wants real ones."""
    return picture_pool() if now.setting.pictures is Pictures.REAL else None


def explain_chain_rule(now: Chosen, pair: Pair) -> None:
    """The chain rule of He16 section 2 with the numbers of the present setting."""
    other = now.setting.residual
    through_layers = r"\prod_{i=l}^{L-1} \frac{\partial x_{i+1}}{\partial x_i}"
    with_one = r"\left(1 + \frac{\partial}{\partial x_l}\sum_{i=l}^{L-1} F(x_i)\right)"
    with_gates = r"\left(\prod_{i=l}^{L-1} (1 - T(x_i)) + \dots\right)"
    factor_of_other = with_gates if other is Family.HIGHWAY else with_one
    nets = ((_("Plain net"), through_layers, pair.plain), (_(AGAINST[other]), factor_of_other, pair.residual))
    for column, (name, factor, curve) in zip(st.columns(2), nets, strict=True):
        formula = rf"\frac{{\partial L}}{{\partial x_l}} = \frac{{\partial L}}{{\partial x_L}} {factor}"
        column.markdown(f"**{name}**\n\n$$\n{formula}\n$$\n\n{_with_numbers(curve.input_gradient)}")
    if other is Family.RESIDUAL:
        st.caption(
            _(
                "Exact between identity shortcuts with nothing after the addition (He et al. 2016, § 2); in this net an"
                " activation follows each addition."
            )
        )
    if now.setting.activation is Activation.SIGMOID and other is Family.RESIDUAL:
        st.info(
            _(
                "The 1 is not there in this setting: after each addition the signal passes through a sigmoid, whose"
                " slope is at most 1/4. The shortcut is no identity, and the residual net vanishes too."
            )
        )


def _with_numbers(gradients: tuple[float, ...]) -> str:
    """The formula's norms, from the second layer's input (the first one's is the picture) to the last layer's."""
    arrived, sent, layers = gradients[1], gradients[-1], len(gradients) - 2
    factor = arrived / sent if sent else math.nan
    formula = (
        rf"\underbrace{{{tex(arrived)}}}_{{\|\partial L/\partial x_2\|}} = "
        rf"\underbrace{{{tex(sent)}}}_{{\|\partial L/\partial x_{{{layers + 2}}}\|}} \times {tex(factor)}"
    )
    told = _("Beyond the range of a float32 there is no factor to tell.")
    if 0 < factor < math.inf:
        told = _(
            "Over {layers} layers that is a factor of {each} for each of them, on average.",
            layers=layers,
            each=f"{factor ** (1 / layers):.3f}",
        )
    return f"$$\n{formula}\n$$\n\n{told}"


def name_of(now: Chosen) -> str:
    """The setting's name in the names of files."""
    return now.preset.id if now.preset else "own"


def download(now: Chosen, pair: Pair) -> None:
    """The figure's numbers as CSV."""
    st.download_button(
        _("Numbers as CSV"),
        lambda: gradient_csv(now.depth, pair),
        file_name=f"gradients-{name_of(now)}-{now.depth}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


@cache
def _recorded_curves(preset: str) -> str:
    return as_text(gradient_curves(recorded_sweep(preset).pairs))


def _draw(now: Chosen, curves: str) -> None:
    widgets.component(
        "gradients/gradients",
        "scales",
        "keep_picture",
        key="gradients",
        data={
            "position": now.depth,
            "quantity": now.quantity,
            "width": now.setting.width,
            "pairs": curves,
            "name": f"gradients-{name_of(now)}",
            "labels": labels(now, _(QUANTITIES[now.quantity]), _(AXES[now.quantity]), _("Depth in layers")),
        },
        url={"position": DEPTH},
    )


def labels(now: Chosen, title: str, axis: str, position: str) -> dict[str, Any]:
    """The words of the component, in the reader's language."""
    return {
        "title": title,
        "plain": _("Plain net"),
        "plainNote": _("every layer through the next"),
        "residual": _(AGAINST[now.setting.residual]),
        "residualNote": _("the same layers, with shortcuts"),
        "ratio": _("first layer ÷ last layer"),
        "axis": axis,
        "keep": _("Keep this figure as {kind}"),
        "position": position,
        "deepest": _("He et al. 2015 went as deep as {depth} layers", depth=DEEPEST),
        "play": _("Play"),
        "pause": _("Pause"),
        "layer": _("Layer"),
        "stage": _("stage"),
        "stem": _("stem"),
        "quotient": _("plain ÷ other"),
        "hint": _(
            "Point at a layer, or walk with the arrow keys, to read its numbers. Dashed: underflow to 0."
            " Filled black or white: overflow."
        ),
    }
