"""The expander with the Python behind a figure."""

from dataclasses import fields
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any

import streamlit as st

from resnet_edu.ui.text.language import _


def show_code(code: str) -> None:
    """Show the code in an expander, with a copy button."""
    with st.expander(_("The Python behind this figure")):
        st.code(code, language="python")


def arguments(values: Any, indent: int = 4) -> str:
    """Format the fields of a frozen dataclass as Python arguments, one per line."""
    lines = []
    for each in fields(values):
        value = getattr(values, each.name)
        shown = f"{type(value).__name__}.{value.name}" if isinstance(value, StrEnum) else repr(value)
        lines.append(f"{' ' * indent}{each.name}={shown},")
    return "\n".join(lines)


def picture_code(path: str) -> dict[str, str]:
    """Return the code that loads the picture: a sample by its name, the reader's own from a file."""
    if path.startswith("assets/samples/"):
        return {
            "imports": "from resnet_edu.vision.samples import sample_picture",
            "picture": f'sample_picture("{PurePosixPath(path).stem}")',
        }
    return {
        "imports": "from pathlib import Path\n\nfrom resnet_edu.vision.image import decode",
        "picture": f'decode(Path("{path}").read_bytes())',
    }
