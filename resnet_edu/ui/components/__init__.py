"""Browser components: markup, style and script in files of their own, named after the component."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

FOLDER = Path(__file__).parent
UNTIL_DRAWN = "section:not([data-drawn]) { visibility: hidden; }\n"
"""Markup waits for its script: a control without a name is not there, for a screen reader either."""


@cache
def component(name: str, *shared: str) -> ComponentRenderer:
    """The component whose ``NAME.html``, ``.css`` and ``.js`` lie beside this file.

    Registered once a process. Its script's ``data`` argument is the only way in for values; the
    ``shared`` scripts stand before its own. A ``<section>`` shows once the script has set its
    ``data-drawn``.
    """
    style = _read(name, "css")
    return st.components.v2.component(
        f"resnet_edu.{name}",
        html=_read(name, "html"),
        css=style and UNTIL_DRAWN + style,
        js="\n".join(_read(each, "js") or "" for each in (*shared, name)),
    )


def as_text(value: Any) -> str:
    """What is large and the same for many readers, as JSON: a text costs Streamlit next to nothing for each."""
    return json.dumps(value, separators=(",", ":"))


def _read(name: str, kind: str) -> str | None:
    path = FOLDER / f"{name}.{kind}"
    return path.read_text(encoding="utf-8") if path.exists() else None
