"""Stochastic depth, drawn: which blocks a batch trains, how many on average, and a trained net without the others."""

import streamlit as st

from resnet_edu.figures.stochastic_depth import GROUP, MANY, survival_by_block, survival_by_group
from resnet_edu.measure.knockout import DRAWS, load_knockout
from resnet_edu.measure.stochastic_depth import HALF, drawn, expected, survival
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.nets.outline import places
from resnet_edu.paths import KNOCKOUT
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.recorded import record_of
from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _, lesson
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Between, Nearest, read
from resnet_edu.vision.catalogue import Net, catalogue

DEPTH = Nearest("drop_depth", (20, 56, 110, 1202), 56)
SEED = Between("drop_seed", 0, 99, 0)
CODE = """\
from resnet_edu.measure.stochastic_depth import drawn, expected, survival

blocks = {blocks}
for block, (probability, survives) in enumerate(zip(survival(blocks), drawn(blocks, seed={seed})), 1):
    print(f"block {{block:3}}: {{probability:.1%}}", "trained" if survives else "left out")
print(f"{{expected(blocks):.2f}} of {{blocks}} on average, {{sum(drawn(blocks, seed={seed}))}} this time")
"""


@st.fragment
def show_dropping() -> None:
    """Draw the blocks of one batch at the chosen depth and seed, and count them."""
    depth, seed = read(DEPTH), read(SEED)
    st.markdown(lesson("stochastic-depth"))
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        titles = {each: _("{layers:,} layers", layers=each) for each in DEPTH.options}
        widgets.segmented(DEPTH, depth, _("Depth"), titles)
    with right:
        widgets.number(SEED, seed, _("Seed of the draw"), step=1)
    spec = CifarSpec(Family.RESIDUAL, depth)
    blocks = 3 * spec.blocks_per_stage
    survives = drawn(blocks, seed)
    said = _counted(blocks, survives)
    axis = (_("Block"), _("probability of being trained"))
    names = (_("trained by this batch"), _("left out: only the shortcut"))
    if blocks > MANY:
        axis = (_("Block; each bar: {count} blocks", count=GROUP), _("share of the blocks"))
        all_names = (*names, _("probability of being trained"))
        figure = survival_by_group(survival(blocks), survives, all_names, axis, is_dark())
    else:
        figure = survival_by_block(survival(blocks), survives, names, axis, is_dark())
    chart(figure, "stochastic-depth", said)
    code = CODE.format(blocks=blocks, seed=seed)
    below("stochastic-depth", _("Stochastic depth: one batch"), code, "Huang et al. 2016b, § 3")
    st.markdown(said)
    if net := catalogue().nets.get(f"cifar10-residual-{depth}"):
        _show_trained(net, spec, survives)


def _counted(blocks: int, survives: tuple[bool, ...]) -> str:
    return _(
        "On average a batch trains {expected:.2f} of {blocks} blocks, {share:.0%} of them; this one trains {count}."
        " The first block survives with {first:.1%}, the last one with {last:.0%}.",
        expected=expected(blocks),
        blocks=blocks,
        share=expected(blocks) / blocks,
        count=sum(survives),
        first=survival(blocks)[0],
        last=HALF,
    )


def _show_trained(net: Net, spec: CifarSpec, survives: tuple[bool, ...]) -> None:
    """Say what as many missing blocks cost the net that was trained whole, and link to it without those drawn."""
    record = record_of(net, KNOCKOUT / f"{net.id}.json", load_knockout)
    if record:
        missing = len(survives) - expected(len(survives))
        count = min(record.several, key=lambda each: abs(each - missing))
        errors = record.several[count]
        st.markdown(
            _(
                "{net} was trained whole. With {count} of its blocks missing, chosen anywhere at random, it gets"
                " {least:.0%} to {most:.0%} of the test pictures wrong ({draws} draws; all blocks: {whole:.1%};"
                " recorded by `python -m resnet_edu record knockout`).",
                net=net.title,
                count=count,
                least=min(errors),
                most=max(errors),
                draws=DRAWS,
                whole=record.error,
            )
        )
    blocks = [place.name for place in places(spec) if place.block]
    off = [name for name, kept in zip(blocks, survives, strict=True) if not kept]
    if not off:
        return
    setting = {"net": net.id, "view": "knockout", "sample": "cat", "off": ",".join(off), "show": "inside"}
    frame.link("inference", _("Switch these blocks off in the trained {net}", net=net.title), setting)
