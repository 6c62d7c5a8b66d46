"""The pages of the app and the story that leads through them; a new page is one line in PAGES."""

from copy import copy
from dataclasses import dataclass, field
from functools import cache

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from resnet_edu.errors import mark
from resnet_edu.paths import PROJECT
from resnet_edu.ui.language import _


@dataclass(frozen=True)
class Lesson:
    """A page: its name in the navigation and the question it answers. All source strings."""

    id: str
    title: str
    question: str


@dataclass(frozen=True)
class Step:
    """A step of the story on the home page, and the prepared setting of the page it links to."""

    page: str
    title: str
    text: str
    citation: str
    setting: dict[str, str] = field(default_factory=dict)


HOME = Lesson("home", mark("Home"), mark("Why do we care?"))
PAGES = (
    HOME,
    Lesson("depth", mark("Depth"), mark("Does deeper mean better?")),
    Lesson("gradients", mark("Gradients"), mark("How far back does the learning signal reach?")),
    Lesson("block", mark("Block"), mark("What is a residual block?")),
    Lesson("parameters", mark("Parameters"), mark("What does depth cost?")),
    Lesson("inference", mark("Inference"), mark("What does a residual network see?")),
)
STORY = (
    Step(
        "depth",
        mark("Deeper should be better. It was worse."),
        mark("A plain net of 56 layers makes more errors than one of 20, on the very pictures it is trained on."),
        "He et al. 2015, fig. 1",
    ),
    Step(
        "gradients",
        mark("Follow the learning signal back."),
        mark("It has to reach the first layer through all the others. How much arrives depends on more than depth."),
        "He et al. 2015, § 4.1; Yang et al. 2019",
        {"preset": "textbook", "depth": "56"},
    ),
    Step(
        "block",
        mark("Let the layers learn a correction."),
        mark("Add the input back to the output. If nothing needs to change, the layers only have to say zero."),
        "He et al. 2015, § 3",
        {"block": "basic"},
    ),
    Step(
        "parameters",
        mark("Deep, and still affordable."),
        mark(
            "Two 3×3 convolutions on 256 channels: 1,179,648 weights. A bottleneck of three layers"
            " in their place: 69,632."
        ),
        "He et al. 2015, fig. 5",
        {"channels": "256", "width": "64"},
    ),
    Step(
        "inference",
        mark("Give it a picture."),
        mark("A real residual network answers before your eyes, and shows you what it was given to see."),
        "",
        {"sample": "dog"},
    ),
    Step(
        "inference",
        mark("One net, many depths."),
        mark(
            "Delete a block of a trained residual net while it works, and it goes on; a plain net does not survive it."
        ),
        "Veit et al. 2016",
        {"net": "cifar10-residual-20", "view": "knockout", "off": "layer1.1", "sample": "cat"},
    ),
)


def take_over() -> None:
    """Have Streamlit leave the folder ``pages`` to ``st.navigation`` from the first visitor on.

    Otherwise the first deep link after a start runs its page without app.py.
    """
    PagesManager.uses_pages_directory = False


def pages() -> list[st.Page]:
    """The pages for ``st.navigation``, home first."""
    return [page(lesson.id) for lesson in PAGES]


def page(lesson_id: str) -> st.Page:
    """The page of a lesson, titled in the reader's language."""
    lesson = next(lesson for lesson in PAGES if lesson.id == lesson_id)
    return copy(_page(lesson, _(lesson.title)))  # st.navigation marks the one that runs


@cache
def _page(lesson: Lesson, title: str) -> st.Page:
    """Made once: every time it would ask the disk for each part of its path, on each page for each link."""
    return st.Page(PROJECT / "pages" / f"{lesson.id}.py", title=title, url_path=lesson.id, default=lesson is HOME)
