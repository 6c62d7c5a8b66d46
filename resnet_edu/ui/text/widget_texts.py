"""Translations of the few English texts inside Streamlit's own widgets.

Streamlit cannot translate them, so the style sheet hides each one and shows a custom property instead
(``style.css``). Control names that only screen readers announce are replaced by a script in the browser.
"""

import json

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.ui.text.language import LANGUAGES, _, translated

NAMES = (
    mark("App pages"),
    mark("Choose an option"),
    mark("Choose options"),
    mark("Clear all"),
    mark("Clear value"),
    mark("Close"),
    mark("Close Search"),
    mark("Close fullscreen"),
    mark("Collapse sidebar"),
    mark("Copy to clipboard"),
    mark("Dataframe column menu"),
    mark("Decrement"),
    mark("Download as CSV"),
    mark("Expand sidebar"),
    mark("Fullscreen"),
    mark("Increment"),
    mark("Link to heading"),
    mark("Logo"),
    mark("Main menu"),
    mark("Navigate to home page"),
    mark("Next Result"),
    mark("Open"),
    mark("Previous Result"),
    mark("progress"),
    mark("Scroll tabs left"),
    mark("Scroll tabs right"),
    mark("Search"),
    mark("Selected values"),
    mark("Show/hide columns"),
    mark("Sidebar"),
    mark("Switch camera"),
)
"""Names that Streamlit's frontend gives its controls, for screen readers or as placeholders."""


def names() -> dict[str, str]:
    """Map each name, in every language, to the reader's language: the language may have just been changed."""
    return {translated(name, language): _(name) for name in NAMES for language in LANGUAGES}


def translate() -> None:
    """Pass the texts to the style sheet."""
    texts = {
        "upload": _("Choose files, or drop them here"),
        "upload-limits": _("Pictures or a ZIP · at most 10 MB each"),
        "camera-ask": _("Allow this page to use the camera."),
        "camera-take": _("Take a picture"),
        "camera-clear": _("Take another"),
    }
    properties = "".join(f"--text-{name}: {json.dumps(text, ensure_ascii=False)};" for name, text in texts.items())
    st.html(f"<style>:root {{ {properties} }}</style>")
