"""Where the picture comes from: gallery, upload, clipboard, camera."""

import base64
import io
from functools import cache

import streamlit as st

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.cifar import CIFAR10_CLASSES
from resnet_edu.ui.components import component
from resnet_edu.ui.text.language import _, explain
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import heard, parameters
from resnet_edu.ui.url.query import OneOf, read
from resnet_edu.vision.catalogue import catalogue
from resnet_edu.vision.image import MAX_BYTES, SUFFIXES, Picture, decode
from resnet_edu.vision.samples import CIFAR10_SAMPLE, DEFAULT_SAMPLE, SAMPLES, Sample, sample_picture

SOURCES = {"gallery": mark("Gallery"), "upload": mark("Your picture"), "camera": mark("Camera")}
SOURCE = OneOf("source", SOURCES, "gallery")
OWN_PICTURE = "own picture"
THUMBNAIL = 96


def choose_picture() -> Picture:
    """The controls of the source and the picture they lead to.

    As long as the reader has given none, the chosen sample stays in view.
    """
    source = read(SOURCE)
    widgets.segmented(SOURCE, source, _("Picture from"), {name: _(title) for name, title in SOURCES.items()})
    if source == "gallery":
        return _from_gallery()
    (_from_files if source == "upload" else _from_camera)()
    picture: Picture | None = st.session_state.get(OWN_PICTURE)
    if picture is None:
        return sample_picture(read(_sample()))
    _note_mislabelled(picture)
    return picture


def reproducible_path() -> str:
    """The file of the chosen sample, as the code to copy names it; else a name to fill in."""
    if read(SOURCE) == "gallery":
        return f"assets/samples/{read(_sample())}.jpg"
    return "picture.jpg"


def _sample() -> OneOf[str]:
    """The sample picture in the URL; without one it is a picture that the net of the URL knows."""
    net = catalogue().nets.get(parameters().get("net", ""))
    default = CIFAR10_SAMPLE if net and net.classes == CIFAR10_CLASSES else DEFAULT_SAMPLE
    return OneOf("sample", [sample.id for sample in SAMPLES], default)


def _from_gallery() -> Picture:
    chosen = read(_sample())
    widgets.component(
        "shared/gallery",
        key="gallery",
        data={
            "label": _("Sample pictures"),
            "chosen": chosen,
            "pictures": [
                {"id": sample.id, "title": _(sample.title), "source": thumbnail(sample)} for sample in SAMPLES
            ],
        },
        url={"chosen": _sample()},
    )
    sample = next(sample for sample in SAMPLES if sample.id == chosen)
    st.caption(
        _(
            "{title}. Picture: {author}, {licence}, from {source}.",
            title=_(sample.title),
            author=sample.author,
            licence=_(sample.licence),
            source=sample.source,
        )
    )
    return sample_picture(chosen)


def _from_files() -> None:
    file = st.file_uploader(
        _("A picture from your device"),
        type=list(SUFFIXES),
        key="upload",
        max_upload_size=MAX_BYTES // 2**20,
        label_visibility="collapsed",
        on_change=heard,
    )
    if file is not None:
        _take(file.getvalue(), file.name, file.file_id)
    pasted = component("shared/paste")(
        key="paste",
        data={
            "label": _("Paste from the clipboard (Ctrl+V)"),
            "limit": MAX_BYTES,
            "tooLarge": _("That picture is larger than {limit} MB.", limit=MAX_BYTES // 2**20),
            "empty": _("There is no picture in the clipboard."),
            "refused": _("The browser does not let pages read the clipboard here. Press Ctrl+V instead."),
        },
        on_picture_change=heard,
    )
    if pasted.picture:
        try:
            content = base64.b64decode(pasted.picture, validate=True)
        except (ValueError, TypeError):
            content = b""
        _take(content, "", "")


def _from_camera() -> None:
    file = st.camera_input(_("Take a picture"), key="camera", label_visibility="collapsed", on_change=heard)
    if file is not None:
        _take(file.getvalue(), "", file.file_id)


def _take(content: bytes, name: str, file_id: str) -> None:
    """Decode what has just come in. A picture that can't be read leaves the last one in place."""
    if file_id and st.session_state.get("taken") == file_id:
        if error := st.session_state.get("refused"):
            st.error(explain(error))
        return
    st.session_state["taken"] = file_id
    st.session_state["refused"] = None
    try:
        st.session_state[OWN_PICTURE] = decode(content, name)
    except UserError as error:
        st.session_state["refused"] = error
        st.error(explain(error))


def _note_mislabelled(picture: Picture) -> None:
    if picture.mislabelled:
        said, found = picture.mislabelled
        st.info(_("The file's name says {said}, but it is {found}; it was read as {found}.", said=said, found=found))


@cache
def thumbnail(sample: Sample) -> str:
    """The middle of a sample as a data URL; encoded once."""
    image = sample_picture(sample.id).image.copy()
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side)).resize((THUMBNAIL, THUMBNAIL))
    content = io.BytesIO()
    image.save(content, "JPEG", quality=82)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"
