"""The panels of the gradients page."""

import logging
from typing import Any

import streamlit as st
from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.figures.gradient_curves import gradient_csv, gradient_curves, scientific
from resnet_edu.measure.first_steps import BATCH_SIZE, LEARNING_RATE, MOMENTUM, STEPS, Moment
from resnet_edu.measure.gradients import DEPTHS, Pictures
from resnet_edu.measure.live import LiveSweep
from resnet_edu.measure.sweeps import DEEPEST, Pair
from resnet_edu.nets.blocks import Activation
from resnet_edu.nets.cifar import Family
from resnet_edu.ui.components import component
from resnet_edu.ui.language import _, explain
from resnet_edu.ui.links import choose, linked, segmented
from resnet_edu.ui.settings import Chosen
from resnet_edu.ui.workbench import live_sweeps, picture_pool, recorded_steps, recorded_sweep

FIRST_SECONDS = 10.0
POLL_SECONDS = 0.8

log = logging.getLogger(__name__)

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
    return segmented(
        "quantity", _("Quantity"), {name: _(title) for name, title in QUANTITIES.items()}, "weight_gradient"
    )


def hero(now: Chosen, quantity: str) -> None:
    """The figure that the hall watches: recorded for a preset, else measured while one looks."""
    if now.preset:
        _draw(now, quantity, recorded_sweep(now.preset.id).pairs)
        return
    try:
        sweep = _live(now)
    except UserError as error:
        st.error(explain(error))
        return
    if not sweep.wait_for(now.depth, FIRST_SECONDS) and sweep.error:
        _tell(sweep.error)
        return
    polled = sweep.is_running
    st.fragment(_fill, run_every=POLL_SECONDS if polled else None)(now, quantity, sweep, polled)


def first_steps(now: Chosen, quantity: str) -> None:
    """The same two nets after 0 to 20 steps of training: recorded for a preset, else on demand."""
    if now.preset:
        recorded = recorded_steps(now.preset.id)
        depth = min(recorded, key=lambda each: abs(each - now.depth))
        _draw_steps(now, quantity, depth, recorded[depth])
        return
    steps = live_sweeps().find_steps(now.setting, now.depth)
    if steps and steps.error:
        _tell(steps.error)
    running = steps is not None and steps.is_running
    st.fragment(_train, run_every=POLL_SECONDS if running else None)(now, quantity, running)


def _train(now: Chosen, quantity: str, polled: bool) -> None:
    steps = live_sweeps().find_steps(now.setting, now.depth)
    running = steps is not None and steps.is_running
    moments = steps.moments if steps else {}  # read after, so that what has ended is shown whole
    if polled and not running:
        st.rerun()  # ends the polling
    if moments:
        _draw_steps(now, quantity, now.depth, moments)
    if steps and running:
        left, right = st.columns([5, 1], vertical_alignment="center")
        done = len(moments)
        left.progress(done / len(STEPS), _("Measured here and now: {done} of {all} moments", done=done, all=len(STEPS)))
        if right.button(_("Stop"), key="stop-steps"):
            steps.stop()
            st.rerun()
    elif len(moments) < len(STEPS):
        label = _("Train both nets of {depth} layers for {steps} steps", depth=now.depth, steps=STEPS[-1])
        if st.button(label, key="train", type="primary"):
            try:
                live_sweeps().start_steps(now.setting, now.depth, _pool(now))
            except UserError as error:
                st.error(explain(error))
                return
            st.rerun()


def _draw_steps(now: Chosen, quantity: str, depth: int, moments: dict[int, Moment]) -> None:
    at = int(linked("step", {str(step) for step in moments}, str(min(moments))))
    st.caption(
        _(
            "{depth} layers, one batch of {batch}, SGD with a learning rate of {rate} and a momentum of {momentum}",
            depth=depth,
            batch=BATCH_SIZE,
            rate=LEARNING_RATE,
            momentum=MOMENTUM,
        )
    )
    component("gradients", "scales")(
        key="steps",
        data={
            "position": at,
            "layers": depth,
            "quantity": quantity,
            "width": now.setting.width,
            "pairs": gradient_curves({step: moment.pair for step, moment in moments.items()}),
            "notes": {
                str(step): {
                    "plain": _note(moment.pair.plain.loss, moment.plain_norm),
                    "residual": _note(moment.pair.residual.loss, moment.residual_norm),
                }
                for step, moment in moments.items()
            },
            "labels": _labels(now, quantity, _("Steps of training")),
        },
        on_position_change=lambda: choose("step", str(st.session_state["steps"].position)),
    )


