"""The depth page in a browser: dragging paints every epoch, keyboard, play, the question."""

from playwright.sync_api import Page, expect

from .conftest import PHONE, Visit


def root(page: Page):
    return page.locator(".st-key-training section")


def test_dragging_paints_every_epoch_and_tells_the_server_on_release(visit: Visit) -> None:
    page = visit("/depth?nets=both")
    expect(root(page)).to_have_attribute("data-epoch", "40")
    slider = page.locator(".st-key-training").get_by_role("slider")
    painted = slider.evaluate(
        """input => {
            const section = input.closest("section");
            const seen = [];
            for (let epoch = 40; epoch >= 0; epoch -= 1) {
                input.value = epoch;
                input.dispatchEvent(new Event("input", { bubbles: true }));
                seen.push([section.dataset.epoch, section.querySelector("output").textContent,
                           section.querySelector("td b").textContent, section.dataset.probe]);
            }
            return seen;
        }"""
    )
    assert [int(epoch) for epoch, *_ in painted] == list(range(40, -1, -1))
    assert [shown for _, shown, *_ in painted] == [str(epoch) for epoch in range(40, -1, -1)]
    assert painted[-1][2] == "–"  # no error is recorded before the first epoch
    assert len({error for _, _, error, _ in painted}) > 20
    assert {probe for *_, probe in painted} == {str(epoch) for epoch in (0, 1, *range(4, 41, 4))}
    assert "epoch=" not in page.url
    slider.dispatch_event("change")
    page.wait_for_url("**epoch=0*")


def test_the_slider_works_by_keyboard_and_says_its_numbers(visit: Visit) -> None:
    page = visit("/depth?nets=both&epoch=12")
    expect(root(page)).to_have_attribute("data-epoch", "12")
    slider = page.locator(".st-key-training").get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(root(page)).to_have_attribute("data-epoch", "13")
    page.wait_for_url("**epoch=13*")
    expect(slider).to_be_focused()
    assert "Plain net, 20 layers" in (slider.get_attribute("aria-valuetext") or "")


def test_play_runs_to_the_last_epoch(visit: Visit) -> None:
    page = visit("/depth?nets=both&epoch=35")
    page.locator(".st-key-training").get_by_role("button", name="Play").click()
    expect(root(page)).to_have_attribute("data-epoch", "40")
    expect(page.locator(".st-key-training").get_by_role("button", name="Play")).to_be_visible()


def test_a_reader_answers_then_sees_what_the_records_say_and_what_earlier_readers_answered(visit: Visit) -> None:
    page = visit("/depth", viewport=PHONE)
    card = page.locator(".st-key-asked section")
    for answer in card.locator(".answer").all():
        box = answer.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    expect(root(page).locator("tbody tr")).to_have_count(1)
    card.get_by_role("button", name="Both the same").click()
    page.wait_for_url("**nets=plain*")
    expect(card.locator(".standing")).to_contain_text("The right answer: The one with 20 layers")
    expect(card.locator(".bar").nth(2)).to_have_attribute("data-count", "1")
    expect(page.get_by_text("Plain net: deeper is worse.")).to_be_visible()
    expect(root(page).locator("tbody tr").nth(1)).to_be_visible()


def test_who_asks_to_be_shown_has_given_no_answer(visit: Visit) -> None:
    page = visit("/depth")
    page.get_by_role("button", name="Show me").click()
    page.wait_for_url("**nets=plain*")
    expect(page.locator(".st-key-asked .answer").first).to_be_hidden()
    expect(page.locator(".st-key-asked .bars")).to_be_hidden()
