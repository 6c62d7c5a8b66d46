"""Browser components: markup, style and script in files of their own, named after the component.

A page's components lie in its folder, such as ``depth/race.js``; scripts that several share, and
their loader, lie here.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

SHARED = Path(__file__).parent
UI = SHARED.parent
UNTIL_DRAWN = "section:not([data-drawn]) { visibility: hidden; }\n"
"""Markup waits for its script: a control without a name is not there, for a screen reader either."""


@cache
def component(path: str, *shared: str) -> ComponentRenderer:
    """The component whose ``.html``, ``.css`` and ``.js`` lie at ``path`` in the folder ``ui``.

    Registered once a process. Its script's ``data`` argument is the only way in for values; the
    ``shared`` scripts stand before its own. A ``<section>`` shows once the script has set its
    ``data-drawn``.
    """
    own = UI / path
    style = _read(own.with_suffix(".css"))
    scripts = [(UI if "/" in each else SHARED) / f"{each}.js" for each in shared]
    return st.components.v2.component(
        f"resnet_edu.{own.name}",
        html=_read(own.with_suffix(".html")),
        css=style and UNTIL_DRAWN + style,
        js="\n".join(each.read_text(encoding="utf-8") for each in (*scripts, own.with_suffix(".js"))),
    )


def as_text(value: Any) -> str:
    """What is large and the same for many readers, as JSON: a text costs Streamlit next to nothing for each."""
    return json.dumps(value, separators=(",", ":"))


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
