"""Saved figures look as they do on the page, and every page can be printed."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from resnet_edu.ui.shell.navigation import PAGES

from .conftest import PHONE, Visit

SVG = "{http://www.w3.org/2000/svg}"
A4 = {"width": 794, "height": 1123}


def keep(page: Page, figure: str, kind: str, folder: Path) -> Path:
    button = page.locator(f".st-key-keep-{figure}").get_by_role("button", name=kind)
    with page.expect_download() as download:
        button.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize(
    ("path", "figure", "texts", "pictures"),
    [
        ("/inference?net=cifar10-residual-20", "journey", ("Stage 3", "64 maps, 8 × 8"), 11),
        ("/gradients?preset=paper&depth=20", "gradients", ("Weight gradient", "He et al. 2015"), 0),
        ("/parameters", "step-memory", ("Memory of one training step",), 0),
        ("/block", "block_diagram", ("Basic block",), 0),
    ],
)
def test_a_figure_is_kept_with_title_citation_and_link(
    visit: Visit, tmp_path: Path, path: str, figure: str, texts: tuple[str, ...], pictures: int
) -> None:
    page = visit(path, color_scheme="dark")
    shown = page.locator(f".st-key-{figure}")
    shown.scroll_into_view_if_needed()
    expect(page.locator(f".st-key-keep-{figure} button").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    drawing = keep(page, figure, "SVG", tmp_path)
    root = ElementTree.parse(drawing).getroot()
    said = " ".join(root.itertext())
    assert all(text in said for text in (*texts, page.url.partition("?")[0]))
    assert "color(" not in drawing.read_text()  # a notation that only browsers read
    assert "@font-face" in said
    assert len(list(root.iter(f"{SVG}image"))) >= pictures
    box = shown.bounding_box()
    assert box
    assert float(root.get("width", 0)) == pytest.approx(box["width"] + 48, abs=2)
    with Image.open(keep(page, figure, "PNG", tmp_path)) as picture:
        assert picture.width == 2 * int(float(root.get("width", 0)))
        assert picture.convert("RGB").getpixel((2, 2)) == (17, 21, 27)  # the dark theme's background
        assert len(picture.convert("RGB").getcolors(10**6) or []) > 20


@pytest.mark.parametrize("page_id", [page.id for page in PAGES])
def test_a_printed_page_runs_off_nowhere(visit: Visit, page_id: str) -> None:
    page = visit("/" if page_id == "home" else f"/{page_id}", viewport=A4)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= A4["width"] + 2
    tall, last = page.evaluate(
        """() => [
            document.documentElement.scrollHeight,
            document.querySelector("footer.lesson").getBoundingClientRect().bottom + scrollY,
        ]"""  # measured at once, because figures are redrawn for paper
    )
    assert last <= tall + 1  # no content is left in an inner scroller
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    pdf = page.pdf(format="A4")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type/Page") > 1
    page.set_viewport_size(PHONE)
