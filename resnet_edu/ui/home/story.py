"""The story's cards: the lecture's chapters, each with a link to its first stop."""

from html import escape

import streamlit as st

from resnet_edu.lecture.plan import Chapter, LecturePlan
from resnet_edu.ui.shell import frame
from resnet_edu.ui.text.language import _, current


def card(number: int, chapter: Chapter, plan: LecturePlan) -> None:
    """Show what the chapter is about, without giving away its answer."""
    stops = [stop for stop in plan.stops if stop.chapter == chapter]
    minutes = sum(stop.minutes for stop in stops)
    st.html(
        f'<p class="number" aria-hidden="true">{number}</p><h3>{escape(_(chapter.title))}</h3>'
        f'<p>{escape(_(chapter.text))}</p><p class="citation">{escape(_(chapter.citation))}</p>'
    )
    frame.link_to_stop(stops[0], _("Open · {minutes} min", minutes=minutes))


def offer_paper(plan: LecturePlan) -> None:
    """Link to the lesson plan and worksheet."""
    st.markdown(
        _(
            "For teachers: [lesson plan and worksheet]({address}), ready to print. **Lecture** at the top leads through"
            " the same {stops} stops with the keys of a presenter.",
            address=f"lesson.html?plan={plan.name}&lang={current()}",
            stops=len(plan.stops),
        )
    )
