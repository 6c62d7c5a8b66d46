"""The block page's main sections: diagram and repairs, the residual turned down, the orders, the code."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import streamlit as st

from resnet_edu.errors import Sentence, UserError, mark
from resnet_edu.nets.block_errors import FAILED, ORDER_ERRORS, SHORTCUT_ERRORS, OrderError
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_presets import BASIC
from resnet_edu.nets.block_repairs import repairs
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import KINDS, graph_of, prediction_of, problems_of
from resnet_edu.nets.source_keras import keras_source
from resnet_edu.nets.source_pytorch import pytorch_source
from resnet_edu.nets.vocabulary import Shortcut
from resnet_edu.ui.block import settings
from resnet_edu.ui.block.code import block_code, turned_down_code
from resnet_edu.ui.block.settings import Assembled
from resnet_edu.ui.shared import block_diagram, pictures
from resnet_edu.ui.shared.asking import ask
from resnet_edu.ui.shared.encoded import floats
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell import frame
from resnet_edu.ui.text.language import _, explain, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Between, OneOf, read
from resnet_edu.vision.catalogue import catalogue
from resnet_edu.vision.samples import DEFAULT_SAMPLE, SAMPLES
from resnet_edu.vision.turned_down import POSITIONS, Branches, TurnDown, channels_at, fitted

TRAINED_NET = "cifar10-residual-20"
BROKEN = settings.link_to(BlockSpec(channels_in=64, channels_out=128, stride=2), 56)
"""A block whose identity shortcut does not fit."""
PLACE = OneOf("place", [f"{stage}-{block}" for stage, block in POSITIONS], "1-1")
SHARE = Between("share", 0, 100, 100)
AFTER_ADDITION = {
    "relu": mark("ReLU"),
    "tanh": mark("tanh"),
    "sigmoid": mark("sigmoid"),
    "norm": mark("batch normalisation"),
}


def show_diagram(now: Assembled) -> None:
    """Show the block as a graph; an impossible block is marked where it fails, with repairs to choose from."""
    problems = problems_of(now.spec)
    if problems:
        st.error(marks().sentences(_say(problem.sentence) for problem in problems))
    else:
        news = {
            "of": f"{now.spec} {now.shape}",
            "text": marks().stop.join((_(KINDS[now.spec.kind].title), _costs(now).replace("*", ""))),
        }
        widgets.component(
            "shared/block_diagram",
            key="block_diagram",
            data=block_diagram.diagram(now.spec, now.shape, backward=now.backward) | {"news": news},
            url={"backward": settings.BACKWARD},
        )
        kind = KINDS[now.spec.kind]
        below("block_diagram", _(kind.title), block_code(now.spec, now.shape), kind.citation)
    _offer_repairs(now)


def _offer_repairs(now: Assembled) -> None:
    found = repairs(now.spec, now.shape)
    if not found:
        return
    with st.container(key="with-block_diagram"):
        question = _("What would make it possible?")
        st.markdown(f"**{question}**")
        for index, (column, repair) in enumerate(zip(st.columns(3) + st.columns(3), found, strict=False)):
            column.button(
                marks().sentences(_say(sentence) for sentence in repair.sentences),
                key=f"repair-{index}",
                on_click=settings.take,
                args=(repair.spec,),
                width="stretch",
            )


def show_facts(now: Assembled) -> None:
    """Say what kind of block this is and what it costs."""
    kind = KINDS[now.spec.kind]
    citation = now.preset.citation if now.preset else kind.citation
    said = marks()
    text = f"**{_(kind.title)}**{said.stop}{_(kind.description)}{said.sentence}*{said.cited(citation)}*{said.stop}"
    st.markdown(text + _costs(now))


def _costs(now: Assembled) -> str:
    """Say what the block costs; empty if the block is impossible."""
    if problems_of(now.spec) or not prediction_of(now.spec, now.shape).output:
        return ""
    graph = graph_of(now.spec)
    return _(
        "**{parameters}** parameters, {multiply_adds} multiply-adds for one picture.",
        parameters=f"{graph.parameters:,}",
        multiply_adds=f"{sum(graph.multiply_adds(now.shape).values()):,}",
    )


def turn_down(now: Assembled) -> None:
    """Feed a real feature map into the block, with a slider that scales its residual branch."""
    places = {
        f"{stage}-{block}": _("stage {stage}, block {block}", stage=stage, block=block + 1)
        for stage, block in POSITIONS
    }
    place = read(PLACE)
    with st.container(key="turned-choice"):
        picture_column, place_column = st.columns([3, 2], gap="large")
        with picture_column:
            picture = pictures.choose_picture()
        with place_column:
            widgets.select(PLACE, place, _("In place of this block of our trained ResNet-20"), places)
    if picture is None:
        pictures.invite()
        return
    try:
        net = catalogue().find(TRAINED_NET)
    except UserError as error:
        st.error(explain(error))
        return
    position = (int(place[0]), int(place[2]))
    channels = channels_at(position)
    try:
        spec = fitted(now.spec, channels)
    except UserError as error:
        in_its_place = _("Below is a basic block in its place.")
        st.info(marks().sentences((explain(error), in_its_place)))
        spec = fitted(BASIC, channels)
    found = ask(TurnDown(net, picture, position, spec), "turned down")
    if found is None:
        return
    branches = found.branches
    with place_column:
        st.markdown(
            _("This is the block that stood there, so it has its **trained weights**.")
            if branches.trained
            else _("This block was not trained: **fresh weights**, batch normalisation over this one picture.")
        )
    _draw_branches(f"{picture.sha256} {position} {spec}", branches)
    sample = PurePosixPath(pictures.reproducible_path()).stem
    known = sample if sample in {each.id for each in SAMPLES} else DEFAULT_SAMPLE
    below("turned_down", _("Turn the residual down"), turned_down_code(TRAINED_NET, known, position, spec))
    with frame.about():
        st.caption(_("To this block and through it: {milliseconds:.1f} ms, measured", milliseconds=found.milliseconds))


def _draw_branches(key: str, branches: Branches) -> None:
    tail = [_(AFTER_ADDITION[name]) for name in branches.tail]
    after = _("after {operations}", operations=marks().listed(tail)) if tail else ""
    widgets.component(
        "block/turned_down",
        key="turned_down",
        data={
            "key": key,
            "shape": list(branches.residual.shape),
            "shortcut": floats(branches.shortcut),
            "residual": floats(branches.residual),
            "tail": list(branches.tail),
            "share": read(SHARE),
            "labels": {
                "residual": _("With the shortcut"),
                "plain": _("Without the shortcut"),
                "share": _("How much of F(x)"),
                "channel": _("Channel (0: all of them)"),
                "all": _("all"),
                "shortcut": _("x, by the shortcut"),
                "output": marks().written(f"y {after}".strip()),
                "same": _("Bit for bit what came in by the shortcut."),
                "distance": _("is the largest change of y compared with F = 0."),
                "left": _("is the largest value left without the shortcut."),
                "legend": _("One scale for all five pictures; white is 0."),
            },
        },
        url={"share": SHARE},
    )


def compare_orders() -> None:
    """Show the five orders of He16 figure 4 with their published errors, each linked to a block in that order."""
    for column, published in zip(st.columns(5), ORDER_ERRORS, strict=True):
        with column, st.container(border=True, height="stretch"):
            _show_order(published)
            spec = BlockSpec("basic", shortcut=Shortcut.IDENTITY, order=published.order)
            frame.link("block", _("Open"), settings.link_to(spec, 56))
    st.caption(
        _(
            "CIFAR-10 test error of ResNet-110 and ResNet-164, median of five runs: He et al. 2016, table 2."
            " Only (d) and (e) leave nothing but additions on the way from block to block."
        )
    )


def _show_order(published: OrderError) -> None:
    graph = graph_of(BlockSpec("basic", shortcut=Shortcut.IDENTITY, order=published.order))
    pills = "".join(
        f'<li class="{words.kind}">{"+" if words.kind == "add" else re.split("[,，]", words.title)[0]}</li>'
        for words in (block_diagram.describe(operation.layer) for operation in graph.operations)
    )
    best = " best" if published.order is Order.FULL_PRE_ACTIVATION else ""
    st.html(
        f"<h3 class='order'>{_(settings.NAMES[published.order])}</h3><ol class='order'>{pills}</ol>"
        f"<p class='order{best}'><b>{published.resnet_110:.2f}%</b> ResNet-110<br>"
        f"<b>{published.resnet_164:.2f}%</b> ResNet-164</p>"
    )


def compare_shortcuts() -> None:
    """Shortcuts that are not the identity, with their published errors."""
    failed = _("failed: above {error}%", error=FAILED)
    rows = [
        (_(each.title), each.shortcut, each.branch, f"{each.error:.2f}%" if each.error else failed)
        for each in SHORTCUT_ERRORS
    ]
    head = (_("Shortcut of ResNet-110"), _("on x"), _("on F(x)"), _("CIFAR-10 test error"))
    st.markdown("\n".join([_row(head), "|---|:-:|:-:|---:|", *map(_row, rows)]))
    st.caption(
        _(
            "He et al. 2016, table 1, median of five runs. Anything on the shortcut stands in the"
            " gradient's way, once in every block: shortcut-only gates and 1×1 convolutions could"
            " learn the identity, and yet even their training error is higher (§ 3.2)."
        )
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def show_code(now: Assembled) -> None:
    """Show the block in PyTorch and in Keras 3, ready to run."""
    if problems_of(now.spec):
        return
    for tab, source in zip(st.tabs(["PyTorch", "Keras 3"]), (pytorch_source, keras_source), strict=True):
        with tab:
            st.code(source(now.spec, now.shape), language="python")


def _say(sentence: Sentence) -> str:
    return _(sentence.message, **sentence.values)
