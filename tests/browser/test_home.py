"""The home page: the animated block and the cards."""

from playwright.sync_api import Page, expect

from resnet_edu.lecture.plan import load_plan

from .conftest import Visit


def drawings(page: Page) -> list[str]:
    """Return the figure's markup in each of twenty frames."""
    return page.locator("svg[data-moving]").evaluate(
        """async svg => {
            const frame = () => new Promise(requestAnimationFrame);
            const seen = [svg.innerHTML];
            for (let i = 0; i < 20; i++) { await frame(); seen.push(svg.innerHTML); }
            return seen;
        }"""
    )


def test_the_block_moves_and_can_be_paused_by_keyboard(visit: Visit) -> None:
    page = visit("/")
    expect(page.locator("svg[data-moving=true] circle.signal").first).to_be_visible()
    assert len(set(drawings(page))) > 5
    button = page.get_by_role("button", name="Pause")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Play")).to_be_focused()
    assert len(set(drawings(page))) == 1


def test_the_block_stands_still_for_reduced_motion_until_asked(visit: Visit) -> None:
    page = visit("/", reduced_motion="reduce")
    expect(page.locator("svg[data-moving=false]")).to_have_attribute("data-paths", "8")  # the complete figure at once
    assert len(set(drawings(page))) == 1
    page.get_by_role("button", name="Play").click()
    expect(page.locator("svg[data-moving=true]")).to_have_attribute("data-paths", "0")


def test_the_paths_of_three_blocks_appear_one_by_one_and_the_last_sentence_counts_a_deep_nets(visit: Visit) -> None:
    page = visit("/")
    drawing = page.locator("svg[data-moving]")
    for paths in (1, 2, 8):
        expect(drawing).to_have_attribute("data-paths", str(paths))
    expect(page.locator(".told")).to_contain_text(f"{2**54:,}")
    shown = drawing.locator(".way").evaluate_all("ways => ways.map(way => way.getAttribute('d'))")
    assert len(set(shown)) == 2**3


def test_a_card_opens_its_page_at_the_prepared_setting_without_a_new_session(visit: Visit) -> None:
    page = visit("/")
    page.evaluate("window.sameDocument = true")
    number = 1 + [chapter.id for chapter in load_plan().chapters].index("sees")
    page.locator(f".st-key-card-{number}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What does a residual network see?")
    page.wait_for_url("**/inference?*sample=dog*")
    assert page.evaluate("window.sameDocument")
