"""Turns untrusted bytes into an upright RGB picture of bounded size."""

import hashlib
import io
import logging
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, JpegImagePlugin, TiffImagePlugin, UnidentifiedImageError

from resnet_edu.errors import UserError, mark
from resnet_edu.vision import avif, libtiff, png
from resnet_edu.vision.colour import in_srgb

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
SUFFIXES = {
    **dict.fromkeys(("jpg", "jpeg", "jpe", "jfif", "mpo"), "JPEG"),
    "png": "PNG",
    "webp": "WEBP",
    "gif": "GIF",
    "bmp": "BMP",
    **dict.fromkeys(("tif", "tiff"), "TIFF"),
    "avif": "AVIF",
    **dict.fromkeys(("heic", "heif"), "HEIC"),
}
"""The format that a file name ending stands for."""
HEIC = re.compile(rb"....ftyp(hei[cfmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL)
"""How Apple's photos begin; AVIF files that begin like this have been opened by then."""
BEGINNINGS = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|RIFF....WEBP|II\*\0|MM\0\*|II\+\0|MM\0\+|....ftypavi[fs]", re.DOTALL
)
"""How pictures begin that can be read, even if little else is left of them; a BMP's two letters say too little."""
MAX_BYTES = 10 * 2**20
MAX_PIXELS = 40_000_000
MOST_PIXELS = {"WEBP": 25_000_000, "AVIF": 25_000_000}
"""Lower limits for decoders that hold canvases of their own in addition to the bytes and the picture."""
MAX_SIDE = 65_535
KEPT_SIDE = 768
GREY = ("1", "L", "LA", "I", "F")
PIECE = 2**20
"""Pixels processed at a time in float64."""
MAX_READS = 500_000
MAX_SCANS = 100
"""A progressive JPEG has about ten. Each scan takes ten bytes of file but a pass over the whole picture."""
DEPTHS = (10, 12, 14, 16)
"""Bits that cameras, microscopes and scanners measure, and store in 16."""
START_OF_SCAN = re.compile(rb"\xff\xda\x00[\x06\x08\x0a\x0c]")

log = logging.getLogger(__name__)
libtiff.silence()


@dataclass(frozen=True)
class Picture:
    """A decoded picture: RGB, upright, longest side at most ``KEPT_SIDE``.

    ``sha256`` is that of the file's bytes. ``mislabelled`` is (format by name, actual format) if the two
    differ. ``is_animated`` if further frames were left out.
    """

    image: Image.Image
    sha256: str
    mislabelled: tuple[str, str] | None = None
    is_animated: bool = False

    def open(self) -> Image.Image:
        """Return the RGB picture."""
        return self.image


