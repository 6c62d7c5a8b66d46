"""A collection as a ZIP of folders, out and in; what comes in may be hostile, and is never written to a disk."""

import io
import logging
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from resnet_edu.errors import UserError, mark
from resnet_edu.teaching.collection import MOST_CLASSES, MOST_PICTURES, Collection, PictureClass, Shot, ShotReader
from resnet_edu.teaching.reading import OnRead
from resnet_edu.vision.image import MAX_BYTES, SUFFIXES
from resnet_edu.vision.names import plain

MOST_ENTRIES = 2_000
MOST_UNPACKED = 64 * 2**20
"""Bytes of all pictures together; each may have as many as any other picture that is uploaded."""
PARTS = ("train", "val", "test")
"""Folders of a data set that aren't classes when classes lie in them."""

log = logging.getLogger(__name__)


def pack(collection: Collection) -> bytes:
    """A folder for each class, as ``train folder`` and torchvision's ``ImageFolder`` read it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for each in collection.classes:
            for number, shot in enumerate(each.shots, 1):
                archive.writestr(zipfile.ZipInfo(f"{each.name}/{number:03d}.jpg"), shot.content)
    return file.getvalue()


def unpack(content: bytes, on_read: OnRead = lambda done, total: None) -> tuple[Collection, int]:
    """The collection in a ZIP, and how many of its files were no pictures.

    Nothing is extracted: names only sort pictures into classes, so no path leads anywhere. Sizes are
    bounded before and while bytes are unpacked, and so is the time that their pictures take. Raises
    ``UserError`` for what can't be a collection.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read(archive, on_read)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        log.info("A ZIP could not be read: %s", type(error).__name__)
        raise UserError(
            mark("This ZIP can't be read: it is damaged, encrypted or packed unusually. Pack it again.")
        ) from None


def _read(archive: zipfile.ZipFile, on_read: OnRead) -> tuple[Collection, int]:
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in archive.infolist()):
        raise NotImplementedError  # other decoders take as much memory as the file tells them
    if len(archive.infolist()) > MOST_ENTRIES:
        raise UserError(
            mark("The ZIP has {count} entries; at most {most} are read. Pack fewer pictures."),
            count=len(archive.infolist()),
            most=MOST_ENTRIES,
        )
    entries = [entry for entry in archive.infolist() if _is_picture(entry)]
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise _too_large()
    classes = _by_class(entries)
    if not 1 <= len(classes) <= MOST_CLASSES:
        raise UserError(
            mark("The ZIP has {count} folders with pictures. It takes one for each class, {most} at most."),
            count=len(classes),
            most=MOST_CLASSES,
        )
    found = Collection(())
    reader = ShotReader(sum(map(len, classes.values())), on_read)
    broken = 0
    for label, (name, mine) in enumerate(classes.items()):
        found = found.with_class(name)
        shots = list(_shots(archive, name, mine, reader))
        broken += shots.count(None)
        found = found.with_shots(label, tuple(shot for shot in shots if shot))
    return _without_empty(found), broken


def _shots(
    archive: zipfile.ZipFile, name: str, entries: list[zipfile.ZipInfo], reader: ShotReader
) -> Iterator[Shot | None]:
    if len(entries) > MOST_PICTURES:
        raise UserError(
            mark("A class takes {most} pictures at most; {name} would have {count}."),
            most=MOST_PICTURES,
            name=plain(name),
            count=len(entries),
        )
    for entry in entries:
        reader.check()
        with archive.open(entry) as file:
            content = file.read(MAX_BYTES + 1)  # whatever size the entry claims
        try:
            yield reader.read(content)
        except UserError:
            yield None


def _is_picture(entry: zipfile.ZipInfo) -> bool:
    """By its name; hidden files and folders, such as macOS adds, are none."""
    path = PurePosixPath(entry.filename)
    hidden = any(part.startswith((".", "__")) for part in path.parts)
    return not entry.is_dir() and not hidden and path.suffix.lower().removeprefix(".") in SUFFIXES


def _by_class(entries: list[zipfile.ZipInfo]) -> dict[str, list[zipfile.ZipInfo]]:
    """The pictures by the folder that they lie in, without those that lie in none.

    ``train`` may be a class of trains: it is none where it holds other folders with pictures.
    """
    folders = {PurePosixPath(entry.filename).parent for entry in entries}
    above = {folder.parent for folder in folders}
    found: dict[str, list[zipfile.ZipInfo]] = {}
    for entry in entries:
        folder = PurePosixPath(entry.filename).parent
        if folder.name and not (folder.name.casefold() in PARTS and folder in above):
            found.setdefault(folder.name, []).append(entry)
    return dict(sorted(found.items()))


def _without_empty(collection: Collection) -> Collection:
    kept: tuple[PictureClass, ...] = tuple(each for each in collection.classes if each.shots)
    if not kept:
        raise UserError(mark("No file in the ZIP is a picture that can be read."))
    return Collection(kept)


def _too_large() -> UserError:
    return UserError(
        mark("The pictures in the ZIP add up to more than {limit} MB. Make them smaller."), limit=MOST_UNPACKED // 2**20
    )
