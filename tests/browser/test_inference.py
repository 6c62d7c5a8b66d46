"""The inference page in a real browser: gallery, upload, clipboard, camera, keyboard."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from resnet_edu.vision.catalogue import DEFAULT_NET, catalogue
from resnet_edu.vision.samples import FOLDER
from tests.unit.nasty_pictures import saved
from tests.unit.profiles import DISPLAY_P3, to_srgb

from .accessible import assert_accessible
from .conftest import PHONE, Visit


def answer_key(page: Page) -> str:
    bars = page.locator(".st-key-bars ol[data-key]")
    expect(bars).to_have_count(1)
    return bars.get_attribute("data-key") or ""


def expect_new_answer(page: Page, old: str) -> None:
    expect(page.locator(".st-key-bars ol[data-key]")).not_to_have_attribute("data-key", old)
    expect(page.locator(".st-key-bars ol[data-key] li")).to_have_count(5)


@pytest.fixture(scope="module")
def arrived(look: Visit) -> Page:
    return look("/inference")


def test_the_default_answer_is_there_on_arrival(arrived: Page) -> None:
    page = arrived
    expect(page.locator(".st-key-bars ol[data-key] li").first).to_contain_text("German shepherd")
    expect(page.get_by_text(re.compile(r"forward pass [\d.]+\sms"))).to_be_visible()
    seen = page.locator(".st-key-seen img")
    side = catalogue().nets[DEFAULT_NET].preprocessing.crop
    assert seen.evaluate("image => [image.naturalWidth, getComputedStyle(image).imageRendering]") == [side, "pixelated"]


def test_everything_that_matters_is_above_the_fold(arrived: Page) -> None:
    page = arrived
    answer_key(page)
    for what in (".st-key-bars ol[data-key]", ".st-key-seen img", "dl.facts", ".st-key-net"):
        box = page.locator(what).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 768, what


def test_the_gallery_works_by_mouse_and_by_keyboard(visit: Visit) -> None:
    page = visit("/inference")
    before = answer_key(page)
    page.get_by_role("radio", name="A rocket takes off").click()
    expect_new_answer(page, before)
    page.wait_for_url("**sample=rocket*")

    before = answer_key(page)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Silhouette of a horse")).to_be_checked()
    expect_new_answer(page, before)
    expect(page.get_by_role("radio", name="Silhouette of a horse")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("radio", name="Hubble deep field")).to_be_checked()
    page.wait_for_url("**sample=galaxies*")


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_an_upload_is_classified(visit: Visit, size: dict[str, int] | None) -> None:
    page = visit("/inference?source=upload", **({"viewport": size} if size else {}))
    expect(page.locator(".st-key-bars")).to_have_count(0)
    page.locator("input[type=file]").set_input_files(FOLDER / "coffee.jpg")
    expect_new_answer(page, "")
    expect(page.locator(".st-key-upload [role=status]")).to_be_empty()
    expect(page.locator(".st-key-bars [role=status]")).to_have_text(re.compile(r": \w+, \d+\.\d%\.$"))  # announced


def test_a_bad_upload_is_explained_and_the_next_good_one_works(visit: Visit, tmp_path: Path) -> None:
    page = visit("/inference?source=upload&lang=zh")
    bad, icon = tmp_path / "<img src=x onerror=alert(1)>.png", tmp_path / "favicon.ico"
    bad.write_bytes(b"not a picture")
    icon.write_bytes(saved(Image.new("RGB", (32, 32), "red"), "ICO"))  # which the browser could draw
    for refused in (bad, icon):
        page.locator("input[type=file]").set_input_files(FOLDER / "coffee.jpg")
        expect_new_answer(page, "")
        expect(page.get_by_text("这不是可以读取的图片")).to_have_count(0)
        page.locator("input[type=file]").set_input_files(refused)
        expect(page.get_by_text("这不是可以读取的图片")).to_be_visible()
        expect(page.locator(".st-key-bars ol[data-key]")).to_have_count(0)
    assert_accessible(page)


def sideways(colour: tuple[int, ...], padding: int) -> bytes:
    """Return a 12-megapixel JPEG in Display P3, stored sideways: ``colour`` on its left belongs at the top."""
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.new("RGB", (4000, 3000), (128, 128, 128))
    picture.paste(colour, (0, 0, 2000, 3000))
    return saved(picture, "JPEG", exif=exif, icc_profile=DISPLAY_P3, subsampling=0) + bytes(padding)


def seen_at_top(page: Page) -> tuple[int, ...]:
    source = page.locator(".st-key-seen img").get_attribute("src") or ""
    seen = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
    pixel = seen.getpixel((seen.width // 2, seen.height // 8))
    assert isinstance(pixel, tuple)
    return pixel


def test_a_phones_large_photo_arrives_upright_and_in_its_colours(visit: Visit, tmp_path: Path) -> None:
    colour = (180, 60, 60)
    expected = to_srgb(np.array([[colour]], np.uint8))[0, 0]
    page = visit("/inference?source=upload")
    answers = [""]
    for padding in (0, 12 * 2**20):
        path = tmp_path / f"{padding}.jpg"
        path.write_bytes(sideways(colour, padding))
        page.locator("input[type=file]").set_input_files(path)
        expect_new_answer(page, answers[-1])
        answers.append(answer_key(page))
        assert np.abs(np.array(seen_at_top(page)) - expected).max() <= 4
    assert len(set(answers)) == 3, "the larger one was made smaller"


@pytest.mark.parametrize(
    ("begin", "said"),
    [(bytes(4) + b"ftypheic", "Most Compatible"), (b"%PDF-1.7 and more", "larger than 10 MB")],
    ids=["HEIC", "PDF"],
)
def test_what_is_too_large_and_no_picture_for_this_browser_gets_a_sentence(
    visit: Visit, tmp_path: Path, begin: bytes, said: str
) -> None:
    page = visit("/inference?source=upload")
    page.locator("input[type=file]").set_input_files(FOLDER / "coffee.jpg")
    expect_new_answer(page, "")
    path = tmp_path / "IMG_1.HEIC"
    path.write_bytes(begin + bytes(11 * 2**20))
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_role("alert").get_by_text(said)).to_be_visible()
    expect(page.locator(".st-key-bars ol[data-key]")).to_have_count(0)
    expect(page.locator(".st-key-upload [role=status]")).to_be_empty()


TRANSFER = """([kind, type, data]) => {
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "image.png", { type }));
    const options = { bubbles: true, cancelable: true };
    const event = kind === "paste" ? new ClipboardEvent(kind, { clipboardData: transfer, ...options })
        : new DragEvent(kind, { dataTransfer: transfer, ...options });
    document.body.dispatchEvent(event);
}"""


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_is_pasted_with_the_keys_or_dropped_anywhere(visit: Visit, kind: str) -> None:
    page = visit("/inference?source=upload")
    expect(page.get_by_role("button", name="Paste from the clipboard")).to_be_visible()
    content = saved(Image.new("RGB", (40, 40), (20, 120, 220)), "PNG")
    page.evaluate(TRANSFER, [kind, "image/png", base64.b64encode(content).decode()])
    expect_new_answer(page, "")


def test_a_picture_is_taken_with_the_camera(visit: Visit) -> None:
    page = visit("/inference?source=camera", permissions=["camera"])
    page.get_by_role("button", name="Take a picture").click()
    expect_new_answer(page, "")


def test_the_other_camera_is_another_one(visit: Visit) -> None:
    page = visit("/inference?source=camera", permissions=["camera"])
    turn = page.get_by_role("button", name="Other camera")
    turn.wait_for(state="visible")
    label = "video => video.srcObject.getTracks()[0].label"
    first = page.locator("video").evaluate(label)
    turn.click()
    turn.wait_for(state="visible")  # hidden until a camera is on
    assert page.locator("video").evaluate(label) != first


def test_a_download_that_finds_no_network_says_so_and_the_rest_goes_on(visit: Visit) -> None:
    page = visit("/inference?net=resnet18-v1")
    page.get_by_role("button", name="Fetch 45 MB").click()
    expect(page.get_by_text("No answer from the network")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Fetch 45 MB")).to_be_visible()
    page.goto(page.url.replace("resnet18-v1", "cifar10-residual-20"))
    expect(page.locator(".st-key-bars ol[data-key] li")).to_have_count(5)
