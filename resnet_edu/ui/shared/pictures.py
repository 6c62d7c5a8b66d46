"""Sources of the picture: gallery, upload, clipboard, camera."""

from functools import cache
from urllib.parse import urlsplit

import streamlit as st

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.cifar import CIFAR10_CLASSES
from resnet_edu.ui.components.pane import is_second
from resnet_edu.ui.shared.encoded import photo_url
from resnet_edu.ui.shared.upload import GivenFile, photo, upload
from resnet_edu.ui.text.language import _, explain
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import parameters
from resnet_edu.ui.url.query import OneOf, read
from resnet_edu.vision.catalogue import catalogue
from resnet_edu.vision.image import KEPT_SIDE, Picture, decode
from resnet_edu.vision.samples import CIFAR10_SAMPLE, DEFAULT_SAMPLE, SAMPLES, Sample, sample_picture

SOURCES = {"gallery": mark("Gallery"), "upload": mark("Your picture"), "camera": mark("Camera")}
LIVE = {"live": mark("Live")}
SOURCE = OneOf("source", (*SOURCES, *LIVE), "gallery")
FROZEN = "frame on which the stream is frozen"
OWN_PICTURE = "own picture"
"""Before a source's name: the session key of the reader's latest picture from there, a ``Picture`` or the ``UserError``
raised while decoding it."""
UNTOUCHED = 2 * 2**20
"""Largest file, in bytes, that is sent unchanged; the browser scales down larger ones."""
LOCAL = ("localhost", "127.0.0.1", "::1")
THUMBNAIL = 96
OWN = "own"
PINNED = OneOf("pinned", ("", OWN, *(sample.id for sample in SAMPLES)), "")
PINNED_PICTURE = "pinned picture"


def choose_picture(*, live: bool = False) -> Picture | None:
    """The controls of the source and the picture they lead to; None while the reader has given none of their own.

    Where the page can show a ``live`` stream, the frame on which it is frozen is such a picture too.
    """
    sources = SOURCES | LIVE if live else SOURCES
    source = read(SOURCE)
    widgets.segmented(SOURCE, source, _("Picture from"), {name: _(title) for name, title in sources.items()})
    if source not in sources or source == "gallery":
        return _from_gallery()
    if source in LIVE:
        frozen: Picture | None = st.session_state.get(FROZEN)
        return frozen
    (_from_files if source == "upload" else _from_camera)()
    given = _given()
    if isinstance(given, UserError):
        st.error(explain(given))
        return None
    if given is not None:
        _note(given)
    return given


def chosen_picture() -> Picture | None:
    """Return the picture that the controls elsewhere on the page have led to; None while there is none."""
    if read(SOURCE) not in ("upload", "camera"):
        return sample_picture(read(_sample()))
    given = _given()
    return given if isinstance(given, Picture) else None


def is_own() -> bool:
    """Whether the reader's own pictures are shown, not those of the gallery."""
    return read(SOURCE) != "gallery"


def is_live() -> bool:
    """Whether the reader has chosen a stream."""
    return read(SOURCE) in LIVE


def invite() -> None:
    """Invite the reader to provide a picture, where the answer will appear, unless one has just been refused."""
    if not isinstance(_given(), UserError):
        st.info(_("No picture yet: the net's answer to yours will appear here."))


def reproducible_path() -> str:
    """Return the sample's path for the code to copy, or a placeholder for the reader's own picture."""
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
    """Declare the URL parameter of the sample; its default is a picture that the net in the URL can recognise."""
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
    upload(
        "upload",
        lambda files: _take("upload", files[0]),
        choose=_("Choose a picture, or take one"),
        limits=_("JPEG, PNG, WebP, AVIF, GIF, BMP, TIFF. Large photos are reduced."),
        side=2 * KEPT_SIDE,
        untouched=UNTOUCHED,
    )


def _from_camera() -> None:
    if problem := _camera_problem():
        st.info(problem)
        return
    photo("camera", lambda files: _take("camera", files[0]))


def _camera_problem() -> str:
    """Return why the camera cannot work here; empty if it can."""
    address = urlsplit(st.context.url or "https:")
    host = address.hostname or ""
    if address.scheme != "https" and host not in LOCAL and not host.endswith(".localhost"):
        return _(
            "Browsers give a page the camera only over https, or on the machine itself. On a phone, **Your picture**"
            " takes photos all the same; README.md says how to get https for a class."
        )
    return ""


def _given() -> Picture | UserError | None:
    """Return the latest picture from the source that is chosen: the camera doesn't show an upload's answer."""
    given: Picture | UserError | None = st.session_state.get(f"{OWN_PICTURE} {read(SOURCE)}")
    return given


def _take(source: str, file: GivenFile) -> None:
    """Decode the picture. It replaces the previous one even if it cannot be sent or decoded."""
    try:
        st.session_state[f"{OWN_PICTURE} {source}"] = decode(file.read(), file.name)
    except UserError as error:
        st.session_state[f"{OWN_PICTURE} {source}"] = error


def _note(picture: Picture) -> None:
    if picture.mislabelled:
        said, found = picture.mislabelled
        st.info(_("The file's name says {said}, but it is {found}; it was read as {found}.", said=said, found=found))
    if picture.is_animated:
        st.info(_("This picture is animated: only its first frame is read."))


@cache
def thumbnail(sample: Sample) -> str:
    """Return the centre of a sample as a data URL, encoded only once."""
    image = sample_picture(sample.id).image.copy()
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return photo_url(image.crop((left, top, left + side, top + side)).resize((THUMBNAIL, THUMBNAIL)))
