"""On a slow connection, where the server's answers are older than the reader's clicks, the clicks win."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from resnet_edu.vision.samples import FOLDER

from .accessible import violations
from .conftest import Visit
from .held_answers import HeldAnswers

WORK = "No answer yet: the server is busy, or the connection is slow or lost. The page will update automatically."
OFFLINE = "This device is offline. The page will update as soon as an answer arrives."
ONLINE = "is => Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => is })"


def radio(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name, exact=True).first


def test_the_last_click_counts_on_each_control(visit: Visit) -> None:
    page = visit("/gradients")
    names = ("The paper's setting", "Activation gradient", "Textbook", "Activation scale")
    HeldAnswers(page).click(*(radio(page, name) for name in names))
    for name in names[2:]:
        expect(radio(page, name)).to_be_checked()
    page.wait_for_url("**preset=textbook*")
    page.wait_for_url("**quantity=output_std*")
    expect(page.locator(".axis").first).to_contain_text("standard deviation")


def test_a_class_that_nobody_chose_stays_out_of_the_url(visit: Visit) -> None:
    page = visit("/inference?view=attributions&net=cifar10-residual-20&methods=saliency&check=False")
    line = HeldAnswers(page)
    page.locator(".st-key-attributions section[data-maps='1']").first.wait_for()
    names = ("Silhouette of a horse", "A cup of coffee", "A rocket takes off", "all maps")
    line.click(*(radio(page, name) for name in names))
    page.wait_for_url("**range=shared*")
    assert "sample=rocket" in page.url
    assert "class=" not in page.url


def test_a_refusal_goes_when_the_next_picture_is_sent(visit: Visit, tmp_path: Path) -> None:
    page = visit("/inference?source=upload")
    line = HeldAnswers(page)
    bad, refusal = tmp_path / "bad.jpg", page.get_by_role("alert").get_by_text("This is not a picture")
    bad.write_bytes(b"not a picture")
    for picture, refused in ((bad, 1), (bad, 1), (FOLDER / "coffee.jpg", 0)):
        with line.silent():
            page.locator("input[type=file]").set_input_files(picture)
            expect(page.locator(".st-key-upload [role=status]")).to_have_text("Sending the picture …")
            expect(refusal).not_to_be_visible()
        expect(refusal.locator("visible=true")).to_have_count(refused)


def test_whoever_waits_for_an_answer_is_told_although_nothing_arrives(visit: Visit) -> None:
    page = visit("/gradients")
    waiting = page.locator(".waiting")
    line = HeldAnswers(page)
    expect(waiting).to_be_hidden()
    with line.silent():
        radio(page, "Activation gradient").click()
        expect(waiting).to_have_text(WORK)
        expect(waiting).to_be_visible()
        assert violations(page) == []
        page.evaluate(ONLINE, False)
        expect(waiting).to_have_text(OFFLINE)
        page.evaluate(ONLINE, True)
        expect(waiting).to_have_text(WORK)
    expect(waiting).to_be_hidden()
    expect(page.locator(".axis").first).to_contain_text("gradient")

    with line.silent():
        radio(page, "Activation scale").click()
        line.give_beginning()
        radio(page, "The paper's setting").click()
        line.give_rest()  # to the first click
        expect(waiting).to_be_visible()
    page.wait_for_url("**preset=paper*")
    expect(waiting).to_be_hidden()


def test_whoever_waits_for_the_page_itself_is_told_before_anything_is_drawn(visit: Visit) -> None:
    page = visit("/gradients?lang=zh")
    waiting = page.locator(".waiting")
    line = HeldAnswers(page)
    with line.silent():
        page.reload()
        expect(waiting).to_have_text("正在打开页面……")
        expect(waiting).to_be_visible()
        expect(page.get_by_test_id("stApp")).to_be_attached(timeout=90_000)
        expect(page.locator("footer.lesson")).to_have_count(0)
    expect(page.locator("footer.lesson")).to_be_visible()
    expect(waiting).to_be_hidden()
    with line.silent():
        line.break_off()
        expect(waiting).to_have_text("已重新连接，服务器正在更新本页。")
        expect(waiting).to_be_visible()
    expect(waiting).to_be_hidden()
    logged = [each for each in visit.faults if each.startswith("console: ")]  # what Streamlit could not send meanwhile
    assert logged == visit.faults
    visit.faults.clear()
