"""Classes and their pictures: built-in examples, or the reader's own from camera, files, ZIP or gallery."""

import base64
import binascii
import json
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_edu.errors import UserError, mark
from resnet_edu.teaching.archive import unpack
from resnet_edu.teaching.collection import (
    FEWEST_CLASSES,
    LONG_SIDE,
    LONGEST_NAME,
    MOST_BYTES,
    MOST_CLASSES,
    MOST_PICTURES,
    Collection,
    Shot,
    ShotReader,
)
from resnet_edu.teaching.example import Example, example
from resnet_edu.teaching.reading import OnRead, Reading
from resnet_edu.ui.components import component
from resnet_edu.ui.shared.asking import PATIENCE_SECONDS
from resnet_edu.ui.shared.pictures import thumbnail
from resnet_edu.ui.shared.upload import GivenFile, upload
from resnet_edu.ui.teach import tiles
from resnet_edu.ui.teach.settings import CELL, CLASS, TeachSettings
from resnet_edu.ui.text.language import _, explain, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import choose_all, heard
from resnet_edu.vision.image import MAX_BYTES
from resnet_edu.vision.names import plain
from resnet_edu.vision.samples import SAMPLES

HELD = "own classes"
TOLD = "told of own classes"
READING = "own pictures being read"
FILES_AT_ONCE = MOST_PICTURES
MARKDOWN = re.compile(r"_|^[-+*#>]|(?<=\d)[.)](?=\s)")
"""What Markdown would take for emphasis or, at the start of a line, for a list, a heading or a quotation."""
NAMED, REASONS = 5, 5
"""How many files are named for one reason, and how many lines tell why files were left out."""
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Refusal:
    """Why something was left out or can't be done; ``file`` is the name of the file concerned, if it is one."""

    error: UserError
    file: str = ""


@dataclass(frozen=True)
class Upload:
    """What the files hold: pictures of one class, or a whole collection; and what is left out."""

    found: tuple[Shot, ...] | Collection
    refused: tuple[Refusal, ...]


def collection(now: TeachSettings) -> Collection:
    """Return the pictures that the page works with."""
    if not now.is_own:
        return named(Example(now.source))
    if HELD not in st.session_state:
        st.session_state[HELD] = _with_one_more(_with_one_more(Collection(())))
    held: Collection = st.session_state[HELD]
    return held


def named(which: Example) -> Collection:
    """Return an example with class names in the reader's language."""
    found = example(which)
    for label, name in enumerate(found.names):
        found = found.renamed(label, _(name))
    return found


def panel(now: TeachSettings) -> DeltaGenerator:
    """Show the classes, the ways to add pictures if they are the reader's own, and the chosen class's pictures.

    Returns the container for the camera, the first of those ways.
    """
    held = collection(now)
    label = min(now.label, len(held.classes) - 1)
    titles = {
        number: _("{name} · {count}", name=each.name, count=len(each.shots)) for number, each in enumerate(held.classes)
    }
    widgets.pills(CLASS, label, _("Class"), titles, key="class")
    if now.is_own:
        _edit(held, label)
    camera = st.container()
    _tell()
    chosen = held.classes[label]
    tiles.show(
        "shots",
        label=_("Pictures of {name}", name=chosen.name),
        shown=[tiles.Tile(shot) for shot in chosen.shots],
        remove=_remove if now.is_own else None,
    )
    if now.is_own:
        files, gallery = st.tabs([_("Files or a ZIP"), _("Gallery")])
        with files:
            _from_files(label)
        with gallery:
            _from_gallery(label)
        st.caption(
            _(
                "{used:.1f} of {limit} MB, in this session's memory alone: nothing is written to a disk, and all of it"
                " is gone {minutes} minutes after you close the page, or when you reload it.",
                used=held.size / 2**20,
                limit=MOST_BYTES // 2**20,
                minutes=st.get_option("server.disconnectedSessionTTL") // 60,
            )
        )
    else:
        st.caption(
            _(
                "Drawn by our own program from a seed: position, size, colours and background differ"
                " in each. Choose “Your own classes” to teach the net what you like."
            )
        )
    return camera


