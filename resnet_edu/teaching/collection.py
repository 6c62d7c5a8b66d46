"""Pictures by class, as a session keeps them: small JPEGs in memory, bounded in number and bytes."""

import hashlib
import io
import re
import time
import unicodedata
from dataclasses import dataclass, replace

import torch
from PIL import Image
from torch import Tensor

from resnet_edu.errors import Listed, UserError, mark
from resnet_edu.teaching.reading import OnRead
from resnet_edu.vision.image import Picture, decode
from resnet_edu.vision.names import plain

FEWEST_CLASSES, MOST_CLASSES = 2, 6
MOST_PICTURES = 100
"""In a class."""
MOST_BYTES = 16 * 2**20
"""In a collection."""
SHORT_SIDE, LONG_SIDE = 256, 512
"""No net here looks at more than the central 256 pixels of the shorter side."""
QUALITY = 90
LONGEST_NAME = 24
EMPHASIS = re.compile(r"(?<!\w)_+|_+(?!\w)")
"""Underscores at either end of a word, which Markdown would take for emphasis."""
MOST_SECONDS = 20.0
"""Of a processor, for all pictures of an upload: a hundred ordinary ones take one."""
LEAST = 2
"""Pictures a class: one to learn from, one to be asked about."""


@dataclass(frozen=True)
class Shot:
    """A picture as it is kept: a JPEG, known by the SHA-256 of its bytes."""

    content: bytes
    sha256: str

    @classmethod
    def read(cls, content: bytes) -> "Shot":
        """A file's picture. A small JPEG without metadata stays as it is, byte by byte; raises ``UserError``."""
        picture = decode(content)
        with Image.open(io.BytesIO(content)) as file:
            is_small = min(file.size) <= SHORT_SIDE and max(file.size) <= LONG_SIDE
            if file.format == "JPEG" and is_small and not ({"exif", "icc_profile", "comment", "xmp"} & set(file.info)):
                return cls(content, picture.sha256)
        return cls.of(picture.image)

    @classmethod
    def of(cls, image: Image.Image) -> "Shot":
        """The RGB picture, reduced; without anything but its pixels."""
        small = image.copy()
        scale = min(1.0, SHORT_SIDE / min(image.size), LONG_SIDE / max(image.size))
        if scale < 1:
            size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
            small = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        file = io.BytesIO()
        small.save(file, "JPEG", quality=QUALITY)
        content = file.getvalue()
        return cls(content, hashlib.sha256(content).hexdigest())

    def picture(self) -> Picture:
        """Decoded anew each time: hundreds of decoded pictures would be a hundred megabytes."""
        return decode(self.content)

    def open(self) -> Image.Image:
        """The RGB picture."""
        return self.picture().image


class ShotReader:
    """Reads an upload's ``total`` pictures: hundreds of tiny files can each be a picture of forty megapixels."""

    def __init__(self, total: int, on_read: OnRead) -> None:
        self._left = MOST_SECONDS
        self._done, self._total, self._on_read = 0, total, on_read

    def check(self) -> None:
        """Raise ``UserError`` when reading has taken too long already."""
        if self._left <= 0:
            raise UserError(
                mark(
                    "Reading these pictures takes this server more than {seconds:.0f} seconds. Give fewer, or smaller"
                    " ones."
                ),
                seconds=MOST_SECONDS,
            )

    def read(self, content: bytes) -> Shot:
        """A file's picture; raises ``UserError``."""
        self.check()
        begun = time.thread_time()  # of this thread alone, however busy the server is
        try:
            return Shot.read(content)
        finally:
            self._left -= time.thread_time() - begun
            self._done += 1
            self._on_read(self._done, self._total)


@dataclass(frozen=True)
class LabelledShot:
    """A shot, and the index of its class; what ``fine_tune`` learns from."""

    shot: Shot
    label: int

    def open(self) -> Image.Image:
        """The RGB picture."""
        return self.shot.open()


@dataclass(frozen=True)
class PictureClass:
    """A class: its name and its pictures, each once."""

    name: str
    shots: tuple[Shot, ...] = ()