def decode(content: bytes, name: str = "", formats: tuple[str, ...] = FORMATS, most_side: int = MAX_SIDE) -> Picture:
    """Decode JPEG, PNG, WebP, GIF, AVIF (first frame), BMP or TIFF (first page), or fewer ``formats``.

    Size and pixel count are checked before any pixel is decoded; EXIF orientation is applied; transparency
    becomes white; 10- to 16-bit and float pictures are scaled to 8 bits; colours are converted to sRGB by the
    picture's ICC profile. Only pixels are kept: no EXIF, no comments. Takes at most 500 MB. Raises
    ``UserError`` with advice for anything that can't become a picture.
    """
    if not content:
        raise UserError(mark("The file is empty. Choose another picture."))
    if len(content) > MAX_BYTES:
        raise UserError(
            mark("The file has {size:.0f} MB; at most {limit:.0f} MB are taken. Save it smaller or as a JPEG."),
            size=len(content) / 2**20,
            limit=MAX_BYTES / 2**20,
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _check_strips(content)
            file = Image.open(_Metered(content), formats=formats)
            kind = _kind(file)
            _check_pixels(file, kind, most_side)
            _check_whole(file, kind, content)
            is_animated = kind in ANIMATED and bool(getattr(file, "is_animated", False))
            image = _upright_rgb(avif.reduced(content, KEPT_SIDE) if kind == "AVIF" else file)
    except UserError:
        raise
    except Image.DecompressionBombError:
        raise _too_many_pixels(MAX_PIXELS) from None
    except UnidentifiedImageError:
        if HEIC.match(content):
            raise unreadable_heic() from None
        if BEGINNINGS.match(content):
            raise _damaged() from None
        raise UserError(
            mark("This is not a picture that can be read. Choose a JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF file.")
        ) from None
    except Exception as error:  # a broken file can raise anything; the fault is the file's
        log.info("A picture could not be decoded: %s", type(error).__name__)
        raise _damaged() from None
    return Picture(image, hashlib.sha256(content).hexdigest(), _mislabelled(name, kind), is_animated)


def _kind(image: Image.Image) -> str:
    """Return the format, which sets all limits. MPO is Pillow's name for a JPEG followed by other pictures."""
    return "JPEG" if isinstance(image, JpegImagePlugin.JpegImageFile) else image.format or ""


def _damaged() -> UserError:
    return UserError(mark("The picture is damaged or cut off. Open it in another program, save it again and retry."))


def unreadable_heic() -> UserError:
    """Return what the reader is told about an iPhone's photo in its own format."""
    return UserError(
        mark(
            "This is a HEIC photo, the iPhone's own format, which can't be read here. On the iPhone itself, choose it"
            " from the photo library, not from Files, and the phone converts it; or choose a screenshot of it. On a"
            " computer, save it as a JPEG. With Settings > Camera > Formats > Most Compatible the iPhone takes JPEGs."
        )
    )


def _check_pixels(image: Image.Image, kind: str, most_side: int) -> None:
    most = MOST_PIXELS.get(kind, MAX_PIXELS)
    if image.width * image.height > most:
        raise _too_many_pixels(most, image)
    if max(image.size) > most_side:
        raise UserError(
            mark("The picture has {width} x {height} pixels; no side may have more than {limit}. Crop it."),
            width=image.width,
            height=image.height,
            limit=most_side,
        )


def _check_strips(content: bytes) -> None:
    """Raise ``ValueError`` for a TIFF with more strips or tiles than a picture has rows: Pillow lists them all."""
    if not content.startswith(tuple(TiffImagePlugin.PREFIXES)):
        return
    directory = TiffImagePlugin.ImageFileDirectory_v2(content[: 16 if 43 in content[2:4] else 8])
    file = _Metered(content)
    file.seek(directory.next)
    directory.load(file)
    if any(
        len(directory.get(tag, ())) > MAX_SIDE for tag in (TiffImagePlugin.STRIPOFFSETS, TiffImagePlugin.TILEOFFSETS)
    ):
        raise ValueError("strips")


def _check_whole(image: Image.Image, kind: str, content: bytes) -> None:
    """Raise ``ValueError`` for a JPEG of too many scans, and for pixels that are missing where Pillow would not say so.

    Pillow leaves them black.
    """
    if kind == "JPEG" and len(START_OF_SCAN.findall(content)) > MAX_SCANS:
        raise ValueError("scans")
    if kind == "PNG" and not png.is_whole(content, image.size):
        raise ValueError("rows")
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        extents = [tile.extents for tile in image.tile if tile.extents is not None]
        if sum((right - left) * (bottom - top) for left, top, right, bottom in extents) < image.width * image.height:
            raise ValueError("strips")


class _Metered(io.BytesIO):
    """A file that raises ``ValueError`` when a parser is made to read it in too many tiny steps."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads > MAX_READS:
            raise ValueError("reads")
        return super().read(size)


def _too_many_pixels(most: int, image: Image.Image | None = None) -> UserError:
    if image is None:
        return UserError(
            mark("The picture has more than {limit} megapixels. Scale it down and try again."), limit=most // 10**6
        )
    return UserError(
        mark("The picture has {width} x {height} pixels; at most {limit} megapixels are taken. Scale it down."),
        width=image.width,
        height=image.height,
        limit=most // 10**6,
    )


def _upright_rgb(image: Image.Image) -> Image.Image:
    """Return the reduced picture upright and in RGB, without a second copy of a large one."""
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        image.draft("RGB" if image.mode in ("RGB", "YCbCr") else image.mode, (KEPT_SIDE, KEPT_SIDE))
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    profile, is_grey = image.info.get("icc_profile"), image.mode in GREY or image.mode.startswith("I;16")
    small = _continuous(image)
    small.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if small.has_transparency_data:
        small = small.convert("RGBA")
        small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small)
    small = in_srgb(small, profile, is_grey=is_grey)
    small.info.clear()
    return small


def _continuous(image: Image.Image) -> Image.Image:
    """Return the picture without a palette and with 8 bits per channel, so that pixels can be averaged."""
    if image.mode.startswith(("I", "F")):
        return _eight_bits(image)
    if image.mode == "RGB" and _declared(image) == (16, 16, 16):  # of which Pillow drops the lower eight
        highest = int(np.asarray(image.getextrema()).max())
        return image.point(lambda value: value * 255 // (2 ** (_depth(256 * highest) - 8) - 1))
    if image.mode in ("1", "P", "PA") or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 10- to 16-bit pictures by the full scale of their bits, others by their own range; NaN is black."""
    finite = (values[np.isfinite(values)] for _, values in _pieces(image))
    ranges = [(values.min(), values.max()) for values in finite if values.size]
    if not ranges:
        raise UserError(mark("The picture contains no valid pixel values. Save it again as a PNG or JPEG."))
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    if image.mode.startswith("I;16"):
        bits = _declared(image)[0]
        low, high = 0.0, 2.0 ** (bits if bits < 16 else _depth(high)) - 1
    grey = Image.new("L", image.size)
    for box, values in _pieces(image):
        scaled = np.nan_to_num((values - low) / (high - low or 1.0), posinf=0.0, neginf=0.0)
        grey.paste(Image.fromarray((scaled * 255).round().astype(np.uint8)), box)
    return grey


def _declared(image: Image.Image) -> tuple[int, ...]:
    """Return the bits per value that a TIFF declares, which Pillow expands to 16; 16 for other formats."""
    bits: tuple[int, ...] = getattr(image, "tag_v2", {}).get(TiffImagePlugin.BITSPERSAMPLE, (16,))
    return bits


def _depth(highest: float) -> int:
    """Guess how many of the 16 bits stored were measured: the fewest usual ones that hold all values.

    Microscopes and cameras leave the upper ones empty. A 16-bit picture that is darker than a quarter of white
    throughout can't be told from theirs, and is brightened.
    """
    return next(bits for bits in DEPTHS if highest < 2**bits)


def _pieces(image: Image.Image) -> Iterator[tuple[tuple[int, int, int, int], NDArray[np.float64]]]:
    rows = max(1, PIECE // image.width)
    for top in range(0, image.height, rows):
        box = (0, top, image.width, min(top + rows, image.height))
        yield box, np.asarray(image.crop(box)).astype(np.float64)


def _mislabelled(name: str, kind: str) -> tuple[str, str] | None:
    suffix = PurePath(name).suffix.lower().removeprefix(".")
    said = SUFFIXES.get(suffix)
    return (said, kind) if said is not None and said != kind else None
