"""Converts pictures from their ICC colour profile to sRGB, which nets and screens expect."""

import io
import logging

from PIL import Image, ImageCms

MAX_BYTES = 4 * 2**20
"""Limit for a profile; those of printing presses, the largest in use, have about half of it."""
MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
SRGB = ImageCms.createProfile("sRGB")

log = logging.getLogger(__name__)


def in_srgb(image: Image.Image, profile: bytes | None, *, is_grey: bool) -> Image.Image:
    """Convert ``image`` to RGB by its ICC profile, or unchanged if the profile is missing or unusable.

    ``is_grey`` says whether the file was greyscale, even if ``image`` has become RGB.
    """
    if profile is None:
        return image.convert("RGB")
    try:
        return _converted(image, profile, is_grey)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:  # the profile is broken, but the pixels are good
        log.info("A picture's colour profile could not be used: %s", type(error).__name__)
        return image.convert("RGB")


def _converted(image: Image.Image, content: bytes, is_grey: bool) -> Image.Image:
    """Convert by a profile; raises ``ValueError`` if it is too large or for a different kind of picture."""
    if len(content) > MAX_BYTES:
        raise ValueError("size")
    profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
    mode = MODES.get(profile.profile.xcolor_space)
    if mode != ("L" if is_grey else "CMYK" if image.mode == "CMYK" else "RGB"):
        raise ValueError("colour space")
    converted = ImageCms.profileToProfile(
        image.convert(mode),
        profile,
        SRGB,
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        "RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None  # None only for conversions in place
    return converted
