"""Pictures by class in memory: limits, names, and malicious ZIPs."""

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
import torch
from PIL import Image

from resnet_edu.errors import UserError
from resnet_edu.teaching import archive, collection
from resnet_edu.teaching.archive import MOST_ENTRIES, pack, unpack
from resnet_edu.teaching.collection import (
    LONG_SIDE,
    LONGEST_NAME,
    MOST_CLASSES,
    MOST_PICTURES,
    SHORT_SIDE,
    Collection,
    PictureClass,
    Shot,
)
from resnet_edu.teaching.example import KINDS, PICTURES, Example, drawn, example, swapped
from resnet_edu.teaching.tuning import FEW, split


def jpeg(number: int, size: tuple[int, int] = (40, 30), **saved: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (16 * (number % 16), 16 * (number // 16), 90)).save(file, "JPEG", **saved)
    return file.getvalue()


def shots(count: int, begin: int = 0) -> tuple[Shot, ...]:
    return tuple(Shot.read(jpeg(number)) for number in range(begin, begin + count))


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return file.getvalue()


TWO = Collection((PictureClass("a"), PictureClass("b")))


def test_a_picture_is_kept_small_and_without_metadata() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    large = Shot.read(jpeg(1, (3000, 200), exif=exif))
    with Image.open(io.BytesIO(large.content)) as kept:
        assert max(kept.size) <= LONG_SIDE
        assert min(kept.size) <= SHORT_SIDE
    assert b"where I live" not in Shot.read(jpeg(1, exif=exif)).content


def test_a_small_plain_jpeg_stays_byte_by_byte() -> None:
    assert Shot.read(jpeg(5)).content == jpeg(5)


def test_no_picture_stands_twice_and_classes_are_bounded() -> None:
    once = TWO.with_shots(0, shots(2)).with_shots(1, shots(3))
    assert [len(each.shots) for each in once.classes] == [2, 1]
    with pytest.raises(UserError, match="at most"):
        TWO.with_shots(0, shots(MOST_PICTURES + 1))


def test_bytes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "MOST_BYTES", 2000)
    with pytest.raises(UserError, match="MB"):
        TWO.with_shots(0, shots(10))


def test_classes_are_bounded_and_their_names_are_folders_and_unique() -> None:
    held = TWO
    for name in ("../../etc", "<script>", "A", ""):
        held = held.with_class(name)
    assert len({name.casefold() for name in held.names}) == MOST_CLASSES
    assert not any(set("/\\<>") & set(name) or name.startswith(".") for name in held.names)
    with pytest.raises(UserError, match="at most"):
        held.with_class("more")


def test_a_collection_survives_its_zip() -> None:
    held = TWO.with_shots(0, shots(2)).with_shots(1, shots(2, begin=7))
    told: list[tuple[int, int]] = []
    assert unpack(pack(held), lambda done, total: told.append((done, total))) == (held, 0)
    assert told == [(done, 4) for done in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    "names", [("Train", "val"), ("👍🏽", "👎🏽"), ("__init__", "..x"), ("cafe\u0301", "café"), (30 * "n", 30 * "n")]
)
def test_whatever_the_classes_are_called_they_come_back_from_their_zip(names: tuple[str, str]) -> None:
    held = Collection(()).with_class(names[0]).with_class(names[1])
    held = held.with_shots(0, shots(2)).with_shots(1, shots(2, begin=7))
    assert max(map(len, held.names)) <= LONGEST_NAME
    back, broken = unpack(pack(held))
    assert {each.name: each.shots for each in back.classes} == {each.name: each.shots for each in held.classes}
    assert broken == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("__init__", "init"),
        ("<b>snake_case</b>", "b_snake_case__b"),
        ("$x$ _y_ **z**", "x y z"),
        (23 * "n" + "_m", 23 * "n"),
    ],
)
def test_no_underscore_in_a_name_is_emphasis(given: str, kept: str) -> None:
    found = TWO.renamed(0, given)
    assert found.names[0] == kept
    assert found.renamed(0, kept).names[0] == kept


def test_a_name_of_which_nothing_is_left_changes_nothing() -> None:
    assert [TWO.renamed(0, name).names for name in ("", "🐱", "._")] == 3 * [("a", "b")]


def test_labels_count_the_pictures_of_each_class() -> None:
    held = TWO.with_shots(0, shots(2)).with_shots(1, shots(1, begin=7))
    assert held.labels.tolist() == [0, 0, 1]
    assert held.lacking is not None
    assert held.with_shots(1, shots(2, begin=9)).lacking is None


def bomb() -> bytes:
    """Return a ZIP of ninety megabytes of zeros in less than a hundred kilobytes."""
    return zipped({f"a/{number}.jpg": bytes(9 * 2**20) for number in range(10)})


def liar() -> bytes:
    """Return a ZIP whose directory claims ten bytes for an entry of 30 MB."""
    content = bytearray(zipped({"a/1.jpg": bytes(30 * 2**20), "b/1.jpg": jpeg(1)}))
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 10)
    return bytes(content)


