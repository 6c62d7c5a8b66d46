"""Train it yourself: the command, and how long it would take on this server."""

import streamlit as st
import torch

from resnet_edu.device import best_device, device_name
from resnet_edu.errors import UserError
from resnet_edu.measure.live import LiveSeries
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.training.estimate import StepTime, count_times, time_steps, whole_run
from resnet_edu.training.recipe import Recipe
from resnet_edu.ui.shared.engines import live_measurements
from resnet_edu.ui.shared.watching import watch
from resnet_edu.ui.text.language import _, explain
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import heard
from resnet_edu.ui.url.query import OneOf, read

NETS = {
    f"{family}-{depth}": CifarSpec(family, depth) for family in (Family.PLAIN, Family.RESIDUAL) for depth in (20, 56)
}
TRAIN = OneOf("train", NETS, "residual-20")


def show_command() -> None:
    """Show the command of one of the four runs; how long it would take here is measured on demand."""
    chosen = read(TRAIN)
    widgets.segmented(TRAIN, chosen, _("Network to train"), {name: name for name in NETS})
    spec, recipe = NETS[chosen], Recipe()
    st.code(
        f"python -m resnet_edu train cifar10 --net {spec.family} --depth {spec.depth}", language="bash", wrap_lines=True
    )
    st.markdown(
        _(
            "It downloads CIFAR-10 (170 MB), or uses your copy with `--data-dir`. Stop it with"
            " Ctrl-C; `--resume` continues. Weights, card and record go to `runs`; with `--publish`"
            " they replace what this app shows."
        )
    )
    key = ("steps of training", spec)
    series = live_measurements().find_series(key)
    if series:
        watch(series, lambda times: _tell(times, recipe), "train-steps")
    if not series or (not series.is_running and len(series.results) < series.count):
        st.button(
            _("How long would it take here?"),
            icon=":material/timer:",
            on_click=_measure,
            args=(key, spec, recipe),
        )


def _measure(key: tuple[str, CifarSpec], spec: CifarSpec, recipe: Recipe) -> None:
    heard()
    try:
        live_measurements().start_series(key, lambda: LiveSeries(time_steps(spec, recipe), count_times()))
    except UserError as error:
        st.error(explain(error))


def _tell(times: dict[int, StepTime], recipe: Recipe) -> None:
    whole = whole_run(list(times.values()), recipe)
    st.markdown(
        _(
            "On this server, **{device}** with {threads} of torch's threads: **{hours:.1f} hours** for {epochs} epochs"
            " in {precision}, from the fastest of {count} steps measured just now.",
            device=device_name(best_device()),
            threads=torch.get_num_threads(),
            hours=whole.seconds / 3600,
            epochs=recipe.epochs,
            precision=whole.precision,
            count=len(times),
        )
    )
