"""The first steps of training: the same two nets after 0 to 20 steps."""

from dataclasses import replace
from functools import cache

import streamlit as st

from resnet_edu.errors import UserError, mark
from resnet_edu.figures.gradient_curves import first_steps_curves, scientific
from resnet_edu.measure.first_steps import (
    BATCH_SIZE,
    LEARNING_RATE,
    MOMENTUM,
    STEPS,
    Ending,
    Moment,
    RecordedSteps,
    first_steps,
)
from resnet_edu.measure.gradients import DEPTHS
from resnet_edu.measure.live import LiveSeries
from resnet_edu.measure.sweeps import PRESETS, Preset, range_of
from resnet_edu.ui.components import as_text
from resnet_edu.ui.gradients import hero
from resnet_edu.ui.gradients.code import first_steps_code
from resnet_edu.ui.gradients.records import recorded_steps
from resnet_edu.ui.gradients.settings import FIELDS, STEP, STEP_QUANTITY, ChosenGradients
from resnet_edu.ui.shared.engines import live_measurements
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.watching import watch
from resnet_edu.ui.shell import lecture
from resnet_edu.ui.text.language import _, explain, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import choose_all, heard

QUANTITIES = {**hero.QUANTITIES, "weight_norm": mark("Weight norm")}
AXES = {**hero.AXES, "weight_norm": mark("Layer, input to output · norm of its weights")}


CASE = {"preset": "paper", "depth": "110", "step": "0", **dict.fromkeys(FIELDS)}
"""The setting that the lesson discusses."""


def offer_case(now: ChosenGradients) -> None:
    """Show a button that sets the lesson's case, unless it is set already."""
    if not lecture.here() and not (now.preset and now.preset.id == CASE["preset"] and str(now.depth) == CASE["depth"]):
        label = _("Set this case: the paper's setting, 110 layers, before the first step")
        st.button(label, key="steps-case", icon=":material/tune:", on_click=choose_all, args=(CASE,))


def show_first_steps(now: ChosenGradients) -> None:
    """Show the recorded steps of a preset at the nearest recorded depth; otherwise train on demand."""
    titles = {name: _(title) for name, title in QUANTITIES.items()}
    widgets.segmented(STEP_QUANTITY, now.step_quantity, _("Quantity"), titles)
    recorded = recorded_steps(now.preset.id) if now.preset else None
    if now.preset and recorded:
        depth = min(recorded.moments, key=lambda each: abs(each - now.depth))
        _draw(now, depth, recorded.moments[depth], _recorded_curves(now.preset, depth, now.step_quantity))
        _compare_seeds(now, depth, recorded.endings[depth])
        _compare_starts(now.preset, depth, recorded)
        return
    depth = min(now.depth, DEPTHS[-1])  # 1202 layers are only recorded
    key = ("first steps", replace(now.setting, batch_size=BATCH_SIZE), depth)
    steps = live_measurements().find_series(key)
    if steps:
        watch(steps, lambda moments: _draw_live(now, depth, moments), "steps")
    if steps and (steps.is_running or len(steps.results) == steps.count):
        return
    label = _("Train both nets of {depth} layers for {steps} steps", depth=depth, steps=STEPS[-1])
    if st.button(label, key="train", type="primary", on_click=heard):
        pool = hero.pool(now)
        try:
            live_measurements().start_series(key, lambda: LiveSeries(first_steps(now.setting, depth, pool), len(STEPS)))
        except UserError as error:
            st.error(explain(error))
            return
        st.rerun()


@cache
def _recorded_curves(preset: Preset, depth: int, quantity: str) -> str:
    recorded = recorded_steps(preset.id)
    assert recorded is not None
    return as_text(first_steps_curves(preset.setting, depth, recorded.moments[depth], quantity))


def _draw_live(now: ChosenGradients, depth: int, moments: dict[int, Moment]) -> None:
    _draw(now, depth, moments, as_text(first_steps_curves(now.setting, depth, moments, now.step_quantity)))