def greedy() -> bytes:
    """Is packed by a method whose decoder takes as much memory as the file asks for."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("a/1.jpg", jpeg(1))
    return file.getvalue()


def locked() -> bytes:
    """Says that a password is needed."""
    content = bytearray(zipped({"a/1.jpg": jpeg(1), "b/1.jpg": jpeg(2)}))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + flags] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (locked, "encrypted"),
        (greedy, "packed unusually"),
        (bomb, "more than 64 MB"),
        (lambda: zipped({f"a/{number}.txt": b"" for number in range(MOST_ENTRIES + 1)}), "entries"),
        (lambda: zipped({f"{number}/1.jpg": jpeg(number) for number in range(MOST_CLASSES + 1)}), "folders"),
        (lambda: zipped({f"a/{number}.jpg": b"" for number in range(MOST_PICTURES + 1)}), "at most"),
        (lambda: zipped({"1.jpg": jpeg(1)}), "folders"),
        (lambda: zipped({"a/1.jpg": b"nothing", "b/1.jpg": b""}), "No file"),
        (lambda: pack(TWO.with_shots(0, shots(2)))[:-30], "can't be read"),
        (lambda: b"PK\x05\x06", "can't be read"),
    ],
)
def test_a_zip_that_means_no_good_gets_a_sentence(made: Callable[[], bytes], said: str) -> None:
    with pytest.raises(UserError, match=said):
        unpack(made())


def test_small_files_that_are_huge_pictures_are_read_for_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 10_000, 3))  # each picture takes three
    monkeypatch.setattr(collection.time, "thread_time", lambda: next(seconds))
    read: list[bytes] = []
    whole = Shot.read

    def counted(content: bytes) -> Shot:
        read.append(content)
        return whole(content)

    monkeypatch.setattr(Shot, "read", counted)
    with pytest.raises(UserError, match="more than 20 seconds"):
        unpack(zipped({f"{'ab'[number % 2]}/{number}.jpg": jpeg(number) for number in range(60)}))
    assert len(read) == 7


def test_a_zip_that_lies_about_sizes_is_not_unpacked_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    whole = zipfile.ZipExtFile.read

    def counted(self: zipfile.ZipExtFile, size: int | None = -1) -> bytes:
        found = whole(self, size)
        read.append(len(found))
        return found

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    try:
        found, broken = unpack(liar())
    except UserError:
        found, broken = None, 0
    assert max(read, default=0) <= archive.MAX_BYTES + 1
    assert found is None or broken == 1


def test_paths_in_a_zip_only_sort_pictures_into_classes_and_lead_nowhere() -> None:
    found, broken = unpack(
        zipped(
            {
                "../../etc/a.jpg": jpeg(1),
                "/abs/b.jpg": jpeg(9),
                "__MACOSX/x/._a.jpg": b"",
                "train/c.jpg": jpeg(12),
                "train/abs/d.jpg": b"",
            }
        )
    )
    assert (found.names, broken) == (("abs",), 1)
    deep, long = "deep/" * 5_000, "n" * 60_000
    found, broken = unpack(zipped({f"{deep}a/1.jpg": jpeg(1), f"{long}/1.jpg": jpeg(9), f"b/{long}.txt": b""}))
    assert (found.names, broken) == (("a", long[:LONGEST_NAME]), 0)


def test_the_examples_are_always_the_same_and_the_ground_tells_only_in_the_second() -> None:
    things, grounds = example(Example.THINGS), example(Example.GROUNDS)
    assert drawn(0, 3).tobytes() == drawn(0, 3).tobytes()
    assert [len(each.shots) for each in things.classes] == [PICTURES] * len(KINDS)

    def corners(found: Collection) -> torch.Tensor:
        return torch.tensor([shot.open().resize((8, 8)).getpixel((0, 0)) for shot in found.shots]).float()

    own = torch.stack([corners(grounds)[grounds.labels == label].mean(0) for label in range(3)])
    nearest = torch.cdist(corners(grounds), own).argmin(1)
    assert (nearest == grounds.labels).float().mean() > 0.9
    assert (torch.cdist(corners(things), own).argmin(1) == things.labels).float().mean() < 0.6
    assert (torch.cdist(corners(swapped()), own).argmin(1) == swapped().labels).float().mean() < 0.1


def test_a_split_holds_out_of_each_class_and_few_are_few() -> None:
    held = TWO.with_shots(0, shots(20)).with_shots(1, shots(10, begin=30))
    train, held_out = split(held)
    assert (len(train), len(held_out)) == (24, 6)
    assert {each.shot.sha256 for each in train}.isdisjoint(each.shot.sha256 for each in held_out)
    few, same = split(held, few=True)
    assert len(few) == FEW
    assert sorted({each.label for each in few}) == [0, 1]
    assert same == held_out
