"""Every page as a notebook: it runs from top to bottom in an empty folder, as does the code in every expander."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from streamlit.testing.v1 import AppTest

from resnet_edu.paths import PROJECT
from resnet_edu.ui.shared import notebook
from resnet_edu.ui.shell.navigation import PAGES

from .conftest import Open

ELSEWHERE: list[tuple[str, dict[str, str]]] = [
    ("inference", {"net": "cifar10-residual-20", "view": "knockout"}),
    ("inference", {"net": "cifar10-residual-20", "view": "attributions", "methods": "saliency"}),
    ("gradients", {"preset": "textbook", "depth": "8"}),
]
"""Settings in which pages have other figures."""
TABLES = {"nets", "layers"}
"""They are kept as text, not as pictures."""


def notebook_of(at: AppTest) -> nbformat.NotebookNode:
    page: notebook.Page = at.session_state[notebook.HELD]
    return nbformat.reads(notebook.written(page, ["A lesson, $y = F(x) + x$."]), as_version=4)


def run(book: nbformat.NotebookNode, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "setting"),
    [*((page.id, {}) for page in PAGES), *ELSEWHERE],
    ids=lambda value: value if isinstance(value, str) else "-".join(value.values()),
)
def test_a_pages_notebook_runs_from_top_to_bottom(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, setting: dict[str, Any]
) -> None:
    at = open_page(page, **setting)
    for _ in range(60):  # the engine may still be at work
        figures = set(at.session_state[notebook.HELD].figures)
        if {"journey", "attributions"} & figures if page == "inference" else figures:
            break
        at.run()
    book = notebook_of(at)
    nbformat.validate(book)
    run(book, tmp_path, monkeypatch)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    assert cells
    assert all(any(output.get("text") for output in cell.outputs) for cell in cells)  # each prints something


@pytest.mark.parametrize("page", [page.id for page in PAGES])
def test_every_figure_has_a_drawer_and_can_be_kept(open_page: Open, page: str) -> None:
    at = open_page(page, nets="both")
    for _ in range(100):
        if not at.get("progress"):  # shown while the page still computes
            break
        at.run()
    drawers = [each for each in at.expander if each.label == "The Python behind this figure"]
    kept = [each for each in at.get("bidi_component") if each.proto.component_name == "resnet_edu.keep"]
    figures = at.session_state[notebook.HELD].figures
    alone = page == "teach"  # the code of what was taught belongs to no figure
    tables = len(TABLES & set(figures))
    assert len(drawers) == len(figures) == len(kept) + tables + alone > 0
    charts = {chart.proto.id.rpartition("-")[2] for chart in at.get("plotly_chart")}
    assert len(charts) <= len(figures)
    assert any(each.label == "Download as notebook" for each in at.get("download_button"))


def test_the_same_page_gives_the_same_notebook(open_page: Open) -> None:
    first, second = (nbformat.writes(notebook_of(open_page("parameters"))) for _ in range(2))
    assert first == second


def test_a_lesson_stands_before_the_code_of_its_figure(open_page: Open) -> None:
    at = open_page("beyond")
    page: notebook.Page = at.session_state[notebook.HELD]
    book = nbformat.reads(
        notebook.written(
            page, ["Begin."], {"probes": ["Of probes."], "absent": ["Of nothing."]}, {"timeline": ["End."]}
        ),
        4,
    )
    sources = [cell.source for cell in book.cells]
    place = sources.index("Of probes.")
    assert sources[1] == "Begin."
    assert sources[place + 1].startswith(f"## {page.figures['probes'].title}")
    assert book.cells[place - 1].cell_type == book.cells[place + 2].cell_type == "code"
    assert "Of nothing." not in sources
    assert sources[-1] == "End."
