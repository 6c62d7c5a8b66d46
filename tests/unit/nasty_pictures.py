"""Malicious pictures: bombs, endless files, lies, loops. Run as a module, it decodes each under limits.

``python -m tests.unit.nasty_pictures`` prints a line of JSON for each: the outcome of ``decode``, its peak memory and
its processor time. Every picture is created and decoded in a process of its own.
"""

import io
import json
import os
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from resnet_edu.errors import UserError
from resnet_edu.vision.image import FORMATS, MAX_BYTES, MAX_SIDE, MOST_PIXELS, decode

from .profiles import icc_profile

PICTURE = "picture"
DAMAGED, TOO_MANY, UNREADABLE = "damaged or cut off", "megapixels", "not a picture"
WIDTH, HEIGHT = 8000, 5000
FEWER_ROWS = MOST_PIXELS["WEBP"] // WIDTH
ROOM = MAX_BYTES - 2**16
SECONDS, MEMORY = 20, 4 * 2**30
"""Limits at which a process is killed: far above what is acceptable, so that a slow machine makes no difference."""

Make = Callable[[], bytes]


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


def small(kind: str) -> bytes:
    """Return 48 x 36 pixels of noise, in which every part of the file matters."""
    noise = np.random.default_rng(0).integers(0, 256, (36, 48, 3), dtype=np.uint8)
    return saved(Image.fromarray(noise), kind)


def exif(entries: dict[int, Any]) -> bytes:
    found = Image.Exif()
    found.update(entries)
    return found.tobytes()


