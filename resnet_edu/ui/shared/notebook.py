"""A page as a notebook: its lessons and formulas, and the code of its figures at the present setting."""

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.ui.text.language import _, lesson

HELD = "notebook of the page"
MIME = "application/x-ipynb+json"
NEEDS = mark("Runs from top to bottom where `resnet-edu` is installed (its README says how).")


@dataclass(frozen=True)
class Noted:
    """A figure on the page: its title, its code, its citation."""

    title: str
    code: str
    citation: str


@dataclass
class Page:
    """What a notebook is made of; a figure that changes in its own panel changes here."""

    title: str
    question: str
    figures: dict[str, Noted] = field(default_factory=dict)


def begin(title: str, question: str) -> None:
    """At the top of a page."""
    st.session_state[HELD] = Page(title, question)


def note(figure: str, title: str, code: str, citation: str) -> None:
    """Another figure of the page, or the same one at another setting."""
    st.session_state[HELD].figures[figure] = Noted(title, code, citation)


def offer(name: str, *lessons: str) -> None:
    """The button at the end of a page; what it saves is made when it is pressed."""
    page: Page = st.session_state[HELD]
    texts = [_(NEEDS), *map(lesson, lessons)]
    st.download_button(
        _("Download as notebook"),
        lambda: written(page, texts),
        file_name=f"resnet-edu-{name}.ipynb",
        mime=MIME,
        icon=":material/download:",
        on_click="ignore",
    )


def written(page: Page, texts: list[str]) -> str:
    """The notebook as a file's text."""
    import nbformat  # only a reader who saves a notebook waits for it

    v4: Any = nbformat.v4
    cells = [v4.new_markdown_cell(f"# {page.title}\n\n**{page.question}**"), *map(v4.new_markdown_cell, texts)]
    for each in page.figures.values():
        heading = f"## {each.title}" + (f"\n\n*{each.citation}*" if each.citation else "")
        cells += [v4.new_markdown_cell(heading), v4.new_code_cell(each.code.strip())]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # the same page gives the same file
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    text: str = v4.writes(v4.new_notebook(cells=cells, metadata=kernel))
    return text
