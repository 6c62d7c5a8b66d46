"""Properties of every page."""

import re
from html import unescape
from urllib.parse import parse_qs

import pytest

from resnet_edu.lecture.plan import load_plan
from resnet_edu.ui.shell.navigation import PAGES
from resnet_edu.ui.text.language import LANGUAGES, _translations

from .conftest import Open, corrected

PAGE_NAMES = [page.id for page in PAGES]


def html_of(at) -> str:
    return unescape(" ".join(element.proto.body for element in at.get("html")))


ENGLISH_PROSE = re.compile(r"(?:[A-Za-z]{2,} ){2,}[A-Za-z]{2,}")


def texts_of(at) -> str:
    """Return a page's text without citations, names and formulas."""
    texts = [html_of(at), *(element.value for kind in (at.markdown, at.caption, at.info) for element in kind)]
    texts += [widget.label for kind in (at.selectbox, at.button_group, at.expander) for widget in kind]
    prose = re.sub(r"<style.*?</style>|<[^>]+>|https?:\S+|\$[^$]*\$|`[^`]*`", " ", " ".join(texts), flags=re.S)
    names = r"Stefan van der Walt|Delving deep into rectifiers|[A-Z][a-z]+ and [A-Z][a-z]+|[A-Z][a-z]+ et al"
    return re.sub(rf"{names}|Choose a file.*", "", prose)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGE_NAMES)
def test_a_page_runs_and_has_one_first_level_heading(open_page: Open, name: str, language: str) -> None:
    at = open_page(name, lang=language)
    assert len(re.findall(r"<h1>", html_of(at))) == 1
    assert not at.error


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_a_chinese_page_has_no_english_sentence(open_page: Open, name: str) -> None:
    """Three English words in a row count as a sentence, unless they are a citation, a name or code."""
    assert ENGLISH_PROSE.findall(texts_of(open_page(name, lang="zh"))) == []


@pytest.mark.parametrize(
    ("locale", "heading"), [("zh-CN", "为什么"), ("zh-TW", "为什么"), ("de-DE", "Why can"), ("", "Why can")]
)
def test_the_browsers_locale_chooses_the_language(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, locale: str, heading: str
) -> None:
    monkeypatch.setattr("resnet_edu.ui.text.language.st.context", type("Context", (), {"locale": locale}))
    assert heading in html_of(open_page("home"))


def test_an_unknown_language_in_the_url_falls_back(open_page: Open) -> None:
    at = open_page("home", lang="<script>")
    assert "Why can" in html_of(at)
    assert "Language" in corrected(at)


def test_the_language_stays_from_page_to_page(open_page: Open) -> None:
    at = open_page("home", lang="zh")
    at.switch_page("pages/inference.py").run()
    assert "残差网络看到了什么" in html_of(at)
    assert at.query_params["lang"] == "zh"


def test_switching_the_language_puts_it_into_the_url(open_page: Open) -> None:
    at = open_page("home")
    at.button_group(key="lang").set_value("zh").run()
    assert at.query_params["lang"] == "zh"
    assert "故事共 9 章" in html_of(at)


def test_the_story_has_a_card_for_each_chapter_of_the_lecture_that_leads_to_its_first_stop(open_page: Open) -> None:
    at, plan = open_page("home"), load_plan()
    for chapter in plan.chapters:
        assert chapter.title in html_of(at)
    firsts = [next(stop.id for stop in plan.stops if stop.chapter == chapter) for chapter in plan.chapters]
    assert [stop_of(link) for link in at.get("page_link")] == firsts


def stop_of(link) -> str:
    return parse_qs(link.proto.query_string)["stop"][0]


def test_translations_fall_back_to_the_source() -> None:
    assert _translations("zh").gettext("no such message") == "no such message"
