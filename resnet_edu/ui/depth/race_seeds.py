"""One seed is no evidence: how recorded races ended with five of them."""

from html import escape

import streamlit as st

from resnet_edu.figures.race import accuracies, per_cent
from resnet_edu.training.points import COUNT
from resnet_edu.training.race import LAP, RaceSpec
from resnet_edu.training.race_record import DEPTHS, LEARNT, SEEDS, SETTINGS, RaceRecord
from resnet_edu.ui.depth import race_settings
from resnet_edu.ui.depth.records import recorded_races
from resnet_edu.ui.text.language import _


def panel() -> None:
    """Both nets' accuracy in every recorded setting, by depth, and how they were trained."""
    record = recorded_races()
    st.markdown(
        _(
            "**One seed is no evidence.** Points that the nets are right about after {steps} steps, from the worst to"
            " the best of the seeds {first} to {last}, recorded by `python -m resnet_edu record races`:",
            steps=LAP,
            first=SEEDS[0],
            last=SEEDS[-1],
        )
    )
    st.html(_table(record))
    st.markdown(_recipe(record))


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
    cells = []
    for depth in DEPTHS:
        same = record.of(setting, depth)
        cells += [accuracies(each.plain for each in same), accuracies(each.residual for each in same)]
    values = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(_title(setting))}</th>{values}</tr>'


def _title(setting: RaceSpec) -> str:
    """The points, and what differs from the default."""
    parts = [race_settings.name_of(setting.points)]
    if setting.start is not race_settings.DEFAULT.start:
        parts.append(_("He's first weights"))
    if setting.normalisation is not race_settings.DEFAULT.normalisation:
        parts.append(_("batch normalisation"))
    return " · ".join(parts)
