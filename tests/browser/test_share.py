"""Links that a teacher creates lead to what they promise."""

from playwright.sync_api import Page, expect

from .accessible import violations
from .conftest import Visit


def shared(page: Page, *without: str, question: int = 0) -> str:
    """Return the path of the link to the first figure, without the unticked parts."""
    page.get_by_role("button", name="Share", exact=True).click()
    for name in without:
        page.locator(f"[name={name}]").uncheck()
    if question:
        page.locator(".exercise select").select_option(index=question)
    expect(page.locator(".st-key-share img")).to_have_js_property("complete", True)
    assert page.locator(".st-key-share img").evaluate("image => image.naturalWidth") > 0
    link = page.locator(".link textarea").input_value()
    return link[link.index("/", len("http://")) :]


def test_a_link_has_the_exact_setting_and_can_leave_the_rest_away(visit: Visit) -> None:
    page = visit("/gradients?preset=paper&depth=56")
    path = shared(page, "rest")
    assert violations(page) == []
    frame = page.locator(".frame textarea").input_value()
    assert "only=gradients" in frame
    assert "depth=56" in frame
    alone = visit.open(path, viewport={"width": 900, "height": 560})
    curves = alone.locator(".st-key-gradients .curves[data-position='56']")
    expect(curves).to_be_visible()
    expect(alone.get_by_role("radio", name="The paper's setting")).to_be_visible()
    for gone in ("header.lesson", "footer.lesson", ".st-key-section-shattering", ".st-key-share", ".st-key-lecture"):
        expect(alone.locator(gone).first).to_be_hidden()
    expect(alone.get_by_test_id("stHeader")).to_be_hidden()
    expect(alone.locator(".st-key-hall .alone")).to_be_hidden()


def test_controls_and_texts_can_be_left_away_and_the_figure_stays(visit: Visit) -> None:
    path = shared(visit("/gradients?preset=paper&depth=56"), "controls", "texts")
    assert "hide=controls%2Ctexts" in path
    page = visit(path)
    expect(page.locator(".st-key-gradients .curves[data-position='56']")).to_be_visible()
    expect(page.get_by_role("radio", name="The paper's setting")).to_be_hidden()
    expect(page.locator("header.lesson h1")).to_be_visible()
    expect(page.locator(".stMainBlockContainer [data-testid=stMarkdown]").first).to_be_hidden()


def test_an_exercise_asks_and_shows_no_solution(visit: Visit) -> None:
    path = shared(visit("/depth?nets=both"), question=1)
    page = visit.open(path)
    card = page.locator(".cards .card")
    expect(card).to_have_count(1)
    card.locator(".answer").first.click()
    expect(card.locator(".standing")).to_contain_text("Your answer")
    expect(card.locator(".bars")).to_be_hidden()
    expect(card.get_by_text("The right answer")).to_have_count(0)
