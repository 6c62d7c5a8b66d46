"""Finds PNGs that hold fewer rows than they declare. Pillow leaves the missing ones black and says nothing."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = len(SIGNATURE) + 4
"""Where the first chunk's kind stands, after its length."""
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Values per pixel, by the header's colour type."""
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row, and steps between columns and rows, of each pass of an interlaced picture."""
PIECE = 2**20


def is_whole(content: bytes, size: tuple[int, int]) -> bool:
    """Return whether the compressed pixels of the first picture are all there, without keeping them.

    Raises ``ValueError`` if it is not of the ``size`` that was found: Pillow takes a header wherever it stands.
    """
    missing = _bytes(content, size)
    unpacker = zlib.decompressobj()
    for packed in _pixels(content):
        while packed and missing > 0 and not unpacker.eof:
            missing -= len(unpacker.decompress(packed, PIECE))
            packed = unpacker.unconsumed_tail
    while missing > 0 and (more := unpacker.decompress(b"", PIECE)):
        missing -= len(more)
    return missing <= 0


def _bytes(content: bytes, size: tuple[int, int]) -> int:
    """Return how many bytes the pixels take uncompressed: each row has one more, which names its filter."""
    kind, width, height, bits, colour, _, _, is_interlaced = struct.unpack_from(">4sIIBBBBB", content, HEADER)
    if kind != b"IHDR" or (width, height) != size:
        raise ValueError("header")
    found = 0
    for left, top, across, down in ADAM7 if is_interlaced else ((0, 0, 1, 1),):
        columns, rows = len(range(left, width, across)), len(range(top, height, down))
        found += rows * (1 + (columns * bits * CHANNELS[colour] + 7) // 8) if columns else 0
    return found


def _pixels(content: bytes) -> Iterator[bytes]:
    """Yield the chunks that hold the picture's pixels, which follow one another."""
    place, has_begun = len(SIGNATURE), False
    while place < len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        if kind == b"IDAT":
            has_begun = True
            yield content[place + 8 : place + 8 + length]
        elif has_begun:
            return
        place += 12 + length
