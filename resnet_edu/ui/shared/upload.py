"""Pictures and files of the reader's own: chosen, dropped, pasted, or taken with a camera.

They come over the page's own connection: Streamlit's widgets post them with a cookie that browsers withhold in
another site's frame, and its uploader refuses large ones in English.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from resnet_edu.errors import UserError, mark
from resnet_edu.ui.components import component
from resnet_edu.ui.text.language import _, marks
from resnet_edu.ui.url.links import heard
from resnet_edu.vision.image import MAX_BYTES, unreadable_heic

TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff", "image/avif")
REFUSALS = {
    "heic": unreadable_heic(),
    "tooLarge": UserError(
        mark(
            "This file is larger than {limit} MB, and your browser can't read it as a picture and reduce it. Choose"
            " another, or save it smaller."
        ),
        limit=MAX_BYTES // 2**20,
    ),
    "unreadable": UserError(mark("The browser could not read this file. Choose it again.")),
    "together": UserError(
        mark("At most {limit} MB are sent at once. Give the other files again."), limit=MAX_BYTES // 2**20
    ),
}
"""Why a browser could not send a file, by what the script calls it."""


@dataclass(frozen=True)
class GivenFile:
    """A file that the reader has given: its content, empty if nothing arrived, or why the browser didn't send it."""

    name: str
    content: bytes
    refused: UserError | None = None

    def read(self) -> bytes:
        """Return the content; raises ``UserError`` if the browser could not send it."""
        if self.refused:
            raise self.refused
        return self.content


def upload(
    key: str,
    take: Callable[[list[GivenFile]], None],
    *,
    choose: str,
    limits: str,
    side: int,
    untouched: int,
    others: Sequence[str] = (),
    several: bool = False,
) -> None:
    """Show the control; ``take`` is called, before the page runs, with one file or, if wanted, ``several``.

    The browser reduces pictures larger than ``untouched`` bytes until no side exceeds ``side`` pixels. ``others`` are
    types of files other than pictures that are offered too.
    """
    event = "files" if several else "picture"
    callback = partial(_take, key, event, take)
    component("shared/upload")(
        key=key,
        data={
            "choose": choose,
            "paste": _("Paste from the clipboard"),
            "keys": marks().noted("", "Ctrl+V"),
            "drop": _("Or drop it anywhere on this page.") if not several else "",
            "limits": limits,
            "sending": _("Sending the picture …"),
            "preparing": _("Preparing the files: {done} of {total} …"),
            "reading": _("The files are being sent and read …"),
            "empty": _("There is no picture in the clipboard."),
            "refused": _("The browser does not let pages read the clipboard here. Press Ctrl+V instead."),
            "types": TYPES,
            "others": others,
            "untouched": untouched,
            "side": side,
            "limit": MAX_BYTES,
            "several": several,
            "given": st.session_state.get(_count(key), 0),
        },
        **{f"on_{event}_change": callback},
    )


def photo(key: str, take: Callable[[list[GivenFile]], None]) -> None:
    """Show the camera's picture and a button; ``take`` is called, before the page runs, with each photo."""
    component("shared/photo")(
        key=key,
        data={
            "ask": _("Allow this page to use the camera."),
            "start": _("Turn the camera on"),
            "take": _("Take a picture"),
            "turn": _("Other camera"),
            "video": _("What the camera sees"),
            "sending": _("Sending the picture …"),
            "refused": _("The browser refused the camera. Allow it for this page, and try again."),
            "framed": _(
                "The browser refused the camera. Inside another site's page, that site has to allow it too. Open this"
                " page in a tab of its own, or give a picture under “Your picture”."
            ),
            "given": st.session_state.get(_count(key), 0),
        },
        on_picture_change=partial(_take, key, "picture", take),
    )


def _take(key: str, event: str, take: Callable[[list[GivenFile]], None]) -> None:
    """Take the files in a callback, so that none is lost when a newer run replaces this one."""
    heard()
    told = getattr(st.session_state[key], event)
    files = [_file(each) for each in (told if isinstance(told, list) else [told]) if isinstance(each, dict)]
    if files:
        st.session_state[_count(key)] = st.session_state.get(_count(key), 0) + 1
        take(files)


def _count(key: str) -> str:
    """Session key of how often files came in; a new number tells the browser that they have arrived."""
    return f"files given to {key}"


def _file(told: dict[str, object]) -> GivenFile:
    try:
        content = base64.b64decode(told.get("content", ""), validate=True)  # type: ignore[arg-type]  # caught
    except (ValueError, TypeError):
        content = b""
    return GivenFile(str(told.get("name", "")), content, REFUSALS.get(str(told.get("refused"))))
