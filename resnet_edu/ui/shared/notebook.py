"""A page as a notebook: its lessons and formulas, and the code of its figures at the current setting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.ui.text.language import _, lesson

HELD = "notebook of the page"
NONE: Mapping[str, Sequence[str]] = MappingProxyType({})
MIME = "application/x-ipynb+json"
NEEDS = mark("Runs from top to bottom where `resnet-edu` is installed (its README says how).")


@dataclass(frozen=True)
class Noted:
    """A figure's entry in the notebook: title, code and citation."""

    title: str
    code: str
    citation: str


@dataclass
class Page:
    """Contents of a page's notebook; a figure that is redrawn on its own replaces its entry."""

    title: str
    question: str
    figures: dict[str, Noted] = field(default_factory=dict)


def begin(title: str, question: str) -> None:
    """Start a page's notebook."""
    st.session_state[HELD] = Page(title, question)


def note(figure: str, title: str, code: str, citation: str) -> None:
    """Add a figure, or replace it at another setting."""
    st.session_state[HELD].figures[figure] = Noted(title, code, citation)


def offer(
    name: str,
    *lessons: str,
    before: Mapping[str, Sequence[str]] = NONE,
    after: Mapping[str, Sequence[str]] = NONE,
) -> None:
    """Show the download button; the notebook is written when it is clicked.

    ``lessons`` stand at the beginning, those in ``before`` and ``after`` around the figure of that name.
    """
    page: Page = st.session_state[HELD]
    texts = [_(NEEDS), *map(lesson, lessons)]
    around = [{figure: [lesson(each) for each in names] for figure, names in side.items()} for side in (before, after)]
    st.download_button(
        _("Download as notebook"),
        lambda: written(page, texts, *around),
        file_name=f"resnet-edu-{name}.ipynb",
        mime=MIME,
        icon=":material/download:",
        on_click="ignore",
    )


def written(
    page: Page,
    texts: Sequence[str],
    before: Mapping[str, Sequence[str]] = NONE,
    after: Mapping[str, Sequence[str]] = NONE,
) -> str:
    """Return the notebook as the text of a file; the texts around a figure that isn't there are left out with it."""
    import nbformat  # slow to import, so only for readers who save a notebook

    v4: Any = nbformat.v4
    cells = [v4.new_markdown_cell(f"# {page.title}\n\n**{page.question}**"), *map(v4.new_markdown_cell, texts)]
    for figure, each in page.figures.items():
        cells += map(v4.new_markdown_cell, before.get(figure, ()))
        heading = f"## {each.title}" + (f"\n\n*{each.citation}*" if each.citation else "")
        cells += [v4.new_markdown_cell(heading), v4.new_code_cell(each.code.strip())]
        cells += map(v4.new_markdown_cell, after.get(figure, ()))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # the same page gives the same file
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    text: str = v4.writes(v4.new_notebook(cells=cells, metadata=kernel))
    return text
