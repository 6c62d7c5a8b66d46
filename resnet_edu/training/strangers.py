"""Photos outside all classes of the shipped nets, taken from GCompris, which is free and widely packaged.

``gcompris-qt-data`` stores them in Qt resource files: a tree of names before the files' contents.
"""

import struct
import zlib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from resnet_edu.errors import UserError, mark

WHAT = mark("windmills, solar panels, tools and buildings, from GCompris")
PHOTOS = {
    "categorization.rcc": (
        "windmill*", "solar[4-8].*", "hammer*", "plier*", "cuttingTool.*", "sideCutter*", "screwDriver*", "wrench*",
        "sickle.*", "scissors*", "tweezer.*", "multimeter*", "measuringTape*", "nailCutter.*", "weighingMachine.*",
    ),
    "explore_monuments.rcc": (
        "arlesAmphitheater.*", "aulaPalatina.*", "bentPyramid.*", "berlinCathedral.*", "charminar.*",
        "chateaudeChambord.*", "chichenItza.*", "colosseum.*", "eiffelTower.*", "greatPyramidOfGiza.*", "greatStupa.*",
        "hawaMahal.*", "konarkSunTemple.*", "lincolnMemorial.*", "meidumPyramid.*",
        "mysorePalace.*", "neuschwansteinCastle.*", "palaisdesPapes.*", "rangGhar.*", "redPyramid.*",
        "reimsCathedral.*", "schwerinPalace.*", "statueofLiberty.*", "tajMahal.*", "victoriaMemorial.*",
        "wormsCathedral.*",
    ),
}  # fmt: skip
"""By file, photos outside CIFAR-10's ten and Tiny ImageNet's 200 classes: no arch, no viaduct, no cliff."""
SMALLEST = 8000
"""Smallest photo in bytes; smaller files are buttons."""
DIRECTORY, COMPRESSED, ZSTD = 2, 1, 4


def photos(folder: Path) -> list[bytes]:
    """Return the photos, sorted by name, in the folder's ``.rcc`` files; raises ``UserError`` if there are none."""
    found = [
        content
        for file, patterns in PHOTOS.items()
        if (folder / file).is_file()
        for path, content in sorted(resources((folder / file).read_bytes()))
        if len(content) > SMALLEST and any(fnmatch(path.rpartition("/")[2], pattern) for pattern in patterns)
    ]
    if not found:
        raise UserError(
            mark("None of GCompris's {files} in that folder. Debian's gcompris-qt-data has them."),
            files=", ".join(PHOTOS),
        )
    return found


def resources(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Return the files in a Qt resource file as (path, content); raises ``ValueError`` if it isn't one."""
    if not content.startswith(b"qres"):
        raise ValueError("not a Qt resource file")
    version, tree, data, names = struct.unpack_from(">4I", content, 4)
    size = 22 if version > 1 else 14

    def name_at(offset: int) -> str:
        (length,) = struct.unpack_from(">H", content, names + offset)
        return content[names + offset + 6 :][: 2 * length].decode("utf-16-be")

    def walk(node: int, path: str) -> Iterator[tuple[str, bytes]]:
        place = tree + size * node
        name, flags = struct.unpack_from(">IH", content, place)
        path = f"{path}/{name_at(name)}" if node else ""
        if flags & DIRECTORY:
            count, first = struct.unpack_from(">II", content, place + 6)
            for child in range(first, first + count):
                yield from walk(child, path)
        elif not flags & ZSTD:
            start = data + struct.unpack_from(">I", content, place + 10)[0]
            packed = content[start + 4 :][: struct.unpack_from(">I", content, start)[0]]
            yield path, zlib.decompress(packed[4:]) if flags & COMPRESSED else packed

    return walk(0, "")
