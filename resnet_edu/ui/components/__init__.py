"""Browser components: markup, style and script in files of their own, named after the component.

A page's components lie in its folder, such as ``depth/race.js``; scripts that several share, and
their loader, lie here.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from resnet_edu.ui.components.pane import keyed

UI = Path(__file__).parent.parent
UNTIL_DRAWN = "section:not([data-drawn]) { visibility: hidden; }\n"
"""Markup waits for its script: a control without a name is not there, for a screen reader either."""

FIGURE = '<section translate="no"'
"""A browser's translator would take a figure's texts apart, and its script no longer find them."""

ACCESS = (Path(__file__).parent / "access.css").read_text(encoding="utf-8")
"""What a finger and forced colours need in every component."""

IMPORT = re.compile(r'^import \{\s*\w+(?:,\s*\w+)*,?\s*\} from "(\.[^"]+)";\n', re.MULTILINE)
IMPORT_STYLE = re.compile(r'^@import "(\.[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?!default\b)", re.MULTILINE)


@cache
def component(path: str) -> Callable[..., Any]:
    """The component whose ``.html``, ``.css`` and ``.js`` lie at ``path`` in the folder ``ui``.

    Registered once a process. Its script's ``data`` argument is the only way in for values. A
    ``<section>`` shows once the script has set its ``data-drawn``.
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
        if "key" in options:
            options["key"] = keyed(options["key"])
        return render(data=finite(data), **options)

    return render_finite


def finite(value: Any) -> Any:
    """Plain data without NaN and infinities, for which JSON has no word: None takes their place."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: finite(each) for name, each in value.items()}
    return [finite(each) for each in value] if isinstance(value, list | tuple) else value


def script(path: Path) -> str:
    """A module and all that it imports, as the one script that Streamlit takes, in one scope and without a bundler.

    The files are modules so that types are checked and tests run across them; names are imported as they are.
    """
    parts: dict[Path, str] = {}
    _collect(path.resolve(), parts)
    return "\n".join(parts.values())


def stylesheet(path: Path) -> str | None:
    """A style sheet with those that it imports in their place, None if there is none."""
    text = _read(path)
    return text and IMPORT_STYLE.sub(lambda found: stylesheet(path.parent / found[1]) or "", text)


def as_text(value: Any) -> str:
    """What is large and the same for many readers, as JSON: a text costs Streamlit next to nothing for each."""
    return json.dumps(finite(value), separators=(",", ":"))


def _collect(path: Path, parts: dict[Path, str]) -> None:
    """What a module imports comes before it, once."""
    text = path.read_text(encoding="utf-8")
    for imported in IMPORT.findall(text):
        found = (path.parent / imported).resolve()
        if found not in parts:
            _collect(found, parts)
    parts[path] = EXPORT.sub("", IMPORT.sub("", text))


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
