"""On a slow connection, where the server's answers are older than the reader's clicks, the clicks win."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.slow_line import SlowLine, slow_line

from .conftest import Visit

SECONDS = 0.5
"""Delay in each direction."""
BETWEEN_CLICKS = 400
"""In milliseconds; the answer to a click arrives after the next two clicks."""
AT_REST = """() => {
    const now = performance.now();
    if (document.querySelector("[data-testid=stApp]").dataset.testScriptState !== "notRunning") window.busy = now;
    window.busy ??= now;
    return now - window.busy > 4000;
}"""


@pytest.fixture
def line(address: str) -> Iterator[SlowLine]:
    with slow_line(address) as line:
        yield line


def click(page: Page, *targets: Locator) -> None:
    """Click the targets one after another without waiting for the effect, then wait until the page is at rest."""
    for target in targets:
        target.click()
        page.wait_for_timeout(BETWEEN_CLICKS)
    page.wait_for_function(AT_REST, polling=100, timeout=120_000)


def radio(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name, exact=True).first


def test_the_last_click_counts_on_each_control(visit: Visit, line: SlowLine) -> None:
    page = visit("/gradients", line.address)
    line.seconds = SECONDS
    names = ("The paper's setting", "Activation gradient", "Textbook", "Activation scale")
    click(page, *(radio(page, name) for name in names))
    line.seconds = 0
    for name in names[2:]:
        expect(radio(page, name)).to_be_checked()
    page.wait_for_url("**preset=textbook*")
    page.wait_for_url("**quantity=output_std*")
    expect(page.locator(".axis").first).to_contain_text("standard deviation")


def test_a_class_that_nobody_chose_stays_out_of_the_url(visit: Visit, line: SlowLine) -> None:
    page = visit("/inference?view=attributions&net=cifar10-residual-20&methods=saliency&check=False", line.address)
    page.locator(".st-key-attributions section[data-maps='1']").first.wait_for()
    line.seconds = SECONDS
    names = ("Silhouette of a horse", "A cup of coffee", "A rocket takes off", "all maps")
    click(page, *(radio(page, name) for name in names))
    line.seconds = 0
    page.wait_for_url("**range=shared*")
    assert "sample=rocket" in page.url
    assert "class=" not in page.url