def _edit(held: Collection, label: int) -> None:
    name, more, less = st.columns([4, 1, 1], vertical_alignment="bottom")
    key = f"name of {label} {held.classes[label].name}"
    st.session_state.setdefault(key, held.classes[label].name)
    name.text_input(
        _("Name of the class"),
        max_chars=LONGEST_NAME,
        key=key,
        on_change=lambda: _rename(label, key),
    )
    more.button(
        _("Add class"),
        key="add class",
        on_click=_add_class,
        disabled=len(held.classes) >= MOST_CLASSES,
        width="stretch",
    )
    less.button(
        _("Remove"),
        key="remove class",
        on_click=lambda: _remove_class(label, len(held.classes)),
        disabled=len(held.classes) <= FEWEST_CLASSES or _reading() is not None,  # the pictures are for one of them
        width="stretch",
    )


def _from_files(label: int) -> None:
    upload(
        "teach upload",
        lambda files: _take_files(label, files),
        choose=_("Choose files, or drop them here"),
        limits=_(
            "Pictures of this class, {most} at a time, or a ZIP with a folder for each class, which replaces all"
            " classes",
            most=FILES_AT_ONCE,
        ),
        side=LONG_SIDE,
        untouched=MAX_BYTES // FILES_AT_ONCE,
        others=("application/zip",),
        several=True,
    )
    running = _reading() is not None
    st.fragment(_watch, run_every=POLL_SECONDS if running else None)(running)


def _take_files(label: int, files: list[GivenFile]) -> None:
    """In a callback: begin to read uploaded pictures or a ZIP; what takes long is taken when the page shows its end."""
    if len(files) > FILES_AT_ONCE:
        _say(UserError(mark("At most {most} files are taken at once."), most=FILES_AT_ONCE))
        return
    if _reading():
        _say(UserError(mark("Earlier files are still being read. Give these again afterwards.")))
        return
    reading = Reading(partial(_read, files), len(files))
    st.session_state[READING] = (label, reading)
    if reading.wait(PATIENCE_SECONDS):
        _take_read()


def _read(files: list[GivenFile], on_read: OnRead) -> Upload:
    """Read the pictures in the files, or the classes in a ZIP that comes alone; called by a thread of its own."""
    reader = ShotReader(sum(not file.refused for file in files), on_read)
    shots, refused = [], []
    for file in files:
        try:
            content = file.read()
            if content.startswith(b"PK") or file.name.lower().endswith(".zip"):
                if len(files) > 1:
                    raise UserError(mark("A ZIP replaces all classes. Give it alone."))
                return _unpacked(content, on_read)
            shots.append(reader.read(content))
        except UserError as error:
            refused.append(Refusal(error, plain(file.name)))
    return Upload(tuple(shots), tuple(refused))


def _unpacked(content: bytes, on_read: OnRead) -> Upload:
    found, broken = unpack(content, on_read)
    left_out = UserError(mark("Files in the ZIP that are no readable pictures were left out: {count}."), count=broken)
    return Upload(found, (Refusal(left_out),) if broken else ())


def _reading() -> Reading[Upload] | None:
    """Return the upload that is still being read."""
    held: tuple[int, Reading[Upload]] | None = st.session_state.get(READING)
    return held[1] if held and not held[1].has_ended else None


def _take_read() -> None:
    """Add the pictures that were read, or replace the collection by that of a ZIP."""
    label, reading = st.session_state.pop(READING)
    upload: Upload = reading.result()
    if isinstance(upload.found, Collection):
        _replace(upload.found)
    else:
        _add(label, upload.found)
    _tell_later(upload.refused)


def _replace(found: Collection) -> None:
    while len(found.classes) < FEWEST_CLASSES:
        found = _with_one_more(found)
    st.session_state[HELD] = found
    choose_all({CLASS.name: None, CELL.name: None})


def _watch(polled: bool) -> None:
    """Show how many files are read, and a way to stop; in the end, take what was read."""
    reading = _reading()
    if reading is None:
        if READING in st.session_state:
            _take_read()
            st.rerun()
        if polled:
            st.rerun()  # ends the polling
        return
    bar, button = st.columns([5, 1], vertical_alignment="center")
    told = _("Reading the pictures: {done} of {total}", done=reading.done, total=reading.total)
    bar.progress(reading.done / reading.total, told)
    if button.button(_("Stop"), key="stop reading", on_click=heard):
        reading.stop()
        del st.session_state[READING]
        _say(UserError(mark("Stopped: none of these files was taken.")))
        st.rerun()


