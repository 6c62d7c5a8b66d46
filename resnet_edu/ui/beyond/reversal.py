"""Two small encoders learn to reverse sequences, one without shortcuts: a recorded race, replayed."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.figures.reversal import NETS, reversal_data
from resnet_edu.paths import REVERSAL
from resnet_edu.training.reversal import (
    BATCH,
    DEPTHS,
    DIGITS,
    HEADS,
    LEARNING_RATE,
    LENGTH,
    SCORED,
    SEEDS,
    STEPS,
    WIDTH,
    Reversal,
    ReversalRecord,
    load_reversal,
)
from resnet_edu.ui.components import as_text
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell import frame
from resnet_edu.ui.text.language import _, lesson, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Nearest, read

LEARNT = 0.95
DEPTH = Nearest("reversal_depth", DEPTHS, DEPTHS[-1])
SEED = Nearest("reversal_seed", SEEDS, SEEDS[0])
STEP = Nearest("reversal_step", STEPS, 60)
TITLES = {"without": mark("Without shortcuts"), "shortcuts": mark("With shortcuts")}
CODE = """\
from resnet_edu.training.reversal import STEPS, ReversalSpec, run

race = run(ReversalSpec(depth={depth}, seed={seed}))
for step, without, shortcuts in zip(STEPS, race.without, race.shortcuts):
    print(f"{{step:3}} without {{without.accuracy:4.0%}}, with shortcuts {{shortcuts.accuracy:4.0%}}")
"""


def show_reversal() -> None:
    """Show a recorded race at any step, with controls for depth and seed."""
    depth, seed, step = read(DEPTH), read(SEED), read(STEP)
    left, right = st.columns(2)
    with left:
        titles = {each: _("{layers} layers", layers=each) for each in DEPTHS}
        widgets.segmented(DEPTH, depth, _("Layers"), titles)
    with right:
        widgets.segmented(SEED, seed, _("Seed"), {each: _("seed {seed}", seed=each) for each in SEEDS})
    record = _load(REVERSAL, REVERSAL.stat().st_mtime_ns)
    races = record.of(depth)
    race = next(each for each in races if each.spec.seed == seed)
    widgets.component(
        "beyond/reversal",
        key="reversal",
        data={
            "position": step,
            "seed": SEEDS.index(seed),
            "race": as_text(reversal_data(race, races)),
            "labels": {
                **{net: _(TITLES[net]) for net in NETS},
                "right": _("of all digits right"),
                "loss": _("loss"),
                "layer": _("Layer"),
                "sequence": _("Given"),
                "answer": _("Answer"),
                "scale": _("Attention weight"),
                "looks": _("Place in the sequence with the largest weight, for each digit of the answer:"),
                "axis": _("Steps · digits that are right; thin lines: the other seeds"),
                "step": _("Step"),
            },
        },
        url={"position": STEP},
    )
    below("reversal", _("Two encoders learn to reverse"), CODE.format(depth=depth, seed=seed))
    st.markdown("\n".join(f"- {_outcome(record.of(each), each)}" for each in DEPTHS))
    with frame.about():
        st.markdown(lesson("reversal-seen"))
        st.caption(_made(record))


def _outcome(races: Sequence[Reversal], depth: int) -> str:
    """Say how many seeds have learnt it."""
    said = []
    for net in NETS:
        shares = [getattr(race, net)[-1].accuracy for race in races]
        said.append(
            _(
                "{net}: {learnt} of {count} seeds reach {goal:.0%}, the worst has {worst:.0%}",
                net=_(TITLES[net]),
                learnt=sum(share >= LEARNT for share in shares),
                count=len(shares),
                goal=LEARNT,
                worst=min(shares),
            )
        )
    return _("**{layers} layers**", layers=depth) + marks().colon + marks().clauses(said)


def _made(record: ReversalRecord) -> str:
    return _(
        "Recorded by `{command}` (torch {torch}): post-LN encoders of width {width} with {heads} heads; {steps} steps"
        " of Adam ({rate}) on {batch} new sequences of {length} digits each, scored on {scored} others. By guessing,"
        " {guessing:.0%} are right. Maps: mean of the heads; a row is a digit of the answer, a column a digit of the"
        " sequence.",
        command=record.command,
        torch=record.versions["torch"],
        width=WIDTH,
        heads=HEADS,
        steps=STEPS[-1],
        rate=LEARNING_RATE,
        batch=BATCH,
        length=LENGTH,
        scored=SCORED,
        guessing=1 / DIGITS,
    )


@st.cache_resource(show_spinner=False, max_entries=2)
def _load(path: Path, changed: int) -> ReversalRecord:
    return load_reversal(path)
