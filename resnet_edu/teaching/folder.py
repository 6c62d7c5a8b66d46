"""A folder of pictures by class, as torchvision's ``ImageFolder`` reads it, and who of them is held out."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from resnet_edu.errors import UserError, mark
from resnet_edu.vision.image import MAX_BYTES, decode
from resnet_edu.vision.names import plain

TRAIN, HELD_OUT = "train", "val"
SHARE = 0.2
LEAST = 2
"""Pictures a class: one to learn from, one to be asked about."""
NAMED = 5
"""How many files a sentence names at most."""


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the system refuses, such as a folder that may not be read or is gone, into a sentence."""
    try:
        yield
    except OSError as error:
        raise UserError(
            mark("{path} can't be read ({reason}). Make it readable, or take it out of the folder."),
            path=error.filename or "A file",
            reason=error.strerror,
        ) from None


@dataclass(frozen=True)
class PictureFile:
    """A file, and the index of its class."""

    path: Path
    label: int

    @property
    def name(self) -> str:
        """The file's name after that of its class."""
        return f"{self.path.parent.name}/{plain(self.path.name)}"

    def open(self) -> Image.Image:
        """The picture, upright and RGB; raises ``UserError``."""
        try:
            with self.path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)  # a film among the pictures may be large
            return decode(content, self.path.name).image
        except (OSError, UserError) as error:
            reason = f"{error.strerror}." if isinstance(error, OSError) else error
            raise UserError(mark("{name} can't be read: {reason}"), name=self.name, reason=reason) from None


@dataclass(frozen=True)
class ClassFolder:
    """Pictures to learn from and pictures held out, by class; ``split`` says in words which are which.

    ``skipped`` are files that could not be read, ``beside`` folders next to ``train`` and ``val``, which aren't read.
    """

    name: str
    classes: tuple[str, ...]
    train: tuple[PictureFile, ...]
    held_out: tuple[PictureFile, ...]
    split: str
    skipped: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @_told()
    def fingerprint(self, net: str) -> str:
        """Names which pictures are used how, and the net that is taught: a checkpoint belongs to both."""
        files = [f"{each.label} {each.path.name} {each.path.stat().st_size}" for each in (*self.train, *self.held_out)]
        said = "\n".join([net, self.split, *self.classes, *files])
        return hashlib.sha256(said.encode(errors="surrogateescape")).hexdigest()  # a file's name need not be text

    def counts(self) -> tuple[int, ...]:
        """How many pictures there are to learn from, for each class."""
        found = Counter(each.label for each in self.train)
        return tuple(found[label] for label in range(len(self.classes)))


@_told()
def read_folder(
    folder: Path,
    *,
    share: float = SHARE,
    seed: int = 0,
    skip_broken: bool = False,
    on_read: Callable[[int, int], None] = lambda done, total: None,
) -> ClassFolder:
    """Read ``train/CLASS`` and ``val/CLASS``, or ``CLASS`` folders of which ``share`` of each class is held out.

    ``train`` and ``val`` are classes like any others where neither holds a folder.

    Every file is decoded once, so that a broken one is found now and not after hours. Hidden files and
    folders are not looked at. Raises ``UserError`` for a folder without two classes, for a class without
    pictures, for a class that ``train`` or ``val`` lacks, for what may not be read, and, without
    ``skip_broken``, for files that are no pictures.
    """
    if not folder.is_dir():
        raise UserError(
            mark("{path} is not a folder. Give one that holds a folder of pictures for each class."), path=folder
        )
    beside = {each.name: each for each in _folders(folder)}
    parts = [beside.pop(part) for part in (TRAIN, HELD_OUT) if part in beside]
    has_classes = [bool(_folders(part)) for part in parts]
    is_split = len(parts) == 2 and any(has_classes)
    if not is_split and any(has_classes) and parts[0].name == TRAIN:
        raise UserError(
            mark(
                "{path} has {train}/ but no {held_out}/. Give the folder {train} itself, of which a part is then held"
                " out, or call the other one {held_out}."
            ),
            path=folder,
            train=TRAIN,
            held_out=HELD_OUT,
        )
    roots = parts if is_split else [folder]
    classes = _classes(roots)
    files = [
        [PictureFile(path, label) for label, name in enumerate(classes) for path in _visible(root / name)]
        for root in roots
    ]
    found, skipped = _whole([each for part in files for each in part], on_read)
    if skipped and not skip_broken:
        raise UserError(
            mark(
                "Files that can't be read as pictures: {count} ({names}). Delete them, or leave them"
                " out with --skip-broken."
            ),
            count=len(skipped),
            names=listed([each.name for each in skipped]),
        )
    whole = [[each for each in part if each in found] for part in files]
    if is_split:
        for root, part in zip(roots, whole, strict=True):
            _check_counts(part, classes, 1, root.name)
        train, held_out = whole
        split = f"{TRAIN}/ and {HELD_OUT}/"
    else:
        _check_counts(whole[0], classes, LEAST, folder.name)
        train, held_out = _split(whole[0], len(classes), share, seed)
        split = f"{share:.0%} of each class held out, seed {seed}"
    return ClassFolder(
        folder.resolve().name,
        classes,
        tuple(train),
        tuple(held_out),
        split,
        tuple(each.name for each in skipped),
        tuple(map(plain, beside)) if is_split else (),
    )


