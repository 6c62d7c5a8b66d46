"""One seed proves nothing: results of recorded races over twenty seeds."""

from collections.abc import Iterable
from html import escape

import streamlit as st

from resnet_edu.figures.race import accuracies, per_cent
from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.fully_connected import LinearStart
from resnet_edu.training.points import COUNT
from resnet_edu.training.race import LAP, RaceSpec
from resnet_edu.training.race_record import DEPTHS, LEARNT, SEEDS, SETTINGS, Finish, RaceRecord
from resnet_edu.ui.depth import race_settings
from resnet_edu.ui.depth.records import recorded_races
from resnet_edu.ui.text.language import _

HE = RaceSpec(start=LinearStart.HE)
BATCH = RaceSpec(normalisation=Normalisation.BATCH)


def show_recorded_races() -> None:
    """Show both nets' accuracy in every recorded setting by depth, and how they were trained."""
    record = recorded_races()
    st.markdown(
        _(
            "**One seed is no evidence.** How many of the seeds {first} to {last} end with at least {share} of the"
            " points right after {steps} steps, and the accuracy from the worst to the best of them, recorded by"
            " `python -m resnet_edu record races`:",
            steps=LAP,
            share=per_cent(LEARNT),
            first=SEEDS[0],
            last=SEEDS[-1],
        )
    )
    st.html(_table(record))
    st.markdown(_verdict(record))
    st.markdown(_recipe(record))


def _verdict(record: RaceRecord) -> str:
    """Summarise what the recorded races say about depth and luck."""
    he32, he64, batch32, batch64 = (
        _learnt(each.plain for each in record.of(start, depth)) for start in (HE, BATCH) for depth in (32, 64)
    )
    sentence = _(
        "- **It is not depth alone.** On the spiral, {he32} plain nets of 32 layers learn from He's first weights and"
        " {batch32} with batch normalisation; at 64 layers {he64} and {batch64}.",
        he32=he32,
        he64=he64,
        batch32=batch32,
        batch64=batch64,
    )
    return f"{sentence}\n{_verdict_on_shortcuts(record)}"


def _verdict_on_shortcuts(record: RaceRecord) -> str:
    ends = {
        (setting, depth): [each.residual for each in record.of(setting, depth)]
        for setting in SETTINGS
        for depth in DEPTHS
    }
    failures = {where: [each for each in finishes if not each.has_learnt] for where, finishes in ends.items()}
    failed = [each for some in failures.values() for each in some]
    values = {"all": len(record.outcomes), "plain": sum(not each.plain.has_learnt for each in record.outcomes)}
    if not failed:
        return _(
            "- **Shortcuts make it reliable**: the residual net learned in all {all} recorded races; the plain net"
            " failed in {plain}.",
            **values,
        )
    setting, depth = worst = max(failures, key=lambda where: len(failures[where]))
    return _(
        "- **Shortcuts make it far more reliable, but they are no guarantee**: of {all} recorded races the residual"
        " net failed in {failed}, the plain net in {plain}. The residual net failed most often with {depth} layers"
        " ({setting}): {most} of {seeds}. In {lost} of its {failed} failures it had learnt before and lost it again.",
        failed=len(failed),
        depth=depth,
        setting=_title(setting),
        most=len(failures[worst]),
        seeds=len(ends[worst]),
        lost=sum(each.learnt is not None for each in failed),
        **values,
    )


def _learnt(finishes: Iterable[Finish]) -> str:
    ended = [finish.has_learnt for finish in finishes]
    return _("{count} of {all}", count=sum(ended), all=len(ended))


def _recipe(record: RaceRecord) -> str:
    default = race_settings.DEFAULT
    steps = [finish.learnt for finish in (each.residual for each in record.of(default, default.depth)) if finish.learnt]
    return _(
        "Every race: width {width}, all {count} points in each step, Adam with learning rate {rate}; torch {torch}. In"
        " the first row the residual net of {depth} layers was first right about {share} of the points after {fewest}"
        " to {most} steps.",
        width=default.width,
        count=COUNT,
        rate=default.learning_rate,
        torch=record.versions["torch"],
        depth=default.depth,
        share=per_cent(LEARNT),
        fewest=min(steps),
        most=max(steps),
    )


def _table(record: RaceRecord) -> str:
    titles = [_("{depth} layers", depth=depth) for depth in DEPTHS]
    depths = "".join(f'<th colspan="2" scope="colgroup">{escape(title)}</th>' for title in titles)
    nets = "".join(f'<th scope="col">{escape(net)}</th>' for net in (_("plain"), _("residual"))) * len(DEPTHS)
    rows = "".join(_row(setting, record) for setting in SETTINGS)
    name = escape(_("A race"))
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{name}"><table class="numbers">'
        f"<thead><tr><td></td>{depths}</tr><tr><td></td>{nets}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(setting: RaceSpec, record: RaceRecord) -> str:
    values = ""
    for depth in DEPTHS:
        same = record.of(setting, depth)
        for finishes in ([each.plain for each in same], [each.residual for each in same]):
            values += f"<td>{escape(_learnt(finishes))} · {accuracies(finishes)}</td>"
    return f'<tr><th scope="row">{escape(_title(setting))}</th>{values}</tr>'


def _title(setting: RaceSpec) -> str:
    """Name the points and what differs from the default setting."""
    parts = [race_settings.name_of(setting.points)]
    if setting.start is not race_settings.DEFAULT.start:
        parts.append(_("He's first weights"))
    if setting.normalisation is not race_settings.DEFAULT.normalisation:
        parts.append(_("batch normalisation"))
    return " · ".join(parts)
