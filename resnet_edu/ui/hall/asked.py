"""A question asked before its answering figure is shown, for solo readers; in a lecture, the stop asks it."""

from resnet_edu.ui.hall import questions
from resnet_edu.ui.hall.addresses import base
from resnet_edu.ui.hall.share import HIDE, exercise
from resnet_edu.ui.hall.words import words
from resnet_edu.ui.shell import lecture
from resnet_edu.ui.text.language import current
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Parameter, read

ASKED_FIRST = {"depth": "deeper"}
"""The question that each page asks above its figure."""


def ask_first(page: str, parameter: Parameter[str], shows: str, *, is_open: bool) -> None:
    """Ask the page's question; answering it sets ``parameter`` to ``shows``, which reveals the whole figure."""
    if lecture.here() or exercise() or read(HIDE):
        return
    language = current()
    widgets.component(
        "hall/asked",
        key="asked",
        data={
            "question": questions.shown(ASKED_FIRST[page], language),
            "labels": words(language),
            "base": base(),
            "open": is_open,
            "shows": shows,
        },
        url={"shown": parameter},
    )
