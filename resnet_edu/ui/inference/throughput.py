"""The throughput view: images per second of this machine, by precision and batch size."""

import streamlit as st

from resnet_edu.device import best_device, precisions
from resnet_edu.figures.spoken import spoken
from resnet_edu.figures.throughput import throughput
from resnet_edu.nets.cifar import is_plain
from resnet_edu.ui.components.pane import fragment, keyed
from resnet_edu.ui.inference.code import throughput_code
from resnet_edu.ui.shared.asking import ask
from resnet_edu.ui.shared.engines import engine
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _, axis_unit, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import OneOf, Several, read
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.image import Picture
from resnet_edu.vision.throughput import BATCHES, MeasureSpeed, Speed

MOST_NETS = 4


@fragment  # changes with a choice, while the rest of the page stays as it is
def show_throughput(net: Net, picture: Picture) -> None:
    """Show the throughput, measured on demand one batch size at a time so that other tasks run in between."""
    offered = [str(each).removeprefix("torch.") for each in precisions(best_device())]
    ready = {each.id: each for each in catalogue().nets.values() if each.is_ready}
    by_precision, by_net = OneOf("precision", offered, offered[0]), Several("against", ready, (net.id,), MOST_NETS)
    precision, against = read(by_precision), read(by_net)
    nets = [ready[name] for name in against]
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        st.caption(_("Precision"))
        widgets.segmented(by_precision, precision, _("Precision"), {each: each for each in offered})
    with right:
        titles = {name: each.title for name, each in ready.items()}
        widgets.multiselect(by_net, against, _("Networks to compare"), titles)
    st.markdown(
        _(
            "On **{device}**, with random pictures; median of the forward passes after one warm-up."
            " Dotted: the most that the device's arithmetic allows, measured with one large matrix"
            " product.",
            device=engine().device_name,
        )
    )
    started = f"measured {precision} {[each.id for each in nets]}"
    if not st.session_state.get(started):
        st.button(
            _("Measure"),
            type="primary",
            key=keyed("measure"),
            on_click=lambda: st.session_state.update({started: True}),
        )
        return
    speeds = {each.title: measured for each in nets if (measured := _measure(each, precision))}
    if speeds:
        plain = [each.title for each in nets if is_plain(each.architecture)]
        axis = (_("Pictures in a batch"), _("Images a second"))
        figure = throughput(speeds, plain, axis, is_dark())
        chart(figure, "throughput", f"{axis[1]} · {axis[0]}{marks().stop}{spoken(figure, **marks().of_lists())}")
        below("throughput", _("Throughput"), throughput_code([each.id for each in nets], precision))
        _show_table(speeds)


def _measure(net: Net, precision: str) -> list[Speed]:
    """Return what has been measured so far; each batch size is requested once the previous one is done."""
    speeds: list[Speed] = []
    for batch in BATCHES:
        speed = ask(MeasureSpeed(net, batch, precision), f"speed of {net.id}")
        if speed is None:
            break
        speeds.append(speed)
        if speed.is_last and batch != BATCHES[-1]:
            st.caption(_("{net}: larger batches not measured: they would block other users.", net=net.title))
            break
    return speeds


def _show_table(speeds: dict[str, list[Speed]]) -> None:
    columns = [
        _("Network"),
        _("Batch"),
        _("ms for the batch"),
        _("Images a second"),
        _("billion multiply-adds a second"),
        _("of the matrix product's"),
    ]
    rows = [
        [
            name,
            str(speed.batch),
            f"{speed.seconds * 1000:.1f}",
            f"{speed.images:.0f}",
            f"{speed.images * speed.multiply_adds / axis_unit('multiply_adds'):.1f}",
            f"{speed.images / speed.bound:.0%}",
            *([f"{speed.memory / 2**20:.0f} MiB"] if speed.memory is not None else []),
        ]
        for name, measured in speeds.items()
        for speed in measured
    ]
    if len(rows[0]) > len(columns):  # on CUDA
        columns.append(_("GPU memory"))
    lines = [f"| {' | '.join(row)} |" for row in (columns, ["---"] + ["---:"] * (len(columns) - 1), *rows)]
    st.markdown("\n".join(lines))
