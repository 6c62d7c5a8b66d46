"""Links for teachers: one figure at a setting, with as much of its page as the class needs, or as an exercise."""

import streamlit as st

from resnet_edu.lecture.plan import VoteQuestion
from resnet_edu.ui.components import component
from resnet_edu.ui.hall import questions
from resnet_edu.ui.hall.addresses import base
from resnet_edu.ui.shell import lecture, navigation
from resnet_edu.ui.shell.frame import ONLY
from resnet_edu.ui.text.language import _, current
from resnet_edu.ui.url.links import parameters
from resnet_edu.ui.url.query import Several, read

CONTROLS, TEXTS = "controls", "texts"
HIDE = Several("hide", (CONTROLS, TEXTS))
ASK = "ask"
"""The question that an exercise asks."""

AROUND = "[data-testid='stHeader'], [data-testid='stSidebar'], [class*='st-key-lang'], .st-key-lecture, .st-key-share"
HIDDEN = {
    CONTROLS: "stButtonGroup stSelectbox stMultiSelect stSlider stCheckbox stNumberInput stButton"
    " stTabs stTextInput stDownloadButton stPopover",
    TEXTS: "stMarkdown stCaptionContainer stPageLink stExpander stAlert",
}
"""Streamlit's test ids of the elements of each kind."""


def exercise() -> VoteQuestion | None:
    """Return the question in the link, if it is an exercise."""
    return questions.questions().get(parameters().get(ASK, ""))


def is_alone(section: str) -> bool:
    """Whether the link shows this section and nothing else."""
    return parameters().get(ONLY) == section


def look(page: st.Page) -> None:
    """Hide what the link leaves out, before the page runs."""
    lesson = next(each for each in navigation.PAGES if each.id == (page.url_path or navigation.HOME.id))
    only, hidden = parameters().get(ONLY, ""), read(HIDE)
    rules = [f"{', '.join(_elements(HIDDEN[kind]))} {{ display: none; }}" for kind in hidden]
    if only in lesson.sections:
        rules += _alone(f".st-key-{navigation.section_key(only)}")
    if rules:
        st.html(f"<style>{' '.join(rules)}</style>")


def offer(page: st.Page) -> None:
    """Show the Share button, except in a frame and during a lecture."""
    if ONLY in parameters() or lecture.is_on():
        return
    lesson = page.url_path or navigation.HOME.id
    component("hall/share")(
        key="share",
        height="content",
        data={
            "page": lesson,
            "base": base(),
            "language": current(),
            "questions": questions.on_page(lesson, current()),
            "labels": {
                "share": _("Share"),
                "title": _("Share a figure at this setting"),
                "figure": _("Figure"),
                "stays": _("What stays"),
                "rest": _("the rest of the page"),
                "controls": _("controls"),
                "texts": _("texts"),
                "exercise": _("As an exercise: ask, and show no solution"),
                "no_exercise": _("no question"),
                "link": _("Link"),
                "frame": _("Frame for slides and learning platforms"),
                "copy": _("Copy"),
                "copied": _("Copied."),
                "code": _("The link as a code to scan"),
                "frames": _("Whether another site may show this server in a frame is its operator's decision."),
                "close": _("Close"),
            },
        },
    )


def _elements(names: str) -> list[str]:
    return [f".stMainBlockContainer [data-testid='{name}']" for name in names.split()]


def _alone(section: str) -> list[str]:
    """Return styles that let one section fill the frame, keeping the elements that contain it."""
    top = f".stMainBlockContainer > [data-testid='stVerticalBlock'] > :not({section}, :has({section}), .st-key-hall)"
    others = f"[class*='st-key-section-']:not({section}, :has({section}))"
    return [
        f"{AROUND}, {top}, {others}, {section} h2.section {{ display: none !important; }}",
        ".stMainBlockContainer { max-width: none; padding: .6rem .8rem; }",
    ]
