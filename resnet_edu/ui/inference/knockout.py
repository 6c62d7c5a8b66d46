"""The knockout view: deletes blocks, live for the picture and as recorded for the whole test set."""

from statistics import mean
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_edu.figures.gradient_curves import scientific
from resnet_edu.figures.knockout import CHANCE, path_lengths, reordered, several_deletions, single_deletions
from resnet_edu.figures.spoken import spoken
from resnet_edu.measure.knockout import DRAWS, Knockout, load_knockout
from resnet_edu.measure.paths import PathGradients, Share
from resnet_edu.measure.reorder import Reordered, load_reordered
from resnet_edu.nets.cifar import is_plain
from resnet_edu.nets.outline import family, places
from resnet_edu.paths import KNOCKOUT, REORDER
from resnet_edu.ui.components.pane import fragment, halves, is_alone, keyed
from resnet_edu.ui.inference import journey
from resnet_edu.ui.inference.code import knockout_code, reordered_code
from resnet_edu.ui.inference.measured import forward_pass
from resnet_edu.ui.inference.places import place_title
from resnet_edu.ui.inference.predictions import show_top
from resnet_edu.ui.shared.asking import ask
from resnet_edu.ui.shared.data_sets import data_name
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.recorded import record_of
from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _, lesson, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import parameters
from resnet_edu.ui.url.query import OneOf, Several, read
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.image import Picture
from resnet_edu.vision.knocked_out import Without, swaps, switchable
from resnet_edu.vision.predict import Predict, Prediction
from resnet_edu.vision.samples import CIFAR10_SAMPLE

VEIT = "Veit et al. 2016, §§ 4, 5"
RESIDUAL, PLAIN = "residual", "plain"
RECORDED = {"net": "cifar10-residual-20", "view": "knockout", "sample": CIFAR10_SAMPLE}
"""A setting with a recorded net and a picture from one of its classes."""

ENOUGH_BATCHES = 10
"""Fewest batches for an interval: fewer have too few distinct resamples (two batches have three)."""


@fragment  # changes with a choice, while the rest of the page stays as it is
def show_knockout(net: Net, picture: Picture) -> None:
    """Show the switches, the net's answers with and without the blocks, and the records."""
    if parameters().get("view") != "knockout":  # a layer was chosen in the figure, which opens another view
        st.rerun()
    frame.intro("knockout")
    blocks = switchable(net.architecture)
    if not blocks:
        st.info(no_switches())
        return
    deleted, swapped = choose_deleted(net, blocks), choose_swapped(net)
    twin = catalogue().nets.get(net.id.replace(RESIDUAL, PLAIN)) if RESIDUAL in net.id and is_alone() else None
    nets = [net, twin] if twin else [net]
    with st.container(key=keyed("knocked-out")):  # on a phone the effect precedes the whole net
        columns = st.columns(4 if twin else 2, gap="large")
    times: dict[str, float] = {}
    for index, each in enumerate(nets):
        times |= _compare(
            Without(each, picture, deleted, swapped=swapped), len(blocks), columns[2 * index], columns[2 * index + 1]
        )
    with frame.about():
        said = [f"{name}{marks().colon}{forward_pass(milliseconds)}" for name, milliseconds in times.items()]
        st.caption(marks().listed(said))
        st.markdown(lesson("knockout-seen"))
    journey.show(net, picture, None, lambda layer: {"view": "maps", "layer": layer, "channel": None, "at": None})
    _show_records(nets)


def no_switches() -> str:
    """What is said of a net without such blocks."""
    return _("No block of this net adds to its input, so none of them can be taken out.")


def choose_deleted(net: Net, blocks: tuple[str, ...]) -> frozenset[str]:
    """The net's blocks as switches; those that are off, in the URL."""
    off = Several("off", blocks)
    deleted = frozenset(read(off))
    stages: dict[int, list[dict[str, str]]] = {}
    for place in places(net.architecture):
        if place.name in blocks:
            block = {"name": place.name, "number": str(place.block), "title": place_title(place)}
            stages.setdefault(place.stage, []).append(block)
    plain = is_plain(net.architecture)
    widgets.component(
        "inference/switches",
        key="switches",
        data={
            "family": family(net.architecture),
            "stages": [[_("Stage {stage}", stage=stage), inside] for stage, inside in stages.items()],
            "off": sorted(deleted),
            "labels": {
                "group": _("Blocks of the net; each can be switched off"),
                "none": _("All blocks are on. Switch some off: there is no shortcut to fall back on.")
                if plain
                else _("All blocks are on. Switch some off: the shortcut stays."),
                "off": _("{count} switched off: the layers are left out, and there is no shortcut.")
                if plain
                else _("{count} switched off: F = 0, the shortcut stays."),
            },
        },
        url={"off": widgets.joined(off)},
    )
    return deleted


