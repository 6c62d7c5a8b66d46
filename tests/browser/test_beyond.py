"""The page beyond in a browser."""

from playwright.sync_api import expect

from .conftest import Visit


def test_dragging_the_steps_paints_without_the_server_and_the_url_follows(visit: Visit) -> None:
    page = visit("/beyond?show=depth&steps=3")
    panel = page.locator(".st-key-flow")
    slider = panel.get_by_role("slider")
    expect(panel.locator("section")).to_have_attribute("data-steps", "3", timeout=60_000)
    expect(panel.locator(".flow circle.dot")).to_have_count(4)
    slider.press("End")
    expect(panel.locator(".flow circle.dot")).to_have_count(33)
    expect(panel.locator(".told")).to_contain_text("32 steps of size h = 0.094")
    page.wait_for_url("**steps=32*")