SIDEWAYS = exif({0x0112: 6})


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(size: tuple[int, int], bits: int, colour: int, channels: int, extra: bytes = b"") -> bytes:
    """Return a black PNG with an EXIF orientation of sideways, compressed row by row."""
    row = bytes(1 + (size[0] * bits * channels + 7) // 8)
    packer = zlib.compressobj(1)
    body = b"".join(packer.compress(row) for _ in range(size[1])) + packer.flush()
    return _png(size, bits, colour, extra + chunk(b"eXIf", SIDEWAYS.removeprefix(b"Exif\0\0")), body)


def hollow_png(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and holds next to nothing."""
    return _png((width, height), 8, 2, b"", zlib.compress(b"\0" * 100))


def short_png() -> bytes:
    """Return a black PNG of 3000 x 3000 pixels that ends, as it should, after two rows."""
    return _png((3000, 3000), 8, 2, b"", zlib.compress(bytes(2 * 9001)))


def _png(size: tuple[int, int], bits: int, colour: int, extra: bytes, body: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def png_of_two_sizes(kind: bytes) -> bytes:
    """Return a small PNG whose first chunk gives the largest size there is, and whose pixels unpack to 100 MB."""
    largest = chunk(kind, struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0))
    whole = _png((64, 64), 8, 2, b"", zlib.compress(bytes(10**8)))
    return whole[:8] + largest + whole[8:]


def png_of_chunks(one: bytes) -> bytes:
    """Return a PNG with as many copies of a chunk as fit, before the pixels."""
    whole = small("PNG")
    return whole[:33] + one * (ROOM // len(one)) + whole[33:]


def jpeg_of(part: bytes) -> bytes:
    """Return a JPEG with as many copies of a segment as fit, before the picture."""
    whole = small("JPEG")
    return whole[:2] + part * (ROOM // len(part)) + whole[2:]


def jpeg_of_scans(count: int, extra: bytes = b"") -> bytes:
    """Return a grey progressive JPEG of 40 megapixels, refined again and again by scans without data."""

    def segment(kind: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, kind, len(data) + 2) + data

    tables = segment(0xDB, b"\0" + b"\1" * 64)
    tables += segment(0xC2, struct.pack(">BHHB", 8, HEIGHT, WIDTH, 1) + b"\1\x11\0")
    tables += segment(0xC4, b"\0\1" + bytes(15) + b"\0") + segment(0xC4, b"\x10\1" + bytes(15) + b"\xe0")
    first, later = segment(0xDA, b"\1\1\0\0\0\0") + bytes(8), segment(0xDA, b"\1\1\0\1\x3f\0") + b"\0"
    return b"\xff\xd8" + extra + tables + first + later * count + b"\xff\xd9"


def several_pictures() -> bytes:
    """Return the segment that makes Pillow call a JPEG an MPO, as phones write it."""
    whole = saved(Image.new("RGB", (8, 8)), "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))])
    place = whole.index(b"\xff\xe2")
    return whole[place : place + 2 + int.from_bytes(whole[place + 2 : place + 4], "big")]


def tiff_of_scans(count: int) -> bytes:
    """Return a TIFF whose only strip is a JPEG of scans."""
    strip = jpeg_of_scans(count)
    entries = {
        **GREY,
        256: (4, [WIDTH]),
        257: (4, [HEIGHT]),
        259: (3, [7]),
        278: (4, [HEIGHT]),
        279: (4, [len(strip)]),
        273: (4, [0]),
    }
    entries[273] = (4, [len(tiff(entries))])  # type: ignore[assignment]
    return tiff(entries, data=strip)  # type: ignore[arg-type]


def avif_that_lies() -> bytes:
    """Return an AVIF of 81 megapixels that claims to have 8,100 pixels."""
    content = full("AVIF", "RGB", (9000, 9000), speed=10, subsampling="4:4:4")
    size = struct.pack(">II", 9000, 9000)
    assert content.count(size) == 1
    return content.replace(size, struct.pack(">II", 90, 90))


def gif_of(block: bytes, begin: bytes = b"", end: bytes = b"") -> bytes:
    """Return a GIF with as many copies of a block as fit, before the first frame."""
    whole = small("GIF")
    frame = whole.rindex(b",\0\0\0\0")
    return whole[:frame] + begin + block * (ROOM // len(block)) + end + whole[frame:]


def gif_without_end() -> bytes:
    """Return a GIF with as many frames as fit."""
    whole = small("GIF")
    frame = whole[whole.rindex(b",\0\0\0\0") : -1]
    return whole[:-1] + frame * (ROOM // len(frame))


def tiff(entries: dict[int, tuple[int, list[int]]], following: int = 0, data: bytes = b"") -> bytes:
    """Return a little-endian TIFF with one directory: tag -> (type 3 or 4, values); ``data`` is at the end."""
    heads, values = b"", b""
    outside = 8 + 2 + 12 * len(entries) + 4
    for tag, (kind, numbers) in sorted(entries.items()):
        content = struct.pack(f"<{len(numbers)}{'H' if kind == 3 else 'I'}", *numbers)
        if len(content) > 4:
            values, content = values + content, struct.pack("<I", outside + len(values))
        heads += struct.pack("<HHI", tag, kind, len(numbers)) + content.ljust(4, b"\0")
    directory = struct.pack("<H", len(entries)) + heads + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", 8) + directory + values + data


def short_tiff() -> bytes:
    """Return a TIFF of 3000 x 3000 pixels in strips of two rows, of which it has one."""
    return tiff(
        {**GREY, 256: (4, [3000]), 257: (4, [3000]), 273: (4, [8]), 278: (4, [2]), 279: (4, [6000])}, data=bytes(6000)
    )


GREY = {256: (4, [100]), 257: (4, [100]), 258: (3, [8]), 259: (3, [1]), 262: (3, [1])}


def tiff_chain(links: int, *, closed: bool) -> bytes:
    """Return a picture followed by a chain of directories, whose last one points to the first or nowhere."""
    picture = tiff({**GREY, 273: (4, [8]), 278: (4, [100]), 279: (4, [10_000])}, data=bytes(10_000))
    end = 8 + 2 + 12 * 8
    picture = picture[:end] + struct.pack("<I", len(picture)) + picture[end + 4 :]
    places = [*range(len(picture) + 18, len(picture) + 18 * links, 18), 8 * closed]
    return picture + b"".join(struct.pack("<HHHIII", 1, 254, 4, 1, 0, following) for following in places)


def tiff_of_overlaps() -> bytes:
    """Return a TIFF with sixty thousand tags that all point to the same megabyte."""
    tags = range(1000, 61_000)
    where = 8 + 2 + 12 * len(tags) + 4
    heads = b"".join(struct.pack("<HHII", tag, 7, 2**20, where) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + heads + bytes(4 + 2**20)


def bmp_of_runs(kind: int = 1) -> bytes:
    """Return a BMP of 40 megapixels in runs of one pixel, as many as fit."""
    data = b"\1\5" * (ROOM // 2)
    header = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 8, kind, len(data), 0, 0, 256, 0) + bytes(1024)
    return b"BM" + struct.pack("<IHHI", 14 + len(header) + len(data), 0, 0, 14 + len(header)) + header + data


def webp_header(width: int, height: int) -> bytes:
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + sizes


def changed(content: bytes, place: int, replacement: bytes) -> bytes:
    return content[:place] + replacement + content[place + len(replacement) :]


def sized_jpeg(width: int, height: int) -> bytes:
    whole = small("JPEG")
    return changed(whole, whole.index(b"\xff\xc0") + 5, struct.pack(">HH", height, width))


def animation(kind: str) -> bytes:
    frames = [Image.new("RGB", (300, 200), (index * 6, 0, 0)) for index in range(40)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], loop=0)


def full(kind: str, mode: str, size: tuple[int, int] = (WIDTH, HEIGHT), fill: Any = 0, **options: Any) -> bytes:
    return saved(Image.new(mode, size, fill), kind, **options)


def floats(*values: float) -> bytes:
    return saved(Image.fromarray(np.array([values], np.float32)), "TIFF")


def with_exif(content: bytes) -> bytes:
    return saved(Image.new("RGB", (64, 48)), "JPEG", exif=content)


def table_profile(space: str, grid: int, *, whole: bool) -> bytes:
    """Return a profile with a colour table of ``grid`` steps per axis, complete or only claimed."""
    channels = {"RGB ": 3, "CMYK": 4}[space]
    head = (
        b"mft1\0\0\0\0" + bytes([channels, 3, grid, 0]) + struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    )
    curves = bytes(range(256)) * channels, bytes(range(256)) * 3
    table = bytes(3 * grid**channels if whole else 100)
    return icc_profile(space, {"A2B0": head + curves[0] + table + curves[1]}, connection="Lab ")


TWO = {"save_all": True, "append_images": [Image.new("RGB", (50, 40))]}
DEFLATED = {"compression": "tiff_deflate", "exif": SIDEWAYS}
FLAT_AVIF = {"speed": 10, "subsampling": "4:4:4", "exif": SIDEWAYS}
FLAT_WEBP = {"lossless": True, "method": 0, "quality": 0, "exif": SIDEWAYS}
PALETTE = chunk(b"PLTE", bytes(768)) + chunk(b"tRNS", bytes(256))
WHOLE = (WIDTH, HEIGHT)
EXIF_LOOP = b"Exif\0\0II*\0\x08\0\0\0\2\0" + struct.pack("<HHIIHHIII", 0x8769, 4, 1, 8, 0x8825, 4, 1, 8, 8)

CORPUS: dict[str, tuple[Make, str]] = {
    # the largest accepted files: the most work that a file can cause
    "largest RGB PNG": (partial(png, WHOLE, 8, 2, 3), PICTURE),
    "largest RGBA PNG": (partial(png, WHOLE, 8, 6, 4), PICTURE),
    "largest grey PNG with alpha": (partial(png, WHOLE, 8, 4, 2), PICTURE),
    "largest 16-bit PNG": (partial(png, WHOLE, 16, 0, 1), PICTURE),
    "largest palette PNG": (partial(png, WHOLE, 8, 3, 1, PALETTE), PICTURE),
    "largest 16-bit RGBA PNG": (partial(png, WHOLE, 16, 6, 4), PICTURE),
    "largest float TIFF": (partial(full, "TIFF", "F", fill=-1e30, **DEFLATED), PICTURE),
    "largest CMYK TIFF": (partial(full, "TIFF", "CMYK", **DEFLATED), PICTURE),
    "largest WebP": (partial(full, "WEBP", "RGBA", (WIDTH, FEWER_ROWS), (1, 2, 3, 4), **FLAT_WEBP), PICTURE),
    "largest progressive CMYK JPEG": (partial(full, "JPEG", "CMYK", progressive=True, exif=SIDEWAYS), PICTURE),
    "largest AVIF": (partial(full, "AVIF", "RGBA", (WIDTH, FEWER_ROWS), (1, 2, 3, 4), **FLAT_AVIF), PICTURE),
    "largest GIF": (partial(full, "GIF", "P"), PICTURE),
    "65,535 pixels wide": (partial(png, (MAX_SIDE, 610), 8, 6, 4), PICTURE),
    "65,535 pixels wide, one high": (partial(png, (MAX_SIDE, 1), 8, 2, 3), PICTURE),
    "40 million pixels wide, one high": (partial(png, (40_000_000, 1), 8, 2, 3), "no side"),
    "one by one": (partial(png, (1, 1), 8, 2, 3), PICTURE),
    # bombs: a few bytes that claim enormous sizes
    "PNG bomb": (partial(hollow_png, 60_000, 60_000), TOO_MANY),
    "GIF bomb": (lambda: changed(small("GIF"), 6, b"\xff" * 4), TOO_MANY),
    "BMP bomb": (lambda: changed(small("BMP"), 18, struct.pack("<ii", 65_535, 65_535)), TOO_MANY),
    "JPEG bomb": (partial(sized_jpeg, 65_500, 65_500), TOO_MANY),
    "WebP bomb": (partial(webp_header, 2**24, 2**24), ""),
    "WebP above its limit": (partial(full, "WEBP", "RGB", (WIDTH, FEWER_ROWS + 1), **FLAT_WEBP), "25 megapixels"),
    "AVIF above its limit": (partial(full, "AVIF", "RGB", (WIDTH, FEWER_ROWS + 1), speed=10), "25 megapixels"),
    "AVIF that says it is small": (avif_that_lies, PICTURE),
    "TIFF bomb": (lambda: tiff({**GREY, 256: (4, [2**31]), 257: (4, [2**31]), 273: (4, [8])}), ""),
    "TIFF of one giant tile": (
        lambda: tiff({**GREY, 259: (3, [8]), 322: (4, [60_000]), 323: (4, [60_000]), 324: (4, [8]), 325: (4, [99])}),
        DAMAGED,
    ),
    "TIFF of one giant strip": (
        lambda: tiff({**GREY, 259: (3, [8]), 273: (4, [8]), 278: (4, [2**31]), 279: (4, [99])}),
        DAMAGED,
    ),
    "text bomb in a PNG": (
        lambda: png((9, 9), 8, 2, 3, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8)))),
        DAMAGED,
    ),
    "profile bomb in a PNG": (
        lambda: png((9, 9), 8, 2, 3, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(10**8)))),
        DAMAGED,
    ),
    "profile of a giant table": (
        lambda: full("TIFF", "RGB", icc_profile=table_profile("RGB ", 255, whole=False), **DEFLATED),
        PICTURE,
    ),
    "profile of the largest table for print": (
        lambda: full("TIFF", "CMYK", icc_profile=table_profile("CMYK", 33, whole=True), **DEFLATED),
        PICTURE,
    ),
    "profile of the largest table": (
        lambda: full("TIFF", "RGB", icc_profile=table_profile("RGB ", 110, whole=True), **DEFLATED),
        PICTURE,
    ),
    # endless: the decoder crawls through the file in tiny steps
    "PNG of empty chunks": (partial(png_of_chunks, chunk(b"tEXt", b"")), DAMAGED),
    "PNG of private chunks": (partial(png_of_chunks, chunk(b"prVt", b"")), DAMAGED),
    "PNG whose header stands second": (partial(png_of_two_sizes, b"prVt"), DAMAGED),
    "PNG of two headers": (partial(png_of_two_sizes, b"IHDR"), DAMAGED),
    "PNG of empty data": (partial(png_of_chunks, chunk(b"IDAT", b"")), ""),
    "JPEG of comments": (partial(jpeg_of, b"\xff\xfe\0\2"), DAMAGED),
    "JPEG of fill bytes": (partial(jpeg_of, b"\xff"), DAMAGED),
    "JPEG of EXIF": (partial(jpeg_of, b"\xff\xe1\0\x08Exif\0\0"), DAMAGED),
    "JPEG of scans": (partial(jpeg_of_scans, 20_000), DAMAGED),
    "JPEG of scans, said to be several": (lambda: jpeg_of_scans(20_000, several_pictures()), DAMAGED),
    "TIFF of scans": (partial(tiff_of_scans, 20_000), ""),
    "GIF of one comment": (partial(gif_of, b"\xff" + b"c" * 255, b"!\xfe", b"\0"), PICTURE),
    "GIF of tiny comments": (partial(gif_of, b"\1c", b"!\xfe", b"\0"), DAMAGED),
    "GIF of extensions": (partial(gif_of, b"!\xf9\4\0\0\0\0\0"), DAMAGED),
    "GIF without end": (gif_without_end, PICTURE),
    "TIFF of strips": (
        lambda: tiff({**GREY, 273: (4, [8] * (ROOM // 8)), 278: (4, [1]), 279: (4, [100] * (ROOM // 8))}),
        DAMAGED,
    ),
    "TIFF of overlapping tags": (tiff_of_overlaps, ""),
    "TIFF of many directories": (partial(tiff_chain, 400_000, closed=False), PICTURE),
    "TIFF whose directories are a ring": (partial(tiff_chain, 1000, closed=True), PICTURE),
    "BMP of tiny runs": (bmp_of_runs, DAMAGED),
    "animated WebP": (partial(animation, "WEBP"), PICTURE),
    "animated AVIF": (partial(animation, "AVIF"), PICTURE),
    "animated GIF": (partial(animation, "GIF"), PICTURE),
    "animated PNG": (partial(animation, "PNG"), PICTURE),
    # oddities that are valid pictures
    "orientation 9": (lambda: with_exif(exif({0x0112: 9})), PICTURE),
    "orientation 0": (lambda: with_exif(exif({0x0112: 0})), PICTURE),
    "orientation of two numbers": (lambda: with_exif(b"Exif\0\0" + tiff({0x0112: (3, [6, 3])})), PICTURE),
    "EXIF as large as it can be": (lambda: with_exif(exif({0x0112: 6, 0x9286: b"x" * 65_000})), PICTURE),
    "EXIF that leads to itself": (partial(with_exif, EXIF_LOOP), PICTURE),
    "EXIF that leads to itself, sideways": (
        lambda: with_exif(b"Exif\0\0" + tiff({0x0112: (3, [6]), 0x8769: (4, [8]), 0x8825: (4, [8])}, following=8)),
        PICTURE,
    ),
    "EXIF of rubbish": (partial(with_exif, b"Exif\0\0" + b"\xff" * 4000), ""),
    "CMYK": (partial(full, "JPEG", "CMYK", (50, 40)), PICTURE),
    "a phone's JPEG of several pictures": (partial(full, "MPO", "RGB", (50, 40), **TWO), PICTURE),
    "NaN alone": (partial(floats, float("nan"), float("nan")), "no valid pixel values"),
    "largest TIFF of NaN": (partial(full, "TIFF", "F", fill=float("nan"), **DEFLATED), "no valid pixel values"),
    "PNG of two rows that declares 3,000": (short_png, DAMAGED),
    "TIFF of one strip that declares 1,500": (short_tiff, DAMAGED),
    "infinities": (partial(floats, float("inf"), float("-inf"), 3e38, -3e38), PICTURE),
    "GIF that is a script": (
        lambda: changed(small("GIF"), 6, b"/*") + b"*/=1;alert(1)//",
        PICTURE,
    ),
    "JPEG that is an archive": (lambda: small("JPEG") + b"PK\5\6" + bytes(18), PICTURE),
    "PNG that is a page": (lambda: small("PNG") + b"<script>alert(1)</script>", PICTURE),
    # not pictures
    "nothing": (bytes, "empty"),
    "zeros": (partial(bytes, 10_000), UNREADABLE),
    "a page": (lambda: b"<html><script>alert(1)</script>", UNREADABLE),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (r) file", UNREADABLE),
}
CORPUS |= {
    f"{kind} cut off at {tenth} tenths": (lambda kind=kind, tenth=tenth: _cut(small(kind), tenth), "")
    for kind in FORMATS
    for tenth in range(1, 10)
}


def _cut(content: bytes, tenth: int) -> bytes:
    return content[: len(content) * tenth // 10]


def outcome(content: bytes) -> str:
    """Return ``picture`` or the error's sentence; any other exception is a fault and propagates."""
    try:
        image = decode(content, "holiday.tiff").image
    except UserError as error:
        return str(error)
    assert image.mode == "RGB"
    assert max(image.size) <= 768
    return PICTURE


def apart(work: Callable[[], None]) -> tuple[int, float, float]:
    """Run the work in a process of its own; return its exit status, peak MB and processor seconds."""
    import resource

    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        try:
            work()
            os._exit(0)
        finally:  # no traceback is printed; the exit status tells
            os._exit(1)
    _, status, usage = os.wait4(child, 0)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return status, usage.ru_maxrss / unit, usage.ru_utime + usage.ru_stime


def main() -> None:
    """Create and decode every picture; see the module's docstring."""
    with tempfile.TemporaryDirectory() as folder:
        picture, answer = Path(folder) / "picture", Path(folder) / "answer"
        before = apart(lambda: None)[1]
        for name, (make, _) in CORPUS.items():
            if apart(lambda make=make: picture.write_bytes(make()))[0] != 0:
                raise RuntimeError(name)
            answer.write_text("")
            status, megabytes, seconds = apart(lambda: answer.write_text(outcome(picture.read_bytes())))
            row = {"name": name, "bytes": picture.stat().st_size, "status": status, "outcome": answer.read_text()}
            print(json.dumps({**row, "megabytes": round(megabytes - before), "seconds": round(seconds, 2)}), flush=True)


if __name__ == "__main__":
    main()
