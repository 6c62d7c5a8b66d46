"""What stands under figures and tables: the Python behind them, in a drawer and in the notebook, and files."""

import re

import streamlit as st

from resnet_edu.ui.components import component
from resnet_edu.ui.components.pane import keyed
from resnet_edu.ui.shared import notebook
from resnet_edu.ui.shared.code import show_code
from resnet_edu.ui.text.language import _, marks


def below(figure: str, title: str, code: str, citation: str = "") -> None:
    """Show the row below the element whose key is ``figure``.

    ``title`` is in the reader's language; ``code`` must run on its own.
    """
    figure, citation = keyed(figure), marks().cited(citation)
    notebook.note(figure, title, code, citation)
    with st.container(key=f"under-{figure}", horizontal=True, gap="small", vertical_alignment="top"):
        component("shared/keep")(
            key=f"keep-{figure}",
            width="content",
            data={
                "figure": re.sub(r"[^\w-]", "-", figure),
                "name": f"resnet-edu-{re.sub(r'[^a-z0-9]+', '-', figure.lower())}",
                "title": title,
                "citation": citation,
                "labels": {"keep": _("Keep as"), "colon": marks().colon},
            },
        )
        show_code(code)


def below_table(table: str, title: str, code: str, citation: str = "") -> None:
    """For a table, which is kept as text: the Python behind it."""
    notebook.note(table, title, code, marks().cited(citation))
    show_code(code)
