"""A phone's sliders follow the finger, with touch events as a screen sends them."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import PHONE, Visit


def drag_by_touch(page: Page, slider: str, start: float, end: float, steps: int = 8) -> list[str]:
    """Drag a finger along the slider between two fractions of its width; return its output after each step."""
    track = page.locator(f"{slider} input[type=range]").first
    track.evaluate("element => element.scrollIntoView({ block: 'center' })")
    box = track.bounding_box()
    assert box
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, share: float | None = None) -> None:
        y = box["y"] + box["height"] / 2
        points = [] if share is None else [{"x": box["x"] + 1 + share * (box["width"] - 2), "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    output = page.locator(f"{slider} output").first
    touch("touchStart", start)
    shown = []
    for step in range(1, steps + 1):
        touch("touchMove", start + (end - start) * step / steps)
        shown.append(output.inner_text())
    touch("touchEnd")
    return shown


@pytest.mark.parametrize(
    ("path", "slider", "end", "ends"),
    [
        ("/gradients?depth=56", ".st-key-gradients .control", 1.0, ("depth", "110")),
        ("/depth?nets=both", ".st-key-training .control", 0.0, ("epoch", "0")),
    ],
)
def test_a_slider_follows_the_finger_and_tells_the_page_at_its_end(
    visit: Visit, path: str, slider: str, end: float, ends: tuple[str, str]
) -> None:
    page = visit(path, viewport=PHONE, has_touch=True, is_mobile=True)
    expect(page.locator(f"{slider} output").first).not_to_be_empty()
    shown = drag_by_touch(page, slider, 0.5, end)
    values = [int(value) for value in shown]
    assert values == sorted(values, reverse=end == 0.0)
    assert len(set(values)) >= 5
    page.wait_for_url(f"**{ends[0]}={ends[1]}*")
    expect(page.locator(f"{slider} output").first).to_have_text(ends[1])