def choose_swapped(net: Net) -> tuple[str, str] | None:
    """Two blocks of a stage that change places (Veit16 section 4.3), in the URL; None if there are none."""
    pairs = {f"{first}-{second}": (first, second) for first, second in swaps(net.architecture)}
    if not pairs:
        return None
    chosen = OneOf("swap", ("", *pairs), "")
    titles = {place.name: place_title(place) for place in places(net.architecture)}
    labels = {key: _("{first} and {second}", first=titles[a], second=titles[b]) for key, (a, b) in pairs.items()}
    now = read(chosen)
    with st.container(key=f"swap-{net.id}"):  # another net has other blocks: another control
        widgets.select(chosen, now, _("Swap two blocks"), {"": _("none"), **labels}, key=f"swap_{net.id}")
    return pairs.get(now)


def _compare(without: Without, blocks: int, left: DeltaGenerator, right: DeltaGenerator) -> dict[str, float]:
    """The top 5 of the whole net beside those without the blocks; gives the milliseconds that each took."""
    net, picture, deleted = without.net, without.picture, without.deleted
    times: dict[str, float] = {}
    with left:
        title = _("whole")
        st.markdown(f"**{net.title}**  \n{title}")
        if whole := ask(Predict(net, picture), f"whole {net.id}"):
            whose = marks().noted(net.title, title)
            _show(net, whole, f"whole-{net.id}", whose)
            times[whose] = whole.milliseconds
    with right:
        title = _("{count} of its {all} blocks off", count=len(deleted), all=blocks)
        if without.swapped:
            title = marks().listed((title, _("two swapped")))
        st.markdown(f"**{net.title}**  \n{title}")
        if rest := ask(without, f"without {net.id}"):
            whose = marks().noted(net.title, title)
            _show(net, rest, f"without-{net.id}", whose, news=",".join((*sorted(deleted), *(without.swapped or ()))))
            times[whose] = rest.milliseconds
    return times


def _show(net: Net, prediction: Prediction, key: str, whose: str, news: str | None = None) -> None:
    show_top(net, prediction, key, whose=whose, news=news)
    if prediction.note:
        st.info(_(prediction.note))


def _show_records(nets: list[Net]) -> None:
    records = [
        (PLAIN if is_plain(net.architecture) else RESIDUAL, net.title, record)
        for net in nets
        if (record := recorded_knockout(net))
    ]
    if not records:
        frame.link("inference", _("A net and its plain twin, with records of the whole test set"), RECORDED)
        return
    st.markdown(
        _(
            "**On the whole test set** ({data}), recorded in bfloat16 by `python -m resnet_edu record knockout`."
            " Dotted: the whole net; dashed: guessing.",
            data=data_name(records[0][2].data),
        )
    )
    for _kind, name, record in records:
        st.markdown(
            _(
                "**{net}**: {whole} of the pictures wrong; without any one block between {least} and {most}.",
                net=name,
                whole=f"{record.error:.1%}",
                least=f"{min(record.single.values()):.1%}",
                most=f"{max(record.single.values()):.1%}",
            )
        )
    code = knockout_code([record.net for _kind, _name, record in records])
    error = _("Test error, %")
    left, right = halves()
    with left:
        axis = (_("The one block that is deleted: stage.block"), error)
        _chart(single_deletions(records, axis, is_dark()), "knockout-single", axis, code)
    with right:
        axis = (_("Blocks deleted at random; mean and range of {draws} draws", draws=DRAWS), error)
        _chart(several_deletions(records, axis, is_dark()), "knockout-several", axis, code)
    for _kind, name, record in records:
        if record.paths:
            _show_paths(name, record.net, record.paths)
    for net in nets:
        if found := record_of(net, REORDER / f"{net.id}.json", load_reordered):
            _show_reordered(net.title, found)