def _tell(error: Exception) -> None:
    """A fault of ours: the log has it, the reader a sentence, the rest of the page goes on."""
    log.error("A measurement failed", exc_info=error)
    st.error(
        _(
            "That measurement went wrong on our side. Choose another setting;"
            " if it stays so, tell whoever runs this server."
        )
    )


def _note(loss: float, norm: float) -> str:
    return _("loss {loss}, first weights' norm {norm}", loss=scientific(loss), norm=scientific(norm))


def pair_now(now: Chosen) -> Pair | None:
    """The pair of nets at the chosen depth, if it is measured."""
    if now.preset:
        return recorded_sweep(now.preset.id).pairs[now.depth]
    sweep = live_sweeps().find(now.setting)
    return sweep.pairs.get(now.depth) if sweep else None


def explain_chain_rule(now: Chosen, pair: Pair) -> None:
    """The chain rule of He16 section 2 with the numbers of the present setting."""
    plain, residual = pair.plain.input_gradient, pair.residual.input_gradient
    layers = len(plain) - 2
    product = r"\prod_{i=l}^{L-1} \frac{\partial x_{i+1}}{\partial x_i}"
    with_one = r"\left(1 + \frac{\partial}{\partial x_l}\sum_{i=l}^{L-1} F(x_i)\right)"
    with_gates = r"\left(\prod_{i=l}^{L-1} (1 - T(x_i)) + \dots\right)"
    factor_of_other = with_gates if now.setting.residual is Family.HIGHWAY else with_one
    rows = ((_("Plain net"), product, plain), (_(AGAINST[now.setting.residual]), factor_of_other, residual))
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
    if now.setting.residual is Family.RESIDUAL:
        st.caption(
            _(
                "Exact between identity shortcuts with nothing after the addition (He et al. 2016, § 2); in this net an"
                " activation follows each addition."
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
    return live_sweeps().start(now.setting, now.depth, _pool(now))


def _pool(now: Chosen) -> Tensor | None:
    return picture_pool() if now.setting.pictures is Pictures.REAL else None


def _fill(now: Chosen, quantity: str, sweep: LiveSweep, polled: bool) -> None:
    running = sweep.is_running
    pairs = sweep.pairs  # read after, so that what has ended is shown whole
    if polled and not running:
        st.rerun()  # ends the polling
    _draw(now, quantity, dict(sorted(pairs.items())))
    if not running:
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    done = len(pairs)
    left.progress(done / len(DEPTHS), _("Measured here and now: {done} of {all} depths", done=done, all=len(DEPTHS)))
    if right.button(_("Stop"), key="stop"):
        sweep.stop()
        st.rerun()


def _draw(now: Chosen, quantity: str, pairs: dict[int, Pair]) -> None:
    component("gradients", "scales")(
        key="gradients",
        data={
            "position": now.depth,
            "quantity": quantity,
            "width": now.setting.width,
            "pairs": gradient_curves(pairs),
            "labels": _labels(now, quantity, _("Depth in layers")),
        },
        on_position_change=lambda: choose("depth", str(st.session_state["gradients"].position)),
    )


def _labels(now: Chosen, quantity: str, position: str) -> dict[str, Any]:
    return {
        "title": _(QUANTITIES[quantity]),
        "plain": _("Plain net"),
        "plainNote": _("every layer through the next"),
        "residual": _(AGAINST[now.setting.residual]),
        "residualNote": _("the same layers, with shortcuts"),
        "ratio": _("first layer ÷ last layer"),
        "axis": _(AXES[quantity]),
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
