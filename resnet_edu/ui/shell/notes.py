"""Speaker view for a second window of the same browser: notes, question, next stop and clock.

It holds the whole plan and learns the position from the lecture's window, without the server.
"""

import streamlit as st

from resnet_edu.lecture.plan import Stop
from resnet_edu.ui.components import component
from resnet_edu.ui.shell import lecture
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url.query import Switch, read

NOTES = Switch("notes")


def are_asked_for() -> bool:
    """Return whether this window is the speaker view."""
    return read(NOTES)


def show() -> None:
    """Show the speaker view instead of a page."""
    plan = lecture.plan()
    st.html("<style>[data-testid='stHeader'], [class*='st-key-lang'] { display: none; }</style>")
    component("shell/notes")(
        key="notes",
        height="content",
        data={
            "plan": plan.name,
            "minutes": plan.minutes,
            "steps": [plan.stops.index(stop) for stop, _seen in plan.steps],
            "seen": [seen or not stop.covered for stop, seen in plan.steps],
            "stops": [
                {**_words(stop), "begins": plan.minutes_before(place), "minutes": stop.minutes}
                for place, stop in enumerate(plan.stops)
            ],
            "labels": {
                "waiting": _(
                    "Waiting for the lecture: open it in another window of this browser and start lecture mode."
                ),
                "place": _("Stop {number} of {count}", number="{number}", count=len(plan.stops)),
                "clock": _("{minutes} of {total} min", minutes="{minutes}", total=plan.minutes),
                "begins": _("planned from minute {begin} to {end}", begin="{begin}", end="{end}"),
                "say": _("Say"),
                "do": _("Do"),
                "seen": _("What is seen"),
                "question": _("Ask"),
                "none": _("No right answer: let the class argue."),
                "next": _("Next"),
                "reveal": _("Next: the figure that answers"),
                "end": _("The end of the lecture"),
                "back": _("Back"),
                "on": _("Next"),
                "restart": _("Restart the clock"),
            },
        },
    )


def _words(stop: Stop) -> dict[str, object]:
    asked = stop.question
    return {
        "chapter": _(stop.chapter.title),
        "title": _(stop.title),
        "note": _(stop.note),
        "do": _(stop.do),
        "seen": _(stop.seen),
        "question": _(asked.text) if asked else None,
        "answers": [[_(answer.text), answer.id == asked.right] for answer in asked.answers] if asked else [],
        "isOpen": bool(asked and asked.right is None),
    }
