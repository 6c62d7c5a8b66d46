"""Loader for browser components: each is an HTML, a CSS and a JavaScript file named after the component.

A page's components are in its folder, such as ``depth/race.js``; scripts used by several components are here.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

UI = Path(__file__).parent.parent
UNTIL_DRAWN = "section:not([data-drawn]) { visibility: hidden; }\n"
"""Hides markup until its script has run, from screen readers too: its controls have no names before that."""

FIGURE = '<section translate="no"'
"""Keeps a browser's translator from splitting a figure's texts, which its script could then no longer find."""

ACCESS = (Path(__file__).parent / "access.css").read_text(encoding="utf-8")
"""Style rules for touch input and forced colours that every component needs."""

IMPORT = re.compile(r'^import \{\s*\w+(?:,\s*\w+)*,?\s*\} from "(\.[^"]+)";\n', re.MULTILINE)
IMPORT_STYLE = re.compile(r'^@import "(\.[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?!default\b)", re.MULTILINE)


@cache
def component(path: str) -> Callable[..., Any]:
    """Return the component whose ``.html``, ``.css`` and ``.js`` are at ``path`` in the folder ``ui``.

    It is registered once per process. Values reach its script only through the ``data`` argument. A ``<section>``
    becomes visible once the script sets its ``data-drawn``.
    """
    own = UI / path
    html, style = _read(own.with_suffix(".html")), stylesheet(own.with_suffix(".css"))
    render = st.components.v2.component(
        f"resnet_edu.{own.name}",
        html=html and html.replace("<section", FIGURE, 1),
        css=style and UNTIL_DRAWN + style + ACCESS,
        js=script(own.with_suffix(".js")),
    )

    def render_finite(*, data: Any = None, **options: Any) -> Any:
        return render(data=finite(data), **options)

    return render_finite


def finite(value: Any) -> Any:
    """Return plain data with NaN and infinities, which JSON cannot express, replaced by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: finite(each) for name, each in value.items()}
    return [finite(each) for each in value] if isinstance(value, list | tuple) else value


def script(path: Path) -> str:
    """Return a module and everything it imports as the single script that Streamlit accepts, without a bundler.

    The files are modules so that types can be checked and tests run across them. All share one scope, so names cannot
    be renamed on import.
    """
    parts: dict[Path, str] = {}
    _collect(path.resolve(), parts)
    return "\n".join(parts.values())


def stylesheet(path: Path) -> str | None:
    """Return a style sheet with its imports inlined, or None if the file does not exist."""
    text = _read(path)
    return text and IMPORT_STYLE.sub(lambda found: stylesheet(path.parent / found[1]) or "", text)


def as_text(value: Any) -> str:
    """Return JSON for large data shared by many readers: a string costs Streamlit almost nothing per reader."""
    return json.dumps(finite(value), separators=(",", ":"))


def _collect(path: Path, parts: dict[Path, str]) -> None:
    """Collect a module after everything it imports, each file once."""
    text = path.read_text(encoding="utf-8")
    for imported in IMPORT.findall(text):
        found = (path.parent / imported).resolve()
        if found not in parts:
            _collect(found, parts)
    parts[path] = EXPORT.sub("", IMPORT.sub("", text))


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
