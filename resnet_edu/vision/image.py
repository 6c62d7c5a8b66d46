"""Hostile bytes in, an upright RGB picture of bounded size out."""

import hashlib
import io
import logging
import warnings
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from resnet_edu.errors import UserError, mark

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
SUFFIXES = {
    "jpg": "JPEG",
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "gif": "GIF",
    "bmp": "BMP",
    "tif": "TIFF",
    "tiff": "TIFF",
}
MAX_BYTES = 10 * 2**20
MAX_PIXELS = 40_000_000
KEPT_SIDE = 768

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Picture:
    """A decoded picture: RGB, upright, longest side at most ``KEPT_SIDE``.

    ``sha256`` is that of the file's bytes. ``mislabelled`` is (what the name says, what it is) when
    the two differ.
    """

    image: Image.Image
    sha256: str
    mislabelled: tuple[str, str] | None = None


def decode(content: bytes, name: str = "") -> Picture:
    """Decode JPEG, PNG, WebP, GIF (first frame), BMP or TIFF (first page).

    Size and pixel count are checked before any pixel is decoded; EXIF orientation is applied;
    transparency is laid on white; 16-bit and float pictures are scaled to 8 bits. Raises
    ``UserError`` with a sentence that says what to do for everything that can't become a picture.
    """
    if not content:
        raise UserError(mark("The file is empty. Choose a picture with something in it."))
    if len(content) > MAX_BYTES:
        raise UserError(
            mark("The file has {size:.0f} MB; at most {limit:.0f} MB are taken. Save it smaller or as a JPEG."),
            size=len(content) / 2**20,
            limit=MAX_BYTES / 2**20,
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = Image.open(io.BytesIO(content), formats=FORMATS)
            _check_pixels(file)
            kind = file.format or ""
            image = _upright_rgb(file)
    except UserError:
        raise
    except Image.DecompressionBombError:
        raise _too_many_pixels(None) from None
    except UnidentifiedImageError:
        raise UserError(
            mark("This is not a picture that can be read. Choose a JPEG, PNG, WebP, GIF, BMP or TIFF file.")
        ) from None
    except Exception as error:  # a broken file can raise anything; the fault is the file's
        log.info("A picture could not be decoded: %s", type(error).__name__)
        raise UserError(
            mark("The picture is damaged or cut off. Open it in another program, save it again and retry.")
        ) from None
    image.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return Picture(image, hashlib.sha256(content).hexdigest(), _mislabelled(name, kind))


def _check_pixels(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels(image)


def _too_many_pixels(image: Image.Image | None) -> UserError:
    if image is None:
        return UserError(
            mark("The picture has more than {limit} megapixels. Scale it down and try again."),
            limit=MAX_PIXELS // 10**6,
        )
    return UserError(
        mark("The picture has {width} x {height} pixels; at most {limit} megapixels are taken. Scale it down."),
        width=image.width,
        height=image.height,
        limit=MAX_PIXELS // 10**6,
    )


def _upright_rgb(image: Image.Image) -> Image.Image:
    if image.format == "JPEG":
        image.draft("RGB" if image.mode in ("RGB", "YCbCr") else image.mode, (KEPT_SIDE, KEPT_SIDE))
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):
        return _eight_bits(image).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit pictures by their full scale, integer and float ones by their own range; NaN is black."""
    values = np.nan_to_num(np.asarray(image).astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = (0.0, 65535.0) if image.mode.startswith("I;16") else (values.min(), values.max())
    scaled = (values - low) / (high - low or 1.0)
    return Image.fromarray((scaled * 255).round().astype(np.uint8))


def _mislabelled(name: str, kind: str) -> tuple[str, str] | None:
    suffix = PurePath(name).suffix.lower().removeprefix(".")
    said = SUFFIXES.get(suffix)
    return (said, kind) if said is not None and said != kind else None
