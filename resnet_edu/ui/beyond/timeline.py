"""The line of time: one row a net, with its depth, its error as printed, and a link to where the app shows it."""

from html import escape

import streamlit as st

from resnet_edu.nets.milestones import Milestone, milestones
from resnet_edu.ui.shared.figures import below_table
from resnet_edu.ui.shell import frame, navigation
from resnet_edu.ui.text.language import _, lesson, marks

CODE = """\
from resnet_edu.nets.milestones import milestones

for step in milestones():
    error = f"{step.error.percent}% ({step.error.measure}; {step.error.citation})" if step.error else ""
    print(step.year, step.name, step.depth or "", error)
"""
TITLES = {lesson.id: lesson.title for lesson in navigation.PAGES}


def show() -> None:
    """Show every step in order."""
    st.markdown(lesson("timeline"))
    for number, step in enumerate(milestones()):
        with st.container(key=f"milestone-{number}", gap="small"):
            st.html(_row(step))
            if step.page != "beyond":
                frame.link(step.page, _("Shown on the page {page}", page=_(TITLES[step.page])), dict(step.setting))
    below_table("timeline", _("A timeline"), CODE)


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
