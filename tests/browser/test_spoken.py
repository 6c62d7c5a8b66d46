"""What screen readers announce after a change: one sentence, once, with its numbers."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from .accessible import NEXT_FRAMES, settled
from .conftest import Visit

LISTEN = Path(__file__).with_name("live_regions.js").read_text(encoding="utf-8")
WAITING = re.compile(r"In line: \d+ before you\.|The net is at work\.")  # only on a busy machine


def heard(page: Page) -> list[str]:
    """Return what has been announced since the last call, except places in the queue."""
    settled(page)
    page.wait_for_function("() => window.isSilent()")
    page.evaluate(NEXT_FRAMES)
    said: list[str] = page.evaluate("() => window.said.splice(0)")
    return [each for each in said if not WAITING.match(each)]


def test_a_chosen_picture_is_answered_in_one_sentence(visit: Visit) -> None:
    page = visit("/inference?net=cifar10-residual-20&sample=dog&view=knockout")
    settled(page)
    page.evaluate(LISTEN)
    page.get_by_role("radio", name=re.compile("cat", re.I)).click()
    expect(page.locator(".st-key-bars li").first).to_contain_text("cat")
    page.wait_for_function("() => window.said.some((each) => each.startsWith('ResNet-20'))")
    said = heard(page)
    assert len(said) == 1, said
    assert re.fullmatch(r"ResNet-20: cat, \d+\.\d+%\.", said[0])

    page.locator(".st-key-switches").get_by_role("button").first.click()
    page.wait_for_url("**off=*")
    for net in ("ResNet-20", "Plain-20"):
        page.wait_for_function(f"() => window.said.some((each) => each.startsWith('{net}'))")
    said = heard(page)
    assert len(said) == len(set(said)) == 3, said  # how many are off, and what each net says without them
    assert any(re.fullmatch(r"Plain-20: \w+, \d+\.\d+%\.", each) for each in said)


def test_a_preset_says_its_numbers_and_a_slider_speaks_for_itself(visit: Visit) -> None:
    page = visit("/gradients?preset=textbook")
    settled(page)
    page.evaluate(LISTEN)
    page.get_by_role("radio", name="The paper's setting").click()
    page.wait_for_url("**preset=paper*")
    said = heard(page)
    assert len(said) == 1, said
    assert re.match(r"Weight gradient, first ÷ last: Plain net .+, Residual net .+\.$", said[0])
    page.locator(".st-key-gradients").get_by_role("slider").press("ArrowRight")
    page.wait_for_url("**depth=*")
    assert heard(page) == []

    page.get_by_role("link", name="Block", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What is a residual block?")
    heard(page)
    page.get_by_role("radio", name="Bottleneck").click()
    page.wait_for_url("**block=bottleneck*")
    said = heard(page)
    assert len(said) == 1, said
    assert re.search(r"Bottleneck.*[\d,]+ parameters, [\d,]+ multiply-adds", said[0])

    page.get_by_role("link", name="Parameters", exact=True).click()
    verdict = page.locator(".verdict b")
    expect(verdict).to_have_text("16.9×")
    heard(page)
    slider = page.locator(".st-key-bottleneck").get_by_role("slider").first
    before = page.url
    slider.press("ArrowRight")
    page.wait_for_url(lambda url: url != before)
    said = heard(page)
    assert len(said) == 1
    assert said[0].startswith(verdict.inner_text())
    assert verdict.inner_text() not in (slider.get_attribute("aria-valuetext") or "")


def test_what_is_chosen_and_how_much_stays_visible_in_forced_colours(visit: Visit) -> None:
    page = visit("/inference?net=cifar10-residual-20&sample=cat", forced_colors="active")
    settled(page)
    outline = "element => getComputedStyle(element).outlineStyle + getComputedStyle(element).outlineWidth"
    for group in (".st-key-gallery", "[data-testid=stButtonGroup]"):
        chosen = page.locator(f"{group} [aria-checked=true]").first
        other = page.locator(f"{group} [aria-checked=false]").first
        assert chosen.evaluate(outline) != other.evaluate(outline)
    ground = "element => getComputedStyle(element).backgroundColor"
    bar = page.locator(".st-key-bars .bar").first
    assert bar.evaluate(ground) != page.locator(".st-key-bars .track").first.evaluate(ground)
    scale = page.locator("section .legend .bar").first
    assert "gradient" in scale.evaluate("element => getComputedStyle(element).backgroundImage")
