"""What each stage knows: recorded linear probes."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.figures.probes import probe_lines
from resnet_edu.paths import PROBES, is_readable
from resnet_edu.teaching.probes import (
    ANSWERS,
    CLAIMED,
    GRID,
    PIXELS,
    ProbeQuestion,
    ProbeReading,
    Probes,
    ProbeScore,
    Verdict,
    ends,
    is_read,
    load_probes,
    verdict,
)
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _, lesson, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import OneOf, read

TITLES = {ProbeReading.MEANS: mark("Each channel's mean"), ProbeReading.GRID: mark("Means in 4 × 4 cells")}
STARTS = {Verdict.HOLDS: mark("It holds:"), Verdict.FAILS: mark("It fails:")}
COMPARED = {
    1: mark("the last stage knows it better ({high}) than stage 1 ({low})."),
    -1: mark("the last stage knows it less well ({high}) than stage 1 ({low})."),
    0: mark(
        "the intervals of the last stage ({high}) and stage 1 ({low}) overlap, so this record does not tell them apart."
    ),
}
READING = OneOf("probe", tuple(ProbeReading), ProbeReading.MEANS)
CODE = """\
from resnet_edu.paths import PROBES
from resnet_edu.teaching.probes import ProbeReading, load_probes

recorded = load_probes(PROBES)
for question, readings in recorded.scores.items():
    for stage, score in readings.get(ProbeReading("{reading}"), readings[ProbeReading.MEANS]).items():
        low, high = score.interval
        print(f"{{question:24}} {{stage:10}} {{score.share:6.1%}} ({{low:.1%}} to {{high:.1%}})")
"""


def is_due() -> bool:
    """Whether the probes have been recorded."""
    return is_readable(PROBES)


def show_probes() -> None:
    """Plot what a linear probe reads from each stage, and say whether the popular sentence holds."""
    recorded = _load(PROBES, PROBES.stat().st_mtime_ns)
    reading = read(READING)
    widgets.segmented(READING, reading, _("The probe is given"), {each: _(title) for each, title in TITLES.items()})
    scores = {question: found.get(reading, found[ProbeReading.MEANS]) for question, found in recorded.scores.items()}
    names = {question: _name(question, reading in found) for question, found in recorded.scores.items()}
    lines = {
        names[question]: [(each.share, *each.interval) for each in scores[question].values()] for question in scores
    }
    titles = _stage_titles(next(iter(scores.values())))
    alt = marks().sentences(
        _("{question}: {values}.", question=names[question], values=_values(stages, titles))
        for question, stages in scores.items()
    )
    named = [title.replace("（", "<br>（") for title in list(titles.values())[:2]]
    ticks = [*named, *map(str, range(1, len(titles) - 1))]  # six fit side by side on a phone
    axis = (_("Stage"), _("right on other pictures"))
    figure = probe_lines(lines, ticks, axis, is_dark())
    chart(figure, "probes", alt)
    if reading is ProbeReading.GRID:
        only_means = _("The class was probed from the means only: that is what the net's own last layer gets.")
        fewer = _(
            "Elsewhere the probe gets {times} times as many inputs, but still only {made:,} pictures per seed to fit"
            " them on: although the cells give the mean, it can do worse on new pictures.",
            times=GRID**2,
            made=recorded.fitted[ProbeQuestion.PLACE],
        )
        st.caption(marks().sentences((only_means, fewer)))
    below("probes", _("What each stage knows"), CODE.format(reading=reading), "Alain & Bengio 2016")
    st.markdown(
        _(
            "**“Low layers localise, high layers recognise”** claims two things: the last stage knows the class better"
            " than stage 1 does, and the place less well. About the other questions it says nothing."
        )
    )
    st.markdown("\n".join(f"- {_judged(question, stages, titles)}" for question, stages in scores.items()))
    with frame.about():
        st.markdown(lesson("probes-seen"))
        st.caption(_measured(recorded))


def _name(question: ProbeQuestion, is_read: bool) -> str:
    """Name a question's line; one that was not asked with the chosen reading is drawn from the means."""
    return _(str(question)) if is_read else marks().noted(_(str(question)), _("from the means"))


def _stage_titles(stages: Mapping[str, ProbeScore]) -> dict[str, str]:
    """Name the stages in order: the picture, the stem, stage 1 and so on."""
    names = [name for name in stages if name != PIXELS]
    numbered = {name: _("stage {number}", number=at) if at else _("stem") for at, name in enumerate(names)}
    return {PIXELS: _("pixels"), **numbered}


def _values(stages: Mapping[str, ProbeScore], titles: Mapping[str, str]) -> str:
    return marks().listed(f"{titles[name]} {each.share:.0%}" for name, each in stages.items())


def _judged(question: ProbeQuestion, stages: Mapping[str, ProbeScore], titles: Mapping[str, str]) -> str:
    """Compare the last stage with stage 1, and say whether the sentence holds if it is about the question."""
    name = _("**{question}** (guessing: {share:.1%}).", question=_(str(question)), share=1 / ANSWERS[question])
    if not is_read(question, stages):
        return marks().sentences((name, _("No stage is above guessing, so this reading cannot tell.")))
    low, high = ends(stages)
    compared = _(COMPARED[high.differs(low)], low=_interval(low), high=_interval(high))
    start = _(STARTS[verdict(question, stages)]) if question in CLAIMED else _("Not part of the claim:")
    best = max(stages, key=lambda stage: stages[stage].share)
    said = [name, f"{start}{marks().sentence}{compared}"]
    if stages[best].differs(low) > 0 and stages[best].differs(high) > 0:
        said.append(_("But {stage} knows it best ({score}).", stage=titles[best], score=_interval(stages[best])))
    return marks().sentences(said)


def _interval(score: ProbeScore) -> str:
    low, high = score.interval
    return _("{share:.0%}, {low:.0%} to {high:.0%}", share=score.share, low=low, high=high)


def _measured(recorded: Probes) -> str:
    return _(
        "Recorded by `{command}` on {net}: fitted on {classes:,} pictures for the class and {made:,} for each other"
        " question and seed, all held out of training; scored on validation pictures of {data} (torch {torch})."
        " Whiskers: 95% confidence, of these pictures.",
        command=recorded.command,
        net=recorded.net,
        classes=recorded.fitted[ProbeQuestion.CLASS],
        made=recorded.fitted[ProbeQuestion.PLACE],
        data=recorded.data,
        torch=recorded.versions["torch"],
    )


@st.cache_resource(show_spinner=False, max_entries=2)
def _load(path: Path, changed: int) -> Probes:
    return load_probes(path)
