"""Decoding: every format and oddity becomes an upright RGB picture or one sentence."""

import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from resnet_edu.errors import UserError
from resnet_edu.vision import avif, png
from resnet_edu.vision import image as module
from resnet_edu.vision.image import FORMATS, KEPT_SIDE, MAX_BYTES, decode

from .nasty_pictures import (
    GREY,
    TWO,
    avif_that_lies,
    chunk,
    floats,
    hollow_png,
    jpeg_of_scans,
    saved,
    several_pictures,
    short_png,
    short_tiff,
    small,
    tiff,
)
from .profiles import DISPLAY_P3, GREY_GAMMA, to_srgb

LEFT, RIGHT = (200, 30, 30), (30, 30, 200)


def halves(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Return a picture that is red on the left and blue on the right."""
    picture = Image.new("RGB", size, LEFT)
    picture.paste(RIGHT, (size[0] // 2, 0, *size))
    return picture


def close(pixel: tuple[int, ...], expected: tuple[int, ...], tolerance: int = 12) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, expected, strict=True))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_decoded(kind: str) -> None:
    picture = decode(saved(halves(), kind)).image
    assert (picture.mode, picture.size) == ("RGB", (64, 48))
    assert close(picture.getpixel((5, 24)), LEFT)
    assert close(picture.getpixel((58, 24)), RIGHT)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "YCbCr", "LAB"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    kind = "TIFF" if mode in ("CMYK", "YCbCr", "LAB") else "PNG"
    picture = halves().convert("L").convert(mode) if mode == "LA" else halves()
    picture = picture if picture.mode == mode or mode == "LAB" else picture.convert(mode)
    assert decode(saved(picture, kind)).image.mode == "RGB"


def test_cmyk_jpeg_keeps_its_colours() -> None:
    picture = decode(saved(halves().convert("CMYK"), "JPEG")).image
    assert close(picture.getpixel((5, 24)), LEFT, 25)


def test_transparency_is_laid_on_white() -> None:
    clear = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    assert decode(saved(clear, "PNG")).image.getpixel((5, 5)) == (255, 255, 255)
    palette = Image.new("P", (10, 10), 0)
    palette.putpalette([255, 0, 0, 0, 255, 0])
    assert decode(saved(palette, "GIF", transparency=0)).image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_clipped(kind: str) -> None:
    values = np.array([[0, 65535 // 2, 65535]], dtype=np.uint16)
    picture = decode(saved(Image.fromarray(values), kind)).image
    assert [picture.getpixel((x, 0))[0] for x in range(3)] == [0, 127, 255]


def test_twelve_bits_are_scaled_by_their_own_full_scale() -> None:
    """Two values are packed into three bytes, high bits first."""
    values = [0, 2047, 4095, 1000]
    packed = b"".join((a << 12 | b).to_bytes(3, "big") for a, b in zip(values[::2], values[1::2], strict=True))
    entries = {256: (4, [4]), 257: (4, [1]), 258: (3, [12]), 259: (3, [1]), 262: (3, [1]), 277: (3, [1])}
    strip = {278: (4, [1]), 279: (4, [len(packed)])}
    place = len(tiff({**entries, **strip, 273: (4, [0])}))
    picture = decode(tiff({**entries, **strip, 273: (4, [place])}, data=packed)).image
    assert [picture.getpixel((x, 0))[0] for x in range(4)] == [round(value / 4095 * 255) for value in values]


def test_float_tiffs_with_nan_become_a_picture() -> None:
    values = np.array([[0.0, np.nan, 1.0]], dtype=np.float32)
    picture = decode(saved(Image.fromarray(values), "TIFF")).image
    assert [picture.getpixel((x, 0))[0] for x in range(3)] == [0, 0, 255]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("bits", [10, 12, 14])
def test_fewer_bits_stored_in_sixteen_are_no_darker(kind: str, bits: int) -> None:
    full = 2**bits - 1
    picture = decode(saved(Image.fromarray(np.array([[0, full // 2, full]], np.uint16)), kind)).image
    assert [picture.getpixel((x, 0))[0] for x in range(3)] == [0, 127, 255]


def test_a_picture_of_all_sixteen_bits_keeps_its_brightness() -> None:
    picture = decode(saved(Image.fromarray(np.array([[0, 2**14, 2**15]], np.uint16)), "PNG")).image
    assert [picture.getpixel((x, 0))[0] for x in range(3)] == [0, 64, 128]


def test_twelve_bits_stored_in_sixteen_of_each_colour_are_seen() -> None:
    strip = struct.pack("<6H", 4095, 0, 0, 0, 2048, 4095)
    entries = {**GREY, 256: (4, [2]), 257: (4, [1]), 258: (3, [16, 16, 16]), 262: (3, [2]), 277: (3, [3])}
    entries |= {278: (4, [1]), 279: (4, [len(strip)])}
    place = len(tiff({**entries, 273: (4, [0])}))
    picture = decode(tiff({**entries, 273: (4, [place])}, data=strip)).image
    assert [picture.getpixel((x, 0)) for x in range(2)] == [(255, 0, 0), (0, 136, 255)]


def test_a_float_picture_is_scaled_by_the_range_of_its_numbers() -> None:
    values = np.array([[5.0, np.nan, 10.0]], dtype=np.float32)
    picture = decode(saved(Image.fromarray(values), "TIFF")).image
    assert [picture.getpixel((x, 0))[0] for x in range(3)] == [0, 0, 255]


def png_of(size: tuple[int, int], bits: int, colour: int, bytes_held: int, *, interlaced: bool = False) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, bits, colour, 0, 0, interlaced))
    palette = chunk(b"PLTE", bytes(6)) if colour == 3 else b""
    pixels = zlib.compress(bytes(bytes_held))
    halves = chunk(b"IDAT", pixels[:5]) + chunk(b"IDAT", pixels[5:])
    return png.SIGNATURE + header + palette + halves + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("size", "bits", "colour", "needs", "interlaced"),
    [
        ((9, 3), 1, 0, 3 * 3, False),
        ((9, 3), 4, 3, 3 * 6, False),
        ((9, 3), 8, 2, 3 * 28, False),
        ((9, 3), 16, 6, 3 * 73, False),
        ((8, 8), 8, 0, 2 + 2 + 3 + 2 * 3 + 2 * 5 + 4 * 5 + 4 * 9, True),
        ((3, 3), 8, 0, 2 + 2 + 3 + 2 * 2 + 4, True),
        ((2000, 2000), 8, 2, 2000 * 6001, False),
    ],
)
def test_a_png_that_lacks_a_byte_of_its_pixels_is_cut_off(
    size: tuple[int, int], bits: int, colour: int, needs: int, interlaced: bool
) -> None:
    assert decode(png_of(size, bits, colour, needs, interlaced=interlaced)).image.mode == "RGB"
    with pytest.raises(UserError, match="cut off"):
        decode(png_of(size, bits, colour, needs - 1, interlaced=interlaced))


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (5, 24)), (2, (58, 24)), (3, (58, 24)), (6, (24, 5)), (8, (24, 58))]
)
def test_exif_orientation_is_applied(orientation: int, corner: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(saved(halves(), "JPEG", exif=exif, quality=95)).image
    assert picture.size == ((64, 48) if orientation < 5 else (48, 64))
    assert close(picture.getpixel(corner), LEFT)


COLOURS = np.array([[[180, 120, 90], [90, 150, 110], [60, 80, 140], [128, 128, 128], [250, 250, 250]]], np.uint8)
"""Display P3 colours that sRGB has too."""


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_display_p3_becomes_srgb(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    found = decode(saved(Image.fromarray(COLOURS), kind, icc_profile=DISPLAY_P3, **options)).image
    assert np.abs(np.asarray(found).astype(int) - to_srgb(COLOURS)).max() <= 1
    assert np.abs(to_srgb(COLOURS) - COLOURS).max() > 10


def test_the_profile_of_a_jpeg_and_of_a_picture_with_transparency_counts() -> None:
    flat = Image.new("RGB", (32, 32), tuple(COLOURS[0, 0].tolist()))
    expected = tuple(to_srgb(COLOURS)[0, 0].tolist())
    jpeg = decode(saved(flat, "JPEG", icc_profile=DISPLAY_P3, quality=95, subsampling=0)).image
    clear = decode(saved(flat.convert("RGBA"), "PNG", icc_profile=DISPLAY_P3)).image
    assert close(jpeg.getpixel((16, 16)), expected, 2)
    assert close(clear.getpixel((16, 16)), expected, 1)


def test_an_srgb_profile_changes_next_to_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = decode(saved(Image.fromarray(COLOURS), "PNG", icc_profile=profile)).image
    assert np.abs(np.asarray(found).astype(int) - COLOURS).max() <= 1


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_a_grey_profile_is_for_grey_pictures(mode: str) -> None:
    """Half of the linear light is 188 in sRGB."""
    grey = Image.fromarray(np.full((4, 4), 32896, np.uint16)) if mode == "I;16" else Image.new("L", (4, 4), 128)
    found = decode(saved(grey if mode == "I;16" else grey.convert(mode), "PNG", icc_profile=GREY_GAMMA)).image
    assert close(found.getpixel((2, 2)), (188, 188, 188), 1)


@pytest.mark.parametrize(
    "profile",
    [b"not a profile", DISPLAY_P3[:200], DISPLAY_P3[:128] + b"\xff" * 400, GREY_GAMMA, bytes(5 * 2**20)],
    ids=["rubbish", "cut off", "tags of rubbish", "of another kind", "too large"],
)
def test_a_profile_that_cannot_be_used_leaves_the_picture_as_it_is(
    profile: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "resnet_edu"):
        found = decode(saved(Image.fromarray(COLOURS), "TIFF", icc_profile=profile)).image
    assert np.array_equal(np.asarray(found), COLOURS)
    assert "colour profile" in caplog.text


@pytest.mark.parametrize("place", range(128, len(DISPLAY_P3), 5))
def test_a_damaged_profile_still_leaves_a_picture(place: int) -> None:
    damaged = bytearray(DISPLAY_P3)
    damaged[place : place + 4] = b"\xff\xff\xff\xff"
    assert decode(saved(Image.fromarray(COLOURS), "TIFF", icc_profile=bytes(damaged))).image.size == (5, 1)


def test_the_first_frame_of_a_gif_counts() -> None:
    frames = [Image.new("P", (8, 8), 0) for _ in range(3)]
    for index, frame in enumerate(frames):
        frame.putpalette([index * 100, 0, 0] * 2)
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0)
    assert decode(content).image.getpixel((4, 4)) == (0, 0, 0)


def test_large_pictures_are_kept_small() -> None:
    assert decode(saved(halves((3000, 1500)), "PNG")).image.size == (KEPT_SIDE, KEPT_SIDE // 2)


def test_the_key_is_the_hash_of_the_bytes() -> None:
    one, two = saved(halves(), "PNG"), saved(halves(), "PNG", compress_level=1)
    assert decode(one).sha256 == decode(one).sha256 != decode(two).sha256


def test_a_wrong_name_is_told_and_read_all_the_same() -> None:
    content = saved(halves(), "JPEG")
    assert decode(content, "photo.PNG").mislabelled == ("PNG", "JPEG")
    assert decode(content, "photo.jpg").mislabelled is None
    assert decode(content, "photo").mislabelled is None


@pytest.mark.parametrize("suffix", ["jpg", "jpeg", "jpe", "jfif", "mpo", "JPG"])
def test_a_jpeg_after_which_others_follow_is_a_jpeg(suffix: str) -> None:
    """Phones write such files; Pillow calls them MPO."""
    content = saved(halves(), "MPO", **TWO)
    picture = decode(content, f"IMG_1.{suffix}")
    assert picture.mislabelled is None
    assert close(picture.image.getpixel((5, 24)), LEFT)


def test_a_jpeg_of_scans_is_refused_whatever_pillow_calls_it() -> None:
    with pytest.raises(UserError, match="damaged"):
        decode(jpeg_of_scans(module.MAX_SCANS, several_pictures()))


def test_avif_lies_on_its_side_as_its_file_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = decode(saved(halves(), "AVIF", exif=exif, quality=95)).image
    assert picture.size == (48, 64)
    assert close(picture.getpixel((24, 5)), LEFT)


def test_avif_that_holds_more_than_its_header_says_ends_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    content = avif_that_lies()
    assert decode(content).image.size == (90, 90)
    monkeypatch.setattr(avif, "MEMORY", 250 * 2**20)
    assert decode(saved(halves(), "AVIF")).image.size == (64, 48)
    with pytest.raises(UserError, match="damaged"):
        decode(content)


def test_a_damaged_tiff_writes_nothing_into_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    """libtiff would write a line for each row."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 2, (300, 300), np.uint8) * 255).convert("1")
    content = bytearray(saved(noise, "TIFF", compression="group4"))
    chance = random.Random(1)
    for _ in range(50):
        content[chance.randrange(200, len(content) - 300)] ^= 255
    assert decode(bytes(content)).image.size == (300, 300)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (bytes(3) + b"\x18ftypheic" + bytes(100), "Most Compatible"),
        (bytes(3) + b"\x18ftypmif1" + bytes(100), "Most Compatible"),
        (b"x" * (MAX_BYTES + 1), "at most 10 MB"),
        (b"<html>not a picture</html>", "not a picture"),
        (b"%PDF-1.7", "not a picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a picture"),
        (hollow_png(7000, 6000), "7000 x 6000"),
        (hollow_png(60_000, 60_000), "more than 40 megapixels"),
        (hollow_png(100, 100), "damaged"),
        (saved(halves(), "JPEG")[:400], "damaged"),
        (saved(halves(), "ICO"), "not a picture"),
        (short_png(), "cut off"),
        (short_tiff(), "cut off"),
        (floats(float("nan"), float("inf")), "no valid pixel values"),
        *((small(kind)[:40], "cut off") for kind in FORMATS if kind != "BMP"),
    ],
    ids=[
        "empty",
        "heic",
        "mif1",
        "large",
        "html",
        "pdf",
        "svg",
        "many-pixels",
        "bomb",
        "hollow",
        "cut-off",
        "ico",
        "short-png",
        "short-tiff",
        "nan",
        *(f"start-of-{kind}" for kind in FORMATS if kind != "BMP"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        decode(content)


def test_nothing_is_decoded_above_the_pixel_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_upright_rgb", lambda image: pytest.fail("pixels were decoded"))
    with pytest.raises(UserError, match="megapixels"):
        decode(hollow_png(6400, 6400))


def test_the_log_holds_nothing_of_the_file(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", "resnet_edu"), pytest.raises(UserError):
        decode(saved(halves(), "JPEG", comment=b"secret words")[:500], "private name.jpg")
    assert caplog.records
    assert "secret" not in caplog.text
    assert "private" not in caplog.text


def test_nothing_but_pixels_is_kept() -> None:
    """No location, camera or comment is kept as long as the picture, which lives for the session."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (52.0, 12.0, 0.0)
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        assert decode(saved(halves(), kind, exif=exif)).image.info == {}