@dataclass(frozen=True)
class Collection:
    """Classes with their pictures. Every change makes another one."""

    classes: tuple[PictureClass, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The classes' names."""
        return tuple(each.name for each in self.classes)

    @property
    def shots(self) -> tuple[Shot, ...]:
        """All pictures, class by class."""
        return tuple(shot for each in self.classes for shot in each.shots)

    @property
    def shots_by_class(self) -> tuple[tuple[Shot, ...], ...]:
        """The pictures without the names of their classes."""
        return tuple(each.shots for each in self.classes)

    @property
    def labels(self) -> Tensor:
        """The class of each picture, (N,)."""
        counts = torch.tensor([len(each.shots) for each in self.classes])
        return torch.arange(len(self.classes)).repeat_interleave(counts)

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(len(shot.content) for shot in self.shots)

    @property
    def lacking(self) -> UserError | None:
        """Why nothing can be learned from it yet."""
        few = [each.name for each in self.classes if len(each.shots) < LEAST]
        if len(self.classes) < FEWEST_CLASSES or few:
            return UserError(
                mark("Learning needs at least two classes with {least} pictures each. Too few so far: {names}."),
                least=LEAST,
                names=Listed(few),
            )
        return None

    def with_class(self, name: str = "") -> "Collection":
        """One more class; raises ``UserError`` when there are enough."""
        if len(self.classes) >= MOST_CLASSES:
            raise UserError(mark("There can be at most {most} classes."), most=MOST_CLASSES)
        return Collection((*self.classes, PictureClass(self._free_name(name))))

    def without_class(self, label: int) -> "Collection":
        """All but that class."""
        return Collection(self.classes[:label] + self.classes[label + 1 :])

    def renamed(self, label: int, name: str) -> "Collection":
        """That class has another name, numbered if a class has it already; no name can be markup or a path.

        It keeps its own where nothing is left of the other.
        """
        rest, mine = self.without_class(label), self.classes[label]
        return self._with(label, replace(mine, name=rest._free_name(_folder_name(name) or mine.name)))

    def with_shots(self, label: int, shots: tuple[Shot, ...]) -> "Collection":
        """More pictures in a class, none twice; raises ``UserError`` when they are too many or too large."""
        known = {shot.sha256 for shot in self.shots}
        new = tuple({shot.sha256: shot for shot in shots if shot.sha256 not in known}.values())
        mine = self.classes[label]
        found = self._with(label, replace(mine, shots=mine.shots + new))
        if len(mine.shots) + len(new) > MOST_PICTURES:
            raise UserError(
                mark("A class takes {most} pictures at most; {name} would have {count}."),
                most=MOST_PICTURES,
                name=mine.name,
                count=len(mine.shots) + len(new),
            )
        if found.size > MOST_BYTES:
            raise UserError(
                mark("All pictures together may take up {limit} MB. Remove some first."), limit=MOST_BYTES // 2**20
            )
        return found

    def without_shot(self, sha256: str) -> "Collection":
        """All but that picture."""
        return Collection(
            tuple(
                replace(each, shots=tuple(shot for shot in each.shots if shot.sha256 != sha256))
                for each in self.classes
            )
        )

    def _with(self, label: int, changed: PictureClass) -> "Collection":
        return Collection((*self.classes[:label], changed, *self.classes[label + 1 :]))

    def _free_name(self, name: str) -> str:
        """A name that can be a folder, and that no class here has."""
        wanted = _folder_name(name) or "class"
        free, number = wanted, 2
        while free.casefold() in {each.casefold() for each in self.names}:
            free, number = f"{wanted[: LONGEST_NAME - 2]} {number}", number + 1
        return free


def _folder_name(name: str) -> str:
    """The name as a visible folder can have it; empty if it has neither a letter nor a digit."""
    composed = unicodedata.normalize("NFC", name)  # macOS writes an accent as a character of its own
    whole = EMPHASIS.sub("", plain(composed).replace("/", "_"))
    found = " ".join(whole.split()).lstrip(" .")[:LONGEST_NAME].rstrip(" ._")
    return found if any(each.isalnum() for each in found) else ""
