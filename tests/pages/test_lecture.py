"""Lecture mode on the server: what the URL means, and that every stop of the plan can be shown."""

import re
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.lecture.plan import LONG, NAMES, Stop, load_plan
from resnet_edu.paths import PROJECT
from resnet_edu.ui.shell.lecture import CHOICE
from resnet_edu.ui.shell.navigation import PAGES
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open, corrected

STOPS = load_plan(LONG).stops
SECTIONS = {lesson.id: lesson.sections for lesson in PAGES}


def body(at: AppTest) -> str:
    return unescape(" ".join(element.proto.body for element in at.get("html")))


def is_a_lecture(at: AppTest) -> bool:
    return ":root { --larger" in body(at)


@pytest.mark.parametrize(
    ("asked", "lecture"),
    [
        *(({}, False), ({"lecture": "1"}, True), ({"lecture": "0"}, False), ({"lecture": "<b>"}, False)),
        *(({"lecture": "True"}, True), ({"lecture": "false"}, False)),
    ],
)
def test_the_url_says_whether_it_is_a_lecture(open_page: Open, asked: dict[str, str], lecture: bool) -> None:
    at = open_page("home", **asked)
    assert is_a_lecture(at) is lecture
    assert at.session_state[CHOICE] is lecture


@pytest.mark.parametrize("name", NAMES)
def test_every_stop_has_its_section(name: str) -> None:
    for stop in load_plan(name).stops:
        assert stop.section in SECTIONS[stop.page], stop.id


def test_the_pages_have_the_sections_that_are_listed() -> None:
    for lesson in PAGES:
        source = (PROJECT / "pages" / f"{lesson.id}.py").read_text(encoding="utf-8")
        assert tuple(re.findall(r'(?:frame\.)?section\("([a-z-]+)"', source)) == lesson.sections


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.id)
def test_whatever_the_setting_of_a_stop_names_is_known_to_its_page(open_page: Open, stop: Stop) -> None:
    """No value has to be corrected, and nothing fails."""
    language = list(LANGUAGES)[STOPS.index(stop) % len(LANGUAGES)]
    at = open_page(stop.page, lecture="1", plan=LONG, stop=stop.id, lang=language, **stop.setting)
    assert not at.error or stop.id == "shapes"  # its addition is impossible on purpose
    assert not corrected(at)
    assert "<h1>" not in body(at) or stop.page == "home"  # the bar shows it
    for name, value in stop.setting.items():
        assert at.query_params[name] == value


def test_a_link_that_only_names_a_stop_has_its_plan_and_its_setting(open_page: Open) -> None:
    at = open_page("beyond", lecture="1", stop="probes")
    assert at.query_params["probe"] == "grid"
    assert 'class="question alone"' in body(at)
    at.button_group(key="probe").set_value("means").run()
    assert at.query_params["probe"] == "means", "the setting is prepared once"
    assert open_page("beyond", lecture="1", stop="probes", probe="means").query_params["probe"] == "means"


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.id)
def test_a_stop_asks_before_it_tells(open_page: Open, stop: Stop) -> None:
    at = open_page("home", lecture="1", plan=LONG, stop=stop.id)
    assert ('class="question' in body(at)) is (stop.question is not None)
    assert ('class="question alone"' in body(at)) is stop.covered
    assert "✓" not in body(at)


def test_the_right_answer_is_marked_when_the_figure_may_be_seen(open_page: Open) -> None:
    at = open_page("home", lecture="1", stop="paper", seen="True")
    assert re.findall(r'<li class="right">(.*?) <b>✓', body(at)) == ["It grows"]
    assert 'class="question alone"' not in body(at)


def test_a_stop_that_does_not_exist_shows_the_page(open_page: Open) -> None:
    at = open_page("home", lecture="1", stop="<b>")
    assert is_a_lecture(at)
    assert "<h1>" in body(at)
    assert 'class="question' not in body(at)


def test_the_speakers_window_shows_the_notes_and_no_page(open_page: Open) -> None:
    at = open_page("home", notes="1")
    (notes,) = at.get("bidi_component")
    assert STOPS[0].note in notes.proto.json
    assert not at.get("page_link")
