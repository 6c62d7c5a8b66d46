"""The few English texts inside Streamlit's own widgets, in the reader's language.

Streamlit has no translation of them, so the style sheet hides each and ``style.css`` shows these
custom properties in their place.
"""

import json

import streamlit as st

from resnet_edu.ui.text.language import _


def translate() -> None:
    """Hand the texts to the style sheet."""
    texts = {
        "camera-ask": _("Allow this page to use the camera."),
        "camera-take": _("Take a picture"),
        "camera-clear": _("Take another"),
    }
    properties = "".join(f"--text-{name}: {json.dumps(text, ensure_ascii=False)};" for name, text in texts.items())
    st.html(f"<style>:root {{ {properties} }}</style>")
