"""The main figure of the gradients page, and the chain rule that explains it."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import streamlit as st
from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.figures.gradient_curves import gradient_csv, gradient_curves, scientific, tex
from resnet_edu.measure.gradients import Pictures
from resnet_edu.measure.signs import Sign
from resnet_edu.measure.sweeps import DEEPEST, PRESETS, Curve, Pair, Setting, Spread, seeds_at, spread_of
from resnet_edu.nets.blocks import Activation
from resnet_edu.nets.cifar import Family
from resnet_edu.ui.components import as_text
from resnet_edu.ui.gradients.code import gradients_code
from resnet_edu.ui.gradients.records import picture_pool, recorded_sweep
from resnet_edu.ui.gradients.settings import DEPTH, QUANTITY, ChosenGradients
from resnet_edu.ui.shared import turns
from resnet_edu.ui.shared.engines import live_measurements
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.watching import watch
from resnet_edu.ui.text.language import _, explain, marks
from resnet_edu.ui.url import widgets

FIRST_SECONDS = 10.0

QUANTITIES = {
    "weight_gradient": mark("Weight gradient"),
    "relative_gradient": mark("Weight gradient ÷ weights"),
    "trunk_gradient": mark("Trunk gradient"),
    "input_gradient": mark("Activation gradient"),
    "output_std": mark("Activation scale"),
}
AXES = {
    "weight_gradient": mark("Layer, input to output · norm of the loss gradient with respect to its weights"),
    "relative_gradient": mark("Layer, input to output · the same, divided by the norm of the weights"),
    "trunk_gradient": mark("Block, input to output · norm of the loss gradient with respect to the block's input"),
    "input_gradient": mark("Layer, input to output · norm of the loss gradient with respect to its input"),
    "output_std": mark("Layer, input to output · standard deviation of its output"),
}
AGAINST = {
    Family.RESIDUAL: mark("Residual net"),
    Family.PRE_ACTIVATION: mark("Pre-activation net"),
    Family.HIGHWAY: mark("Highway net"),
}
SIGNS = {
    Sign.START: mark("0 by construction"),
    Sign.UNDERFLOW: mark("underflows float32"),
    Sign.OFF: mark("0: every unit on the way is off"),
    Sign.OVERFLOW: mark("overflows float32"),
    Sign.WEIGHTLESS: mark("the weights start at 0"),
}
LEGEND = {
    Sign.START: mark("One diagonal: 0 by construction, as the block's last scale starts at 0."),
    Sign.UNDERFLOW: mark("Dashed: smaller than the smallest float32."),
    Sign.OFF: mark("Two diagonals: 0, as every unit on the way is off."),
    Sign.OVERFLOW: mark("Filled black or white: overflows float32."),
    Sign.WEIGHTLESS: mark("Empty: no ratio, as the weights start at 0."),
}
NO_LAST = {
    Sign.START: mark("The last layer's is 0 by construction"),
    Sign.UNDERFLOW: mark("no gradient left in the last layer"),
    Sign.OFF: mark("no gradient left in the last layer"),
    Sign.OVERFLOW: mark("overflows float32"),
    Sign.WEIGHTLESS: mark("the last layer's weights start at 0"),
}


def choose_quantity(now: ChosenGradients) -> None:
    """Show the control for the quantity in the figure."""
    titles = {name: _(title) for name, title in QUANTITIES.items()}
    widgets.segmented(QUANTITY, now.quantity, _("Quantity"), titles)


def show_gradients(now: ChosenGradients) -> None:
    """Show the main figure: recorded for a preset, otherwise measured while the reader watches."""
    if now.preset:
        _draw(now, _recorded_curves(now.preset.id, now.quantity), recorded_sweep(now.preset.id).seeds)
        return
    try:
        sweep = live_measurements().start(now.setting, now.depth, pool(now))
    except UserError as error:
        st.error(explain(error))
        return
    with turns.aside():
        sweep.wait_for(now.depth, FIRST_SECONDS)
    watch(
        sweep,
        lambda pairs: _draw(now, _curves(now.setting, _alone(pairs), now.quantity), (now.setting.seed,)),
        "sweep",
    )


def nets_now(now: ChosenGradients) -> Pair[Spread] | None:
    """Return both nets at the chosen depth, or None if they have not been measured."""
    if now.preset:
        return recorded_sweep(now.preset.id).spreads[now.depth]
    sweep = live_measurements().find(now.setting)
    return _alone(sweep.results).get(now.depth) if sweep else None


def seeds(now: ChosenGradients) -> tuple[int, ...]:
    """Return the seeds of the nets shown."""
    return seeds_at(now.depth) if now.preset else (now.setting.seed,)


def pool(now: ChosenGradients) -> Tensor | None:
    """Return the pictures to draw batches from, or None if the setting uses noise."""
    return picture_pool() if now.setting.pictures is Pictures.REAL else None


def explain_chain_rule(now: ChosenGradients, nets: Pair[Spread]) -> None:
    """Show the chain rule of He16 section 2 over the blocks, with the numbers of the current setting."""
    other = now.setting.residual
    through_blocks = r"\prod_{i=l}^{L-1} \frac{\partial x_{i+1}}{\partial x_i}"
    with_one = r"\left(1 + \frac{\partial}{\partial x_l}\sum_{i=l}^{L-1} F(x_i)\right)"
    with_gates = r"\left(\prod_{i=l}^{L-1} (1 - T(x_i)) + \dots\right)"
    factor_of_other = with_gates if other is Family.HIGHWAY else with_one
    formulas = ((_("Plain net"), through_blocks, nets.plain), (_(AGAINST[other]), factor_of_other, nets.residual))
    for column, (name, factor, spread) in zip(st.columns(2), formulas, strict=True):
        formula = rf"\frac{{\partial L}}{{\partial x_l}} = \frac{{\partial L}}{{\partial x_L}} {factor}"
        column.markdown(f"**{name}**\n\n$$\n{formula}\n$$\n\n{_with_numbers(spread)}")
    st.caption(
        _(
            "x_l is the input of block l, where the shortcuts run: the trunk. In the plain net it is the same place,"
            " before every second layer."
        )
    )
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
    if now.setting.zero_last:
        st.info(
            _(
                "Here F starts at 0, so the 1 is all there is. Inside a block, every gradient that would have to come"
                " through the last scale is exactly 0 by construction: these layers wait until that scale has moved."
            )
        )


def _with_numbers(spread: Spread) -> str:
    """Fill in the formula's norms, from the last block's output back to the first block's input."""
    gradients = spread.median.trunk_gradient
    arrived, sent, blocks = gradients[0], gradients[-1], len(gradients) - 1
    factor = arrived / sent if sent else math.nan
    formula = (
        rf"\underbrace{{{tex(arrived)}}}_{{\|\partial L/\partial x_1\|}} = "
        rf"\underbrace{{{tex(sent)}}}_{{\|\partial L/\partial x_{{{blocks + 1}}}\|}} \times {tex(factor)}"
    )
    each = [ratio ** (1 / blocks) if ratio > 0 else math.nan for ratio in spread.ratios["trunk_gradient"]]
    if not all(map(math.isfinite, (factor, *each))):
        return f"$$\n{formula}\n$$\n\n" + _("Beyond the range of float32, no factor can be given.")
    told = _(
        "Over {blocks} blocks that is a factor of {each} for each block, or {layer} for each of its two layers.",
        blocks=blocks,
        each=f"{factor ** (1 / blocks):.4f}",
        layer=f"{factor ** (1 / blocks / 2):.4f}",
    )
    if spread.low is not spread.high:
        told += marks().sentence + _(
            "Runs differ by seed: {low} to {high} a layer.", low=f"{each[0] ** 0.5:.4f}", high=f"{each[2] ** 0.5:.4f}"
        )
    return f"$$\n{formula}\n$$\n\n{told}"


