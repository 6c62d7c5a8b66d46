"""A page goes on working in a browser that translates it, and so replaces texts under the script that drew them."""

from pathlib import Path

from playwright.sync_api import expect

from .accessible import settled
from .conftest import Visit

TRANSLATE = Path(__file__).with_name("translator.js").read_text(encoding="utf-8")


def test_a_translated_page_can_be_worked_with(visit: Visit) -> None:
    page = visit("/inference?view=attributions&net=cifar10-residual-20&methods=saliency&check=False&sample=cat")
    settled(page)
    page.evaluate(TRANSLATE)
    expect(page.locator("h1 font font").first).to_be_attached()
    page.locator(".st-key-gallery").get_by_role("radio").nth(2).click()
    page.wait_for_url("**sample=*")
    settled(page)
    page.get_by_test_id("stCheckbox").filter(has_text="forget").click()  # progress, then a figure
    page.wait_for_url("**check=True*")
    expect(page.locator(".st-key-randomisation canvas").first).to_be_visible(timeout=90_000)
    page.get_by_role("radio", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("radio", name="你的图片").click()
    expect(page.locator(".st-key-upload button").first).to_be_visible()
    settled(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("NotFoundError")).to_have_count(0)
