"""Downloads: weights with their card, pictures and code; also a link to the Inference page."""

import streamlit as st

from resnet_edu.teaching.archive import pack
from resnet_edu.teaching.taking import packed
from resnet_edu.ui.shared import notebook
from resnet_edu.ui.shared.code import show_code
from resnet_edu.ui.shell import frame
from resnet_edu.ui.teach.code import head_code
from resnet_edu.ui.teach.lessons import TeachingLesson
from resnet_edu.ui.teach.settings import TeachSettings
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url.links import heard
from resnet_edu.vision.image import MAX_BYTES

DIRECTORY_BYTES = 2**17
"""More than the file names of six hundred pictures take up in a ZIP."""


def panel(now: TeachSettings, lesson: TeachingLesson) -> None:
    """Show the downloads with their sizes; each is created only when requested."""
    weights, pictures, link = st.columns(3)
    with weights:
        st.download_button(
            _("Weights and card, {size:.0f} MB", size=4 * lesson.taught.parameters / 2**20),
            lambda: packed(lesson.taught, lesson.net, lesson.fitted.held_out),
            "taught.zip",
            "application/zip",
            key="take weights",
            icon=":material/download:",
            on_click=heard,
            width="stretch",
        )
        st.caption(_("Unpack it; `python -m resnet_edu weights import taught.safetensors` takes it into the app."))
    with pictures:
        st.download_button(
            _("Pictures, {size:.1f} MB", size=lesson.collection.size / 2**20),
            lambda: pack(lesson.collection),
            "pictures.zip",
            "application/zip",
            key="take pictures",
            icon=":material/download:",
            on_click=heard,
            width="stretch",
        )
        st.caption(
            _("A folder for each class: `python -m resnet_edu train folder` and this page read it.")
            if lesson.collection.size < MAX_BYTES - DIRECTORY_BYTES
            else _(
                "A folder for each class: `python -m resnet_edu train folder` reads it. This page takes {limit} MB at"
                " most.",
                limit=MAX_BYTES // 2**20,
            )
        )
    with link:
        frame.link("inference", _("Look inside the taught net"), {"net": lesson.taught.id})
        st.caption(_("It is in this session's list of networks."))
    code = head_code(now)
    notebook.note("teach", _("A new last layer on frozen features"), code, "")
    show_code(code)
    notebook.offer("teach", "teach")
