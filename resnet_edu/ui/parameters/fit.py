"""Will it fit? The memory of a training step compared with that of a GPU."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from resnet_edu.device import best_device, device_name
from resnet_edu.errors import mark
from resnet_edu.figures.amounts import memory
from resnet_edu.figures.training_memory import training_memory
from resnet_edu.measure.memory import TOLERANCE, Optimiser, Precision, TrainingMemory
from resnet_edu.ui.parameters import costs
from resnet_edu.ui.parameters.code import fit_code
from resnet_edu.ui.parameters.costs import BATCHES, GIB, SIDES, ChosenCosts, choose_net, memory_here, step_of
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Parameter

PRECISIONS = {
    Precision.FLOAT32: mark("float32"),
    Precision.MIXED: mark("mixed, 16 and 32 bits"),
}
OPTIMISERS = {
    Optimiser.SGD: mark("SGD"),
    Optimiser.MOMENTUM: mark("SGD with momentum"),
    Optimiser.ADAM: mark("Adam"),
}


def show_fit(now: ChosenCosts) -> None:
    """Show the peak memory of a training step, its parts, and the largest batch that fits."""
    _controls(now)
    step = step_of(now.net.id, now.side, now.precision)
    peak = step.peak(now.batch, now.optimiser)
    capacity = now.memory * GIB
    largest = step.largest_batch(capacity, now.optimiser)
    _verdict(peak, capacity)
    words = {
        "weights": _("weights of the net"),
        "optimiser": _("the optimiser's numbers"),
        "gradients": _("gradients of the weights"),
        "kept": _("activations kept for the backward pass"),
        "passing": _("activations and gradients in passing"),
        "limit": _("{memory} GiB", memory=now.memory),
        "forward": _("forward pass →"),
        "backward": _("→ backward pass"),
    }
    chart(
        training_memory(step, now.batch, now.optimiser, capacity, words, is_dark()),
        "step-memory",
        _(
            "Memory during one training step, operation by operation, forward and then backward: at most {peak}, of"
            " {capacity}",
            peak=memory(peak.total),
            capacity=memory(capacity),
        ),
    )
    code = fit_code(now.net.id, now.side, now.batch, now.precision, now.optimiser, now.memory)
    _facts(peak, largest)
    below("step-memory", _("Memory of one training step: {net}", net=now.net.name), code)
    st.caption(
        _(
            "The step is followed operation by operation, as autograd does it. A test runs real steps"
            " of nine nets on the CPU and finds the peak of all tensors within {tolerance:.0%} of"
            " this estimate. On a GPU, add the workspace of its libraries and what the driver takes.",
            tolerance=TOLERANCE,
        )
    )


def _controls(now: ChosenCosts) -> None:
    first = st.columns([5, 4, 2], vertical_alignment="bottom")
    with st.container(key="fit-details"):
        second = st.columns(3)
    with first[0]:
        choose_net(now, "net_to_fit")
    with first[1]:
        here = memory_here()
        name = device_name(best_device()) if here else ""
        label = (
            _("Memory of {gpu}, GiB", gpu=name) if here else _("Memory of your GPU, GiB (none found on this server)")
        )
        widgets.number(costs.memory_of_gpu(), now.memory, label, step=1)
    choices: tuple[tuple[Parameter[Any], Any, str, Mapping[Any, str]], ...] = (
        (costs.BATCH, now.batch, _("Batch"), {each: str(each) for each in BATCHES}),
        (costs.side_for(now.net), now.side, _("Height and width of the pictures"), {each: str(each) for each in SIDES}),
        (costs.PRECISION, now.precision, _("Precision"), {each: _(title) for each, title in PRECISIONS.items()}),
        (costs.OPTIMISER, now.optimiser, _("Optimiser"), {each: _(title) for each, title in OPTIMISERS.items()}),
    )
    for column, (parameter, value, title, titles) in zip((first[2], *second), choices, strict=True):
        with column:
            widgets.select(parameter, value, title, titles)


def _verdict(peak: TrainingMemory, capacity: int) -> None:
    fits = peak.total <= capacity
    values = {"peak": memory(peak.total), "capacity": memory(capacity)}
    verdict = (
        _("It fits: {peak} needed, {capacity} available", **values)
        if fits
        else _("Does not fit: {peak} needed, {capacity} available", **values)
    )
    kind = "fits" if fits else "too-large"
    st.html(f'<p class="fit {kind}" role="status">{escape(verdict)}</p>')


def _facts(peak: TrainingMemory, largest: int) -> None:
    where = peak.operation or _("while the optimiser changes the weights")
    rows = [
        (_("Weights and optimiser"), memory(peak.weights + peak.optimiser)),
        (_("Activations"), memory(peak.kept + peak.passing)),
        (_("Gradients so far"), memory(peak.gradients)),
        (_("Largest batch that fits"), f"{largest:,}"),
        (_("The peak is at"), where),
    ]
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
    st.html(f'<dl class="facts">{cells}</dl>')
