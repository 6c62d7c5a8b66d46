"""What only a browser shows of the Chinese pages: slanted characters, spaces, Streamlit's own names."""

import pytest
from playwright.sync_api import expect

from .accessible import settled
from .conftest import Visit
from .test_everywhere import PATHS

TEXTS = """() => {
  const found = [];
  const walk = (root) => {
    for (const each of root.childNodes) {
      if (each.nodeType === Node.TEXT_NODE && /\\p{Script=Han}/u.test(each.data)) {
        const parent = each.parentElement ?? each.parentNode.host;
        if (!parent.closest("script, style, code, pre") && parent.checkVisibility())
          found.push([each.data, getComputedStyle(parent).fontStyle]);
      }
      walk(each.shadowRoot ?? each);
      if (each.shadowRoot) walk(each);
    }
  };
  walk(document.body);
  return found;
}"""
NAMES = """() => [...document.querySelectorAll("[aria-label], [placeholder]")]
  .filter((each) => each.checkVisibility())
  .flatMap((each) => [each.getAttribute("aria-label"), each.getAttribute("placeholder")])
  .filter((name) => name && /^[A-Z][a-z]+ [a-z ]+$/.test(name))"""


@pytest.mark.parametrize("path", PATHS)
def test_no_chinese_character_is_slanted_and_no_name_is_english(visit: Visit, path: str) -> None:
    page = visit(path, locale="zh-CN", reduced_motion="reduce")
    settled(page)
    texts = page.evaluate(TEXTS)
    assert len(texts) > 20
    assert [text for text, style in texts if style != "normal"] == []
    assert page.evaluate(NAMES) == []


def test_what_a_table_s_button_does_is_told_in_chinese(visit: Visit) -> None:
    page = visit("/parameters?lang=zh")
    button = page.get_by_test_id("stElementToolbar").get_by_role("button", name="显示或隐藏列").first
    button.focus()
    expect(page.get_by_role("tooltip")).to_have_text("显示或隐藏列")


def test_names_change_with_the_language_both_ways(visit: Visit) -> None:
    page = visit("/?lang=zh")
    expect(page.get_by_test_id("stMainMenuButton").first).to_have_attribute("aria-label", "主菜单")
    page.get_by_test_id("stMainMenuButton").first.click()
    menu = page.get_by_test_id("stMainMenuPopover")
    for name in ("打印", "录制屏幕", "浅色", "深色", "跟随系统"):
        item = menu.get_by_role("menuitem", name=name, exact=True)
        expect(item.or_(menu.get_by_role("menuitemradio", name=name, exact=True))).to_be_attached()
    expect(menu).to_contain_text("由 Streamlit 制作，v1.")
    expect(menu).not_to_contain_text("Made with")
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    page.get_by_role("radio", name="English").click()
    expect(page.get_by_test_id("stMainMenuButton").first).to_have_attribute("aria-label", "Main menu")
