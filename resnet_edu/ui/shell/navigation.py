"""The pages of the app in lecture order; a new page is one line in PAGES."""

from copy import copy
from dataclasses import dataclass
from functools import cache

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from resnet_edu.errors import mark
from resnet_edu.paths import PROJECT
from resnet_edu.ui.text.language import _


@dataclass(frozen=True)
class Lesson:
    """A page: its title in the navigation, the question it answers (both source strings), and its sections.

    The lecture's stops refer to the sections; the last one, ``more``, holds what belongs to no figure.
    """

    id: str
    title: str
    question: str
    sections: tuple[str, ...]


HOME = Lesson("home", mark("Home"), mark("Why do we care?"), ("start", "story"))
PAGES = (
    HOME,
    Lesson(
        "depth",
        mark("Depth"),
        mark("Does deeper mean better?"),
        ("training", "published", "identity", "landscape", "race", "train", "more"),
    ),
    Lesson(
        "gradients",
        mark("Gradients"),
        mark("How far back does the learning signal reach?"),
        ("gradients", "first-steps", "shattering", "chain-rule", "more"),
    ),
    Lesson(
        "block",
        mark("Block"),
        mark("What is a residual block?"),
        ("block", "turned-down", "code", "by-hand", "order", "information", "stack", "any-net", "more"),
    ),
    Lesson(
        "parameters",
        mark("Parameters"),
        mark("What does depth cost?"),
        ("bottleneck", "where", "worth", "nets", "versions", "fit", "layers", "more"),
    ),
    Lesson("inference", mark("Inference"), mark("What does a residual network see?"), ("picture", "inside", "more")),
    Lesson(
        "teach",
        mark("Teach it"),
        mark("Can I teach it something new?"),
        ("pictures", "features", "curve", "grounds", "tuning", "take", "more"),
    ),
    Lesson(
        "beyond",
        mark("Beyond"),
        mark("Where did the shortcut go?"),
        (
            *("tokens", "residual-stream", "reversal"),
            *("detection", "probes", "context"),
            *("flow", "half-steps", "depth", "milestones", "more"),
        ),
    ),
)


def take_over() -> None:
    """Make Streamlit leave the folder ``pages`` to ``st.navigation`` from the first visitor on.

    Otherwise the first deep link after start-up would run its page without app.py.
    """
    PagesManager.uses_pages_directory = False


def pages() -> list[st.Page]:
    """Return the pages for ``st.navigation``, home first."""
    return [page(lesson.id) for lesson in PAGES]


def section_key(section: str) -> str:
    """Return Streamlit's key for a section of a page."""
    return f"section-{section}"


def page(lesson_id: str) -> st.Page:
    """Return the page of a lesson, titled in the reader's language."""
    lesson = next(lesson for lesson in PAGES if lesson.id == lesson_id)
    return copy(_page(lesson, _(lesson.title)))  # st.navigation marks the page that runs


@cache
def _page(lesson: Lesson, title: str) -> st.Page:
    """Create the page once: ``st.Page`` resolves its path on disk, which would happen for each link on each page."""
    return st.Page(PROJECT / "pages" / f"{lesson.id}.py", title=title, url_path=lesson.id, default=lesson is HOME)