def _classes(roots: list[Path]) -> tuple[str, ...]:
    names = [{each.name for each in _folders(root)} for root in roots]
    if len(names[0]) < LEAST:
        raise UserError(
            mark("{path} holds {count} folders. It takes one for each class, two at least."),
            path=roots[0],
            count=len(names[0]),
        )
    if unreadable := sorted(plain(each) for each in names[0] | names[-1] if not each.isprintable()):
        raise UserError(
            mark("A folder's name is that of its class, and these are no names: {names}. Rename the folders."),
            names=", ".join(unreadable[:NAMED]),
        )
    if lacking := sorted(names[0] ^ names[-1]):
        raise UserError(
            mark("Only one of train/ and val/ has {names}. Both need the same classes."),
            names=", ".join(lacking[:NAMED]),
        )
    return tuple(sorted(names[0]))


def _folders(folder: Path) -> list[Path]:
    return [each for each in _visible(folder) if each.is_dir()]


def _visible(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if not each.name.startswith((".", "__")))


def _whole(files: list[PictureFile], on_read: Callable[[int, int], None]) -> tuple[set[PictureFile], list[PictureFile]]:
    """The files that can be decoded, and those that can't; Pillow decodes without holding Python's lock."""
    found, broken = set(), []
    with ThreadPoolExecutor() as pool:
        for done, (file, is_whole) in enumerate(zip(files, pool.map(_is_whole, files), strict=True), 1):
            if is_whole:
                found.add(file)
            else:
                broken.append(file)
            on_read(done, len(files))
    return found, broken


def _is_whole(file: PictureFile) -> bool:
    try:
        if not file.path.is_file():
            return False  # a folder; or a pipe, which would be waited for
        file.open()
    except (UserError, OSError):
        return False
    return True


def _check_counts(files: Iterable[PictureFile], classes: tuple[str, ...], least: int, where: str) -> None:
    counts = Counter(each.label for each in files)
    few = [name for label, name in enumerate(classes) if counts[label] < least]
    if few:
        raise UserError(
            mark(
                "In {where}, {names} has fewer than {least} pictures that can be read. Add some, or delete the folder."
            ),
            where=where,
            names=", ".join(few[:NAMED]),
            least=least,
        )


def _split(
    files: list[PictureFile], classes: int, share: float, seed: int
) -> tuple[list[PictureFile], list[PictureFile]]:
    """Of each class about ``share`` is held out, at least one picture and never all."""
    order = torch.randperm(len(files), generator=torch.Generator().manual_seed(seed)).tolist()
    held_out = set()
    for label in range(classes):
        mine = [index for index in order if files[index].label == label]
        held_out.update(mine[: min(len(mine) - 1, max(1, round(share * len(mine))))])
    return (
        [each for index, each in enumerate(files) if index not in held_out],
        [each for index, each in enumerate(files) if index in held_out],
    )


def listed(names: Sequence[str]) -> str:
    """Return the first names, and whether there are more."""
    return ", ".join([*names[:NAMED], *(["..."] if len(names) > NAMED else [])])