def _show_reordered(name: str, record: Reordered) -> None:
    """Plot what random swaps cost over the whole test set: does the order of the blocks matter?"""
    means = {swaps: mean(each.error for each in several) for swaps, several in record.draws.items()}
    st.markdown(
        _(
            "**In another order, {net}** gets {whole} of {pictures:,} test pictures wrong without a swap, and after"
            " {swaps} random swaps of two blocks in a stage {errors}; guessing, {chance:.0%}. The error grows with the"
            " distance of the order from the net's own (Kendall's τ = 1), as Veit et al. 2016 (§ 4.3) found in"
            " ResNet-110, until the order within each stage is as good as random. Means of {draws} draws.",
            net=name,
            whole=f"{record.error:.1%}",
            pictures=record.pictures,
            swaps=marks().listed(map(str, means)),
            errors=marks().listed(f"{error:.1%}" for error in means.values()),
            chance=CHANCE,
            draws=len(next(iter(record.draws.values()))),
        )
    )
    axis = (_("Kendall's τ of the blocks' order with the net's own"), _("Test error, %"))
    names = (_("one draw"), _("mean, by the number of swaps"))
    figure = reordered(record, names, axis, is_dark())
    chart(figure, "knockout-order", f"{axis[1]} · {axis[0]}{marks().stop}{_orders_in_words(record)}")
    below("knockout-order", _("Reorder the blocks"), reordered_code(record.net), "Veit et al. 2016, § 4.3")
    with frame.about():
        st.caption(
            _(
                "Recorded by `{command}` on {data} (torch {torch}). The first block of each stage stays where it is,"
                " because it changes the shape.",
                command=record.command,
                data=data_name(record.data),
                torch=record.versions["torch"],
            )
        )


def _orders_in_words(record: Reordered) -> str:
    return marks().clauses(
        _(
            "{swaps} swaps: τ {tau:.2f}, error {error:.1%}",
            swaps=swaps,
            tau=mean(each.tau for each in several),
            error=mean(each.error for each in several),
        )
        for swaps, several in record.draws.items()
    )


def _chart(figure: Any, key: str, axis: tuple[str, str], code: str) -> None:
    chart(figure, key, f"{axis[1]} · {axis[0]}{marks().stop}{spoken(figure, **marks().of_lists())}")
    title = _("Knock out blocks")
    below(key, f"{title}{marks().colon}{axis[0]}", code, VEIT)


def _show_paths(name: str, net: str, paths: PathGradients) -> None:
    most = max(paths.lengthwise, key=lambda length: paths.lengthwise[length].mean)
    strongest = max(paths.single, key=lambda length: paths.single[length].mean)
    st.markdown(
        _(
            "**{net} is** $2^{{{blocks}}}$ **= {paths} paths at once.** Paths through {half} of its {blocks} residual"
            " branches are the most frequent; those through {most} carry the largest part of the gradient together:"
            " {share} of the sum of their norms.",
            net=name,
            blocks=paths.blocks,
            paths=f"{2**paths.blocks:,}",
            half=max(paths.counts, key=paths.counts.__getitem__),
            most=most,
            share=_interval(paths.lengthwise[most]),
        )
        + " "
        + _(
            "A single path carries most if it goes through {strongest}; through all {blocks} it carries {fraction} of"
            " that. Veit et al. 2016 (§ 5) found in ResNet-110 that the gradient of a path falls exponentially with its"
            " length.",
            blocks=paths.blocks,
            strongest=strongest,
            fraction=scientific(paths.single[paths.blocks].mean),
        )
    )
    names = (_("share of all paths"), _("gradient of one path, largest = 1"), _("share of the gradient"))
    axis = (_("Residual branches on the path"), _("Relative size"))
    _chart(path_lengths(paths, names, axis, is_dark()), "knockout-paths", axis, knockout_code([net]))
    st.caption(_paths_measured(paths))


def _paths_measured(paths: PathGradients) -> str:
    """Say what was measured and what the band means."""
    values = {"pictures": paths.pictures * paths.batches, "batches": paths.batches}
    measured = (
        _("All {count} paths, on {pictures} test pictures of all ten classes.", count=f"{2**paths.blocks:,}", **values)
        if paths.is_whole
        else _(
            "{draws} random paths of each length (fewer where there are fewer), on {pictures} test pictures of all ten"
            " classes.",
            draws=f"{max(paths.measured.values()):,}",
            **values,
        )
    )
    bands = (
        _("Bands: 95% intervals, by resampling {batches} batches of these pictures.", **values)
        if paths.batches >= ENOUGH_BATCHES
        else _("Bands: resampled from {batches} batches, which are too few for a 95% interval.", **values)
    )
    return measured + marks().sentence + bands


def _interval(share: Share) -> str:
    return marks().noted(f"{share.mean:.0%}", f"{share.low:.0%}–{share.high:.0%}")


def recorded_knockout(net: Net) -> Knockout | None:
    """Return what deleting blocks costs, if it was recorded with these weights and not others of the same name."""
    return record_of(net, KNOCKOUT / f"{net.id}.json", load_knockout)
