"""Colour profiles: what a picture's numbers mean, turned into sRGB, which is what nets and screens know."""

import io
import logging

from PIL import Image, ImageCms

MAX_BYTES = 4 * 2**20
"""Of a profile; those of printing presses, the largest in use, have about half of it."""
MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
SRGB = ImageCms.createProfile("sRGB")

log = logging.getLogger(__name__)


def in_srgb(image: Image.Image, profile: bytes | None, *, is_grey: bool) -> Image.Image:
    """An RGB picture: ``image`` by its ICC profile, or as it is where there is none that can be used.

    ``is_grey`` says whether the picture's file was grey, though ``image`` may have become RGB.
    """
    if profile is None:
        return image.convert("RGB")
    try:
        return _converted(image, profile, is_grey)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:  # a broken profile; the pixels are good
        log.info("A picture's colour profile could not be used: %s", type(error).__name__)
        return image.convert("RGB")


def _converted(image: Image.Image, content: bytes, is_grey: bool) -> Image.Image:
    """Raises ``ValueError`` for a profile that is too large, or one for pictures of another kind."""
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
    assert converted is not None  # it is None only where the picture is changed in place
    return converted
