"""The timeline: depth and error of each net as a figure, then what it brought and a link to where the app shows it."""

from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_edu.errors import mark
from resnet_edu.figures.timeline import TimelineRow, depths_over_time
from resnet_edu.nets.milestones import ErrorMeasure, Milestone, milestones
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell import frame, navigation
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _, lesson, marks

CODE = """\
from resnet_edu.nets.milestones import milestones

for step in milestones():
    error = f"{step.error.percent}% ({step.error.measure}; {step.error.citation})" if step.error else ""
    print(step.year, step.name, step.depth or "", error)
"""
COLUMNS = 3
SHOWN = mark("Shown on the page {page}")
TITLES = {lesson.id: lesson.title for lesson in navigation.PAGES}


def show() -> None:
    """Show every step in order."""
    st.markdown(lesson("timeline"))
    _draw()
    columns: list[DeltaGenerator] = []
    for number, step in enumerate(milestones()):
        columns = columns or st.columns(COLUMNS, gap="medium")  # row after row: a phone shows them in order, too
        with columns.pop(0), st.container(key=f"milestone-{number}", gap="small"):
            st.html(_row(step))
            if step.page == "beyond":  # within the page the reader's settings stay
                above = _("Shown above")
                st.markdown(f"→ [{above}](#{step.setting[frame.SHOW]})")
            else:
                frame.link(step.page, _label(step), dict(step.setting))


def _label(step: Milestone) -> str:
    page = _(TITLES[step.page])
    return _(step.link or SHOWN, page=page)


def _draw() -> None:
    """Plot every step, with the error that its source prints."""
    rows = [
        TimelineRow(
            f"{step.year} {_(step.name)}", step.depth, step.error.measure if step.error else None, _measured(step)
        )
        for step in milestones()
    ]
    measures = {measure: _(measure) for measure in ErrorMeasure}
    axis = _("Layers with weights")
    said = marks().clauses(f"{row.name}{marks().colon}{row.said}" for row in rows)
    chart(depths_over_time(rows, measures, axis, is_dark()), "timeline", f"{axis}{marks().stop}{said}")
    below("timeline", _("A timeline"), CODE)


def _measured(step: Milestone) -> str:
    """Return depth and error; the legend says how the error was measured."""
    error = f"{step.error.percent}%" if step.error else _("not made for pictures")
    return marks().listed([_("{depth:,} layers", depth=step.depth), error] if step.depth else [error])


def _row(step: Milestone) -> str:
    head = f"{step.year} · {_(step.name)}"
    said = [_("{depth:,} layers", depth=step.depth)] if step.depth else []
    if step.error:
        said.append(_("error {percent}%", percent=step.error.percent))
    shown = [f"<h3>{escape(head)}</h3>"]
    if said:
        shown.append(f"<p><strong>{escape(marks().listed(said))}</strong></p>")
    if step.error:
        source = marks().noted(_(step.error.measure), marks().cited(step.error.citation))
        shown.append(f'<p class="citation">{escape(source)}</p>')
    shown.append(f"<p>{escape(_(step.brought))} {escape(marks().cited(step.citation))}</p>")
    return "".join(shown)
