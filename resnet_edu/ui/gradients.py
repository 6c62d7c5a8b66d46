"""The panels of the gradients page."""

from typing import Any

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.figures.gradient_curves import gradient_csv, gradient_curves, scientific
from resnet_edu.measure.gradients import DEPTHS, Pictures
from resnet_edu.measure.live import LiveSweep
from resnet_edu.measure.sweeps import DEEPEST, Pair
from resnet_edu.nets.blocks import Activation
from resnet_edu.nets.cifar import Family
from resnet_edu.ui.components import component
from resnet_edu.ui.language import _
from resnet_edu.ui.links import choose, linked, remember
from resnet_edu.ui.settings import Chosen
from resnet_edu.ui.workbench import live_sweeps, picture_pool, recorded_sweep

FIRST_SECONDS = 10.0
POLL_SECONDS = 0.8

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


def choose_quantity() -> str:
    """Which of the measured quantities the figure shows."""
    st.session_state["quantity"] = linked("quantity", QUANTITIES, "weight_gradient")
    st.segmented_control(
        _("Quantity"),
        list(QUANTITIES),
        format_func=lambda name: _(QUANTITIES[name]),
        key="quantity",
        required=True,
        label_visibility="collapsed",
        on_change=remember,
        args=("quantity",),
    )
    return str(st.session_state["quantity"])


def hero(now: Chosen, quantity: str) -> None:
    """The figure that the hall watches: recorded for a preset, else measured while one looks."""
    if now.preset:
        _draw(now, quantity, recorded_sweep(now.preset.id).pairs)
        return
    sweep = _live(now)
    if not sweep.wait_for(now.depth, FIRST_SECONDS) and sweep.error:
        raise sweep.error
    st.fragment(_fill, run_every=POLL_SECONDS if sweep.is_running else None)(now, quantity, sweep)


def pair_now(now: Chosen) -> Pair | None:
    """The pair of nets at the chosen depth, if it is measured."""
    pairs = recorded_sweep(now.preset.id).pairs if now.preset else _live(now).pairs
    return pairs.get(now.depth)


def explain_chain_rule(now: Chosen, pair: Pair) -> None:
    """The chain rule of He16 section 2 with the numbers of the present setting."""
    plain, residual = pair.plain.input_gradient, pair.residual.input_gradient
    layers = len(plain) - 2
    product = r"\prod_{i=l}^{L-1} \frac{\partial x_{i+1}}{\partial x_i}"
    with_one = r"\left(1 + \frac{\partial}{\partial x_l}\sum_{i=l}^{L-1} F(x_i)\right)"
    rows = ((_("Plain net"), product, plain), (_(AGAINST[now.setting.residual]), with_one, residual))
    for column, (name, factor, values) in zip(st.columns(2), rows, strict=True):
        with column:
            st.markdown(f"**{name}**")
            st.latex(rf"\frac{{\partial L}}{{\partial x_l}} = \frac{{\partial L}}{{\partial x_L}} {factor}")
            st.markdown(
                _(
                    "Measured over {layers} layers: from {last} at the last layer to {first} at the second.",
                    layers=layers,
                    last=scientific(values[-1]),
                    first=scientific(values[1]),
                )
            )
    if now.setting.activation is Activation.SIGMOID and now.setting.residual is Family.RESIDUAL:
        st.info(
            _(
                "The 1 is not there in this setting: after each addition the signal passes through a sigmoid, whose"
                " slope is at most 1/4. The shortcut is no identity, and the residual net vanishes too."
            )
        )


def download(now: Chosen, pair: Pair) -> None:
    """The figure's numbers as CSV."""
    st.download_button(
        _("Numbers as CSV"),
        gradient_csv(now.depth, pair),
        file_name=f"gradients-{now.preset.id if now.preset else 'own'}-{now.depth}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _live(now: Chosen) -> LiveSweep:
    pool = picture_pool() if now.setting.pictures is Pictures.REAL else None
    return live_sweeps().start(now.setting, now.depth, pool)


def _fill(now: Chosen, quantity: str, sweep: LiveSweep) -> None:
    _draw(now, quantity, dict(sorted(sweep.pairs.items())))
    if not sweep.is_running:
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    done = len(sweep.pairs)
    left.progress(done / len(DEPTHS), _("Measured here and now: {done} of {all} depths", done=done, all=len(DEPTHS)))
    if right.button(_("Stop"), key="stop"):
        sweep.stop()
        st.rerun()


def _draw(now: Chosen, quantity: str, pairs: dict[int, Pair]) -> None:
    component("gradients", "scales")(
        key="gradients",
        data={
            "depth": now.depth,
            "quantity": quantity,
            "width": now.setting.width,
            "pairs": gradient_curves(pairs),
            "labels": _labels(now, quantity),
        },
        on_depth_change=lambda: choose("depth", str(st.session_state["gradients"].depth)),
    )


def _labels(now: Chosen, quantity: str) -> dict[str, Any]:
    return {
        "title": _(QUANTITIES[quantity]),
        "plain": _("Plain net"),
        "plainNote": _("every layer through the next"),
        "residual": _(AGAINST[now.setting.residual]),
        "residualNote": _("the same layers, with shortcuts"),
        "ratio": _("first layer ÷ last layer"),
        "axis": _(AXES[quantity]),
        "depth": _("Depth in layers"),
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
