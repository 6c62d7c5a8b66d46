"""What the page says about each kind of file, in both languages: the standard for readers' own pictures."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from PIL import Image

from resnet_edu.ui.text.language import LANGUAGES
from resnet_edu.vision.image import MAX_BYTES
from tests.unit.nasty_pictures import TWO, animation, floats, full, saved, short_png
from tests.unit.profiles import DISPLAY_P3

from .conftest import Open, give_picture

SIZE = (60, 40)


@dataclass(frozen=True)
class Kind:
    """A file's name, how it is created, and what the page says about it in each language; empty for an answer."""

    name: str
    make: Callable[[], bytes]
    said: dict[str, str]


def photo(kind: str, mode: str = "RGB", **options: object) -> bytes:
    return full(kind, mode, SIZE, **options)


def sixteen_bits() -> bytes:
    return saved(Image.fromarray(np.linspace(0, 65535, 2400, dtype=np.uint16).reshape(40, 60)), "PNG")


ANSWER: dict[str, str] = {}
NOTE = {"en": "The file's name says PNG, but it is JPEG", "zh": "文件名说它是 PNG，其实是 JPEG"}
FIRST_FRAME = {"en": "only its first frame is read", "zh": "只读取第一帧"}
HEIC = {"en": "On the iPhone itself, choose it from the photo library", "zh": "在 iPhone 上，请从“照片图库”"}
UNREADABLE = {"en": "This is not a picture that can be read.", "zh": "这不是可以读取的图片"}
DAMAGED = {"en": "The picture is damaged or cut off.", "zh": "图片已损坏或不完整"}
NO_NUMBER = {"en": "The picture contains no valid pixel values.", "zh": "图片的像素值全都不是有效数字"}
TOO_LARGE = {"en": "The file has 12 MB; at most 10 MB are taken.", "zh": "文件有 12 MB；最多接受 10 MB"}
TOO_MANY = {"en": "at most 40 megapixels are taken", "zh": "最多接受 40 百万像素"}
EMPTY = {"en": "The file is empty.", "zh": "文件是空的"}

KINDS = {
    "JPEG": Kind("photo.jpg", partial(photo, "JPEG"), ANSWER),
    "MPO, as phones write JPEG": Kind("IMG_1.jpg", partial(photo, "MPO", **TWO), ANSWER),
    "jfif": Kind("photo.jfif", partial(photo, "JPEG"), ANSWER),
    "HEIC": Kind("IMG_2.HEIC", lambda: struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + bytes(900), HEIC),
    "AVIF": Kind("photo.avif", partial(photo, "AVIF"), ANSWER),
    "12 MB that no browser could reduce": Kind("photo.jpg", lambda: photo("JPEG") + bytes(12 * 2**20), TOO_LARGE),
    "CMYK": Kind("print.jpg", partial(photo, "JPEG", "CMYK"), ANSWER),
    "Display P3": Kind("photo.png", partial(photo, "PNG", icc_profile=DISPLAY_P3), ANSWER),
    "16 bits": Kind("scan.png", sixteen_bits, ANSWER),
    "transparent": Kind("logo.png", partial(photo, "PNG", "RGBA"), ANSWER),
    "GIF": Kind("logo.gif", partial(photo, "GIF"), ANSWER),
    "animated GIF": Kind("dance.gif", partial(animation, "GIF"), FIRST_FRAME),
    "animated PNG": Kind("dance.png", partial(animation, "PNG"), FIRST_FRAME),
    "animated WebP": Kind("dance.webp", partial(animation, "WEBP"), FIRST_FRAME),
    "animated AVIF": Kind("dance.avif", partial(animation, "AVIF"), FIRST_FRAME),
    "TIFF": Kind("scan.tif", partial(photo, "TIFF"), ANSWER),
    "JPEG called PNG": Kind("photo.png", partial(photo, "JPEG"), NOTE),
    "cut off": Kind("photo.jpg", lambda: photo("JPEG")[:300], DAMAGED),
    "PNG of two rows that declares 3,000": Kind("plan.png", short_png, DAMAGED),
    "AVIF cut off": Kind("photo.avif", lambda: photo("AVIF")[:200], DAMAGED),
    "TIFF without a number": Kind("depth.tif", partial(floats, float("nan")), NO_NUMBER),
    "icon": Kind("favicon.ico", partial(photo, "ICO"), UNREADABLE),
    "48 megapixels": Kind("large.png", partial(full, "PNG", "1", (8000, 6000)), TOO_MANY),
    "PDF": Kind("paper.pdf", lambda: b"%PDF-1.7", UNREADABLE),
    "a drawing": Kind("drawing.svg", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', UNREADABLE),
    "nothing": Kind("photo.jpg", bytes, EMPTY),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_each_kind_gets_an_answer_or_a_sentence(open_page: Open, name: str, language: str) -> None:
    kind = KINDS[name]
    content = kind.make()
    assert len(content) <= 13 * MAX_BYTES // 10
    at = give_picture(open_page("inference", source="upload", lang=language), kind.name, content)
    bars = [each.proto for each in at.get("bidi_component") if each.proto.component_name == "resnet_edu.bars"]
    refusals, notes = [each.value for each in at.error], [each.value for each in at.info]
    assert not at.exception
    if kind.said in (ANSWER, NOTE, FIRST_FRAME):
        assert len(bars) == 1
        assert refusals == []
        told = [each for each in (NOTE, FIRST_FRAME) if any(each[language] in note for note in notes)]
        assert told == [kind.said] * bool(kind.said)
    else:
        assert bars == []
        assert [kind.said[language] in each for each in refusals] == [True]
        assert notes == []  # neither an invitation nor a note about an earlier picture