def _from_gallery(label: int) -> None:
    component("shared/gallery")(
        key="teach gallery",
        data={
            "label": _("Sample pictures"),
            "chosen": "",
            "adds": True,
            "pictures": [{"id": each.id, "title": _(each.title), "source": thumbnail(each)} for each in SAMPLES],
        },
        on_chosen_change=lambda: _take_sample(label),
    )


def _take_sample(label: int) -> None:
    heard()
    chosen = st.session_state["teach gallery"].chosen
    _add(label, tuple(Shot.read(sample.path.read_bytes()) for sample in SAMPLES if sample.id == chosen))


def take_camera(label: int, told: str) -> None:
    """Pictures that the camera component has sent: a JSON list of JPEGs as base64."""
    if _is_gone(label):
        return
    try:
        room = MOST_PICTURES - len(st.session_state[HELD].classes[label].shots)
        contents = [base64.b64decode(each, validate=True) for each in json.loads(told)[:room]]
        shots = tuple(Shot.read(content) for content in contents)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return  # not sent by our script
    except UserError as error:
        _say(error)
        return
    _change(lambda each: each.with_shots(label, shots))


def _rename(label: int, key: str) -> None:
    """The name that is typed, as far as it can be one: the field shows what became of it."""
    if _is_gone(label):
        return
    _change(lambda each: each.renamed(label, st.session_state[key]))
    st.session_state[key] = st.session_state[HELD].classes[label].name


def _remove(sha256: str) -> None:
    _change(lambda each: each.without_shot(sha256))


def _add_class() -> None:
    _change(_with_one_more)
    choose_all({CLASS.name: len(st.session_state[HELD].classes) - 1, CELL.name: None})


def _with_one_more(held: Collection) -> Collection:
    return held.with_class(_("class {letter}", letter=string.ascii_uppercase[len(held.classes)]))


def _remove_class(label: int, classes: int) -> None:
    """Remove a class unless their number has changed, so that a double click doesn't remove a second one."""
    if len(st.session_state[HELD].classes) == classes:
        _change(lambda each: each.without_class(label))
        choose_all({CLASS.name: None, CELL.name: None})
    else:
        heard()


def _is_gone(label: int) -> bool:
    """Whether the class was removed while what concerns it was on its way."""
    return label >= len(st.session_state[HELD].classes)


def _add(label: int, shots: tuple[Shot, ...]) -> None:
    """In a callback: more pictures in a class; if all of them stand in one already, the reader is told."""
    if _is_gone(label):
        return
    before = st.session_state[HELD]
    _change(lambda each: each.with_shots(label, shots))
    if shots and st.session_state[HELD] == before and TOLD not in st.session_state:
        _say(UserError(mark("Each picture is taken once, and a class has it already. Remove it there first.")))


def _change(change: Callable[[Collection], Collection]) -> None:
    """Change the collection, in a callback, or tell the reader why that is impossible."""
    heard()
    try:
        st.session_state[HELD] = change(st.session_state[HELD])
    except UserError as error:
        _say(error)


def _say(error: UserError) -> None:
    _tell_later((Refusal(error),))


def _tell_later(refused: tuple[Refusal, ...]) -> None:
    """Note what the page's next run tells, in addition to what it has not told yet."""
    if refused:
        st.session_state[TOLD] = (*st.session_state.get(TOLD, ()), *refused)


def _tell() -> None:
    """Show each reason once, after the names of its files."""
    files: dict[str, list[str]] = {}
    told: tuple[Refusal, ...] = st.session_state.pop(TOLD, ())
    for refusal in told:
        files.setdefault(explain(refusal.error), []).append(refusal.file)
    lines = [marks().titled(_named(names), why) if any(names) else why for why, names in files.items()]
    if len(lines) > REASONS:
        lines[REASONS - 1 :] = [_("Files left out in all: {count}.", count=sum(bool(each.file) for each in told))]
    if lines:
        st.error("  \n".join(lines))


def _named(files: list[str]) -> str:
    """Return the first names, and how many more files there are."""
    shown = [MARKDOWN.sub(r"\\\g<0>", each) for each in files if each][:NAMED]
    more = [_("{count} more", count=len(files) - len(shown))] if len(files) > len(shown) else []
    return marks().listed(shown + more)
