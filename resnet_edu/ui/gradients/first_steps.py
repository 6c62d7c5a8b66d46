"""The panel of the first steps: the same two nets after 0 to 20 steps of training."""

from dataclasses import replace
from functools import cache

import streamlit as st

from resnet_edu.errors import UserError, mark
from resnet_edu.figures.gradient_curves import first_steps_curves, scientific
from resnet_edu.measure.first_steps import BATCH_SIZE, LEARNING_RATE, MOMENTUM, STEPS, Ending, Moment, first_steps
from resnet_edu.measure.live import LiveSeries
from resnet_edu.ui.components import as_text
from resnet_edu.ui.gradients import hero
from resnet_edu.ui.gradients.records import recorded_steps
from resnet_edu.ui.gradients.settings import STEP, STEP_QUANTITY, Chosen
from resnet_edu.ui.shared.engines import live_measurements
from resnet_edu.ui.shared.watching import watch
from resnet_edu.ui.text.language import _, explain
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import heard

QUANTITIES = {**hero.QUANTITIES, "weight_norm": mark("Weight norm")}
AXES = {**hero.AXES, "weight_norm": mark("Layer, input to output · norm of its weights")}


def panel(now: Chosen) -> None:
    """Recorded for a preset, at the nearest recorded depth; else trained on demand."""
    titles = {name: _(title) for name, title in QUANTITIES.items()}
    widgets.segmented(STEP_QUANTITY, now.step_quantity, _("Quantity"), titles)
    if now.preset:
        recorded = recorded_steps(now.preset.id)
        depth = min(recorded.moments, key=lambda each: abs(each - now.depth))
        _draw(now, depth, recorded.moments[depth], _recorded_curves(now.preset.id, depth))
        _compare_seeds(now, depth, recorded.endings[depth])
        return
    key = ("first steps", replace(now.setting, batch_size=BATCH_SIZE), now.depth)
    steps = live_measurements().find_series(key)
    if steps:
        watch(steps, lambda moments: _draw_live(now, moments), "steps")
    if steps and (steps.is_running or len(steps.results) == steps.count):
        return
    label = _("Train both nets of {depth} layers for {steps} steps", depth=now.depth, steps=STEPS[-1])
    if st.button(label, key="train", type="primary", on_click=heard):
        pool = hero.pool(now)
        try:
            live_measurements().start_series(
                key, lambda: LiveSeries(first_steps(now.setting, now.depth, pool), len(STEPS))
            )
        except UserError as error:
            st.error(explain(error))
            return
        st.rerun()


@cache
def _recorded_curves(preset: str, depth: int) -> str:
    return as_text(first_steps_curves(recorded_steps(preset).moments[depth]))


def _draw_live(now: Chosen, moments: dict[int, Moment]) -> None:
    _draw(now, now.depth, moments, as_text(first_steps_curves(moments)))


def _draw(now: Chosen, depth: int, moments: dict[int, Moment], curves: str) -> None:
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
        "scales",
        "keep_picture",
        key="steps",
        data={
            "position": min(moments, key=lambda step: abs(step - now.step)),
            "layers": depth,
            "quantity": now.step_quantity,
            "width": now.setting.width,
            "pairs": curves,
            "notes": {
                str(step): {
                    "plain": _("loss {loss}", loss=scientific(moment.pair.plain.loss)),
                    "residual": _("loss {loss}", loss=scientific(moment.pair.residual.loss)),
                }
                for step, moment in moments.items()
            },
            "name": f"first-steps-{depth}",
            "labels": hero.labels(
                now, _(QUANTITIES[now.step_quantity]), _(AXES[now.step_quantity]), _("Steps of training")
            ),
        },
        url={"position": STEP},
    )


def _compare_seeds(now: Chosen, depth: int, endings: dict[int, Ending]) -> None:
    other = _(hero.AGAINST[now.setting.residual])
    columns = (
        _("Seed"),
        _("{net}: loss · first ÷ last", net=_("Plain net")),
        _("{net}: loss · first ÷ last", net=other),
    )
    rows = [
        f"| {seed} | {scientific(end.plain_loss)} · {scientific(end.plain_ratio)}"
        f" | {scientific(end.residual_loss)} · {scientific(end.residual_ratio)} |"
        for seed, end in endings.items()
    ]
    st.markdown(_("One seed is no evidence. After {steps} steps at {depth} layers:", steps=STEPS[-1], depth=depth))
    st.markdown("\n".join([f"| {' | '.join(columns)} |", "|" + "---|" * len(columns), *rows]))
