"""On a slow connection, where the server's answers are older than the reader's clicks, the clicks win."""

from playwright.sync_api import Locator, Page, expect

from .conftest import Visit
from .held_answers import HeldAnswers


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


def test_whoever_waits_for_an_answer_is_told_although_nothing_arrives(visit: Visit) -> None:
    page = visit("/gradients")
    waiting = page.locator(".waiting")
    line = HeldAnswers(page)
    expect(waiting).to_be_hidden()
    with line.silent():
        radio(page, "Activation gradient").click()
        expect(waiting).to_have_text("The server is at work. The page follows by itself.")
        expect(waiting).to_be_visible()
    expect(waiting).to_be_hidden()
    expect(page.locator(".axis").first).to_contain_text("gradient")