def told(value: float) -> str:
    """Format a number for a table, or say that it overflows."""
    return scientific(value) if math.isfinite(value) else _(SIGNS[Sign.OVERFLOW])


def told_ratio(ratio: float, loss: float) -> str:
    """Format the ratio of first to last layer, which does not exist if the last gradient is 0."""
    return _(NO_LAST[Sign.OFF]) if math.isnan(ratio) and math.isfinite(loss) else told(ratio)


def name_of(now: ChosenGradients) -> str:
    """Return the setting's name for file names."""
    return now.preset.id if now.preset else "own"


def download(now: ChosenGradients, nets: Pair[Spread]) -> None:
    """Offer the figure's numbers as CSV."""
    st.download_button(
        _("Numbers as CSV"),
        lambda: gradient_csv(now.setting, now.depth, nets),
        file_name=f"gradients-{name_of(now)}-{now.depth}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


@cache
def _recorded_curves(preset: str, quantity: str) -> str:
    setting = next(each.setting for each in PRESETS if each.id == preset)
    return _curves(setting, recorded_sweep(preset).spreads, quantity)


def _curves(setting: Setting, spreads: Mapping[int, Pair[Spread]], quantity: str) -> str:
    return as_text(gradient_curves(setting, spreads, quantity))


def _alone(pairs: Mapping[int, Pair[Curve]]) -> dict[int, Pair[Spread]]:
    return {depth: spread_of([pair]) for depth, pair in pairs.items()}


def _draw(now: ChosenGradients, curves: str, seeds: Sequence[int]) -> None:
    widgets.component(
        "gradients/gradients",
        key="gradients",
        data={
            "position": now.depth,
            "quantity": now.quantity,
            "width": now.setting.width,
            "pairs": curves,
            "name": f"gradients-{name_of(now)}",
            "setting": f"{name_of(now)} {now.quantity}",
            "labels": labels(now, _(QUANTITIES[now.quantity]), _(AXES[now.quantity]), _("Depth in layers"), seeds),
        },
        url={"position": DEPTH},
    )
    below(
        "gradients",
        _(QUANTITIES[now.quantity]),
        gradients_code(now.setting, now.depth, seeds),
        now.preset.citation if now.preset else "",
    )


def labels(now: ChosenGradients, title: str, axis: str, position: str, seeds: Sequence[int]) -> dict[str, Any]:
    """Return the component's texts in the reader's language."""
    return {
        "title": title,
        "plain": _("Plain net"),
        "plainNote": _("layer after layer"),
        "residual": _(AGAINST[now.setting.residual]),
        "residualNote": _("the same layers, with shortcuts"),
        "ratio": _("first ÷ last"),
        "range": _("{low} to {high}"),
        "axis": axis,
        "runs": _("median and range of {count} seeds", count=len(seeds)),
        "run": _("one run, seed {seed}", seed=seeds[0]),
        "position": position,
        "deepest": _("He et al. 2015 went as deep as {depth} layers", depth=DEEPEST),
        "play": _("Play"),
        "pause": _("Pause"),
        "layer": _("Layer"),
        "block": _("Block"),
        "stage": _("stage"),
        "stem": _("stem"),
        "quotient": _("plain ÷ other"),
        "signs": {sign: _(words) for sign, words in SIGNS.items()},
        "legend": {sign: _(words) for sign, words in LEGEND.items()},
        "noLast": {sign: _(words) for sign, words in NO_LAST.items()},
        "hint": _("Point at a layer or tap it, or walk with the arrow keys, to read its numbers."),
    }
