"""The question of a lecture stop, shown above its figure, or alone if the figure would give away the answer."""

from html import escape

import streamlit as st

from resnet_edu.lecture.plan import VoteQuestion
from resnet_edu.ui.shell import lecture
from resnet_edu.ui.text.language import _

KEY = "question"


def ask() -> None:
    """Show the question of the current stop; the right answer is marked once it may be seen."""
    now = lecture.here()
    if now and now.stop.question:
        with st.container(key=KEY):
            st.html(_written(now.stop.question, is_covered=now.is_covered, seen=now.seen))


def _written(question: VoteQuestion, *, is_covered: bool, seen: bool) -> str:
    answers = "".join(
        f'<li class="right">{escape(_(answer.text))} <b>✓ {escape(_("right"))}</b></li>'
        if seen and answer.id == question.right
        else f"<li>{escape(_(answer.text))}</li>"
        for answer in question.answers
    )
    kind = "question alone" if is_covered else "question"
    return f'<div class="{kind}"><p>{escape(_(question.text))}</p><ol type="A">{answers}</ol></div>'
