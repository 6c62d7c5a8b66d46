"""Where the picture comes from: gallery, upload, clipboard, camera."""

import base64
import io
from functools import cache
from urllib.parse import urlsplit

import streamlit as st

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.cifar import CIFAR10_CLASSES
from resnet_edu.ui.components import component
from resnet_edu.ui.components.pane import is_second
from resnet_edu.ui.text.language import _, explain
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import heard, parameters
from resnet_edu.ui.url.query import OneOf, read
from resnet_edu.vision.catalogue import catalogue
from resnet_edu.vision.image import KEPT_SIDE, MAX_BYTES, Picture, decode, unreadable_heic
from resnet_edu.vision.samples import CIFAR10_SAMPLE, DEFAULT_SAMPLE, SAMPLES, Sample, sample_picture

SOURCES = {"gallery": mark("Gallery"), "upload": mark("Your picture"), "camera": mark("Camera")}
SOURCE = OneOf("source", SOURCES, "gallery")
OWN_PICTURE = "own picture"
"""What the reader has given last: a ``Picture``, or the ``UserError`` that was found in its place."""
UNTOUCHED = 2 * 2**20
"""Files up to here are sent as they are; the browser makes larger ones smaller."""
GIVEN = "pictures given"
"""How many there have been: a new number tells the browser that its picture has come."""
XSRF_COOKIE = "_streamlit_xsrf"
"""Without it Streamlit refuses what a camera sends; in another site's frame a browser keeps it back."""
LOCAL = ("localhost", "127.0.0.1", "::1")
MEGABYTES = MAX_BYTES // 2**20
TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff", "image/avif")
THUMBNAIL = 96
OWN = "own"
PINNED = OneOf("pinned", ("", OWN, *(sample.id for sample in SAMPLES)), "")
PINNED_PICTURE = "pinned picture"


def choose_picture() -> Picture | None:
    """The controls of the source and the picture they lead to; None while the reader has given none of their own."""
    source = read(SOURCE)
    widgets.segmented(SOURCE, source, _("Picture from"), {name: _(title) for name, title in SOURCES.items()})
    if source == "gallery":
        return _from_gallery()
    (_from_files if source == "upload" else _from_camera)()
    given: Picture | UserError | None = st.session_state.get(OWN_PICTURE)
    if isinstance(given, UserError):
        st.error(explain(given))
        return None
    if given is not None:
        _note_mislabelled(given)
    return given


def invite() -> None:
    """What stands in the place of an answer as long as there is no picture."""
    st.info(_("No picture yet: the net's answer to yours will appear here."))


def reproducible_path() -> str:
    """The file of the chosen sample, as the code to copy names it; else a name to fill in."""
    if is_second():
        name = read(PINNED)
        return "picture.jpg" if name == OWN else f"assets/samples/{name}.jpg"
    if read(SOURCE) == "gallery":
        return f"assets/samples/{read(_sample())}.jpg"
    return "picture.jpg"


def pin(picture: Picture) -> str:
    """What the URL calls the picture shown now; one of the reader's own is kept for as long as the session is open."""
    if read(SOURCE) == "gallery":
        return read(_sample())
    st.session_state[PINNED_PICTURE] = picture
    return OWN


def pinned_picture() -> Picture | None:
    """The one that stays beside the chosen one; None without, or where it was another session's own."""
    name = read(PINNED)
    if name == OWN:
        own: Picture | None = st.session_state.get(PINNED_PICTURE)
        return own
    return sample_picture(name) if name else None


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
    component("shared/upload")(
        key="upload",
        data={
            "choose": _("Choose a picture, or take one"),
            "paste": _("Paste from the clipboard (Ctrl+V)"),
            "limits": _(
                "Or drop it anywhere on this page: JPEG, PNG, WebP, AVIF, GIF, BMP, TIFF. Large photos are reduced."
            ),
            "sending": _("Sending the picture …"),
            "tooLarge": _("This file is larger than {limit} MB, and your browser can't reduce it.", limit=MEGABYTES),
            "heic": explain(unreadable_heic()),
            "empty": _("There is no picture in the clipboard."),
            "refused": _("The browser does not let pages read the clipboard here. Press Ctrl+V instead."),
            "unreadable": _("The browser could not read this file. Choose it again."),
            "types": TYPES,
            "untouched": UNTOUCHED,
            "side": 2 * KEPT_SIDE,
            "limit": MAX_BYTES,
            "given": st.session_state.get(GIVEN, 0),
        },
        on_picture_change=_take_upload,
    )


def _take_upload() -> None:
    """A callback, so that no run that is overtaken loses the picture."""
    heard()
    given = st.session_state["upload"].picture
    if not isinstance(given, dict):
        return
    try:
        content = base64.b64decode(given.get("content", ""), validate=True)
    except (ValueError, TypeError):
        content = b""
    _take(content, str(given.get("name", "")))


def _from_camera() -> None:
    if problem := _camera_problem():
        st.info(problem)
        return
    st.camera_input(
        _("Take a picture"), key="camera", label_visibility="collapsed", resolution="720p", on_change=_take_photo
    )


def _camera_problem() -> str:
    """Why no camera would work, or none of its pictures would arrive; empty where one may."""
    address = urlsplit(st.context.url or "https:")
    host = address.hostname or ""
    if address.scheme != "https" and host not in LOCAL and not host.endswith(".localhost"):
        return _(
            "Browsers give a page the camera only over https, or on the machine itself. On a phone, **Your picture**"
            " takes photos all the same; README.md says how to get https for a class."
        )
    if st.context.headers and XSRF_COOKIE not in st.context.cookies:
        return _(
            "Inside another site's page, the browser keeps camera pictures from arriving here. Open this page in a tab"
            " of its own, or give a picture under **Your picture**."
        )
    return ""


def _take_photo() -> None:
    heard()
    photo = st.session_state["camera"]
    if photo is None:
        st.session_state.pop(OWN_PICTURE, None)
    else:
        _take(photo.getvalue(), "")


def _take(content: bytes, name: str) -> None:
    """Decode what has just come in. It takes the place of what was there before, even if it is no picture."""
    st.session_state[GIVEN] = st.session_state.get(GIVEN, 0) + 1
    try:
        st.session_state[OWN_PICTURE] = decode(content, name)
    except UserError as error:
        st.session_state[OWN_PICTURE] = error


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
