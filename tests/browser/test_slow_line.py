"""With a slow line the server's answers are older than the reader's clicks; the clicks count."""

from playwright.sync_api import Page, expect

from tests.support.slow_line import slow_line

from .conftest import Visit

SECONDS = 0.5
"""Each way."""
BETWEEN_CLICKS = 400
"""In milliseconds: the answer to a click comes after the next two."""


def choose(page: Page, *names: str) -> None:
    """Click on radio buttons, one after the other, without waiting for what they do."""
    for name in names:
        page.get_by_role("radio", name=name, exact=True).first.click()
        page.wait_for_timeout(BETWEEN_CLICKS)


def wait_until_settled(page: Page) -> None:
    """Until nothing has been sent or received for longer than a click takes there and back."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(4000 * SECONDS)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def test_the_last_click_counts_on_each_control(visit: Visit, address: str) -> None:
    with slow_line(address) as line:
        page = visit("/gradients", line.address)
        line.seconds = SECONDS
        choose(
            page,
            "The paper's setting",
            "Activation gradient",
            "Sigmoid",
            "Activation scale",
        )
        wait_until_settled(page)
        line.seconds = 0
        for name in ("Sigmoid", "Activation scale"):
            expect(page.get_by_role("radio", name=name, exact=True).first).to_be_checked()
        assert "preset=sigmoid" in page.url
        assert "quantity=output_std" in page.url
        expect(page.locator(".axis").first).to_contain_text("standard deviation")
        page.close()