def _draw(now: ChosenGradients, depth: int, moments: dict[int, Moment], curves: str) -> None:
    st.caption(
        _(
            "{depth} layers, one batch of {batch}, SGD with a learning rate of {rate} and a momentum of {momentum}",
            depth=depth,
            batch=BATCH_SIZE,
            rate=LEARNING_RATE,
            momentum=MOMENTUM,
        )
    )
    widgets.component(
        "gradients/gradients",
        key="steps",
        data={
            "position": min(moments, key=lambda step: abs(step - now.step)),
            "layers": depth,
            "quantity": now.step_quantity,
            "width": now.setting.width,
            "pairs": curves,
            "notes": {
                str(step): {
                    "plain": _("loss {loss}", loss=hero.told(moment.pair.plain.loss)),
                    "residual": _("loss {loss}", loss=hero.told(moment.pair.residual.loss)),
                }
                for step, moment in moments.items()
            },
            "name": f"first-steps-{depth}",
            "labels": hero.labels(
                now,
                _(QUANTITIES[now.step_quantity]),
                _(AXES[now.step_quantity]),
                _("Steps of training"),
                (now.setting.seed,),
            ),
        },
        url={"position": STEP},
    )
    title = _("The first steps of training")
    below("steps", marks().titled(title, _(QUANTITIES[now.step_quantity])), first_steps_code(now.setting, depth))


def _compare_seeds(now: ChosenGradients, depth: int, endings: dict[int, Ending]) -> None:
    other = _(hero.AGAINST[now.setting.residual])
    columns = (
        _("Seed"),
        _("{net}: loss · first ÷ last", net=_("Plain net")),
        _("{net}: loss · first ÷ last", net=other),
    )
    rows = [
        f"| {seed} | {_told(end.plain_loss, end.plain_ratio)} | {_told(end.residual_loss, end.residual_ratio)} |"
        for seed, end in endings.items()
    ]
    st.markdown(_("One seed is no evidence. After {steps} steps at {depth} layers:", steps=STEPS[-1], depth=depth))
    st.markdown("\n".join([f"| {' | '.join(columns)} |", "|" + "---|" * len(columns), *rows]))


def _compare_starts(preset: Preset, depth: int, with_it: RecordedSteps) -> None:
    """Say what a zero start costs in the first steps, against the recorded preset that differs in nothing else."""
    twin = next((each for each in PRESETS if each.setting == replace(preset.setting, zero_last=False)), None)
    without = recorded_steps(twin.id) if twin and preset.setting.zero_last else None
    if without is None:
        return
    low, loss, high = range_of(end.residual_loss for end in with_it.endings[depth].values())
    _low, other, _high = range_of(end.residual_loss for end in without.endings[depth].values())
    trunk, other_trunk = (each.moments[depth][0].pair.residual.trunk_gradient[0] for each in (with_it, without))
    losses = {
        "steps": STEPS[-1],
        "loss": scientific(loss),
        "low": scientific(low),
        "high": scientific(high),
        "count": len(with_it.endings[depth]),
        "other": hero.told(other),
    }
    if not other < loss:
        st.markdown(
            _(
                "**With the zero start** the residual net's loss after {steps} steps is {loss} ({low} to {high} over"
                " {count} seeds), without it: {other}.",
                **losses,
            )
        )
        return
    st.markdown(
        _(
            "**The zero start learns more slowly here.** After {steps} steps the residual net's loss is {loss} ({low}"
            " to {high} over {count} seeds), without the zero start {other}. A level gradient is a small one: at step 0"
            " it is {trunk} at the first block, without the zero start {other_trunk}; and in each branch only the last"
            " scale has a gradient at first. At the same learning rate, less moves. What it buys is depth: with"
            " zero-started, rescaled branches nets of 10,000 layers train without normalisation (Zhang et al. 2019).",
            trunk=scientific(trunk),
            other_trunk=scientific(other_trunk),
            **losses,
        )
    )


def _told(loss: float, ratio: float) -> str:
    return f"{hero.told(loss)} · {hero.told_ratio(ratio, loss)}"
