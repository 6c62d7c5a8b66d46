"""The lecture on paper: what the lecturer gets, what the class gets, and what nobody may see before the lecture."""

import asyncio
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.requests import Request

from resnet_edu.lecture.plan import NAMES, load_plan
from resnet_edu.ui.serving import lesson
from resnet_edu.ui.text.language import LANGUAGES, translated


def sheet(**asked: str) -> str:
    headers = [(b"host", b"hall.example")]
    query = urlencode(asked).encode()
    scope = {"type": "http", "scheme": "http", "path": "/lesson.html", "query_string": query, "headers": headers}
    answer = asyncio.run(lesson.page(Request(scope)))
    return bytes(answer.body).decode().replace("&#x27;", "'").replace("&amp;", "&")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_the_plan_has_every_stop_with_what_to_do_and_say(name: str, language: str) -> None:
    text = sheet(plan=name, lang=language, part="plan")
    assert f'<html lang="{LANGUAGES[language].html}">' in text
    for stop in load_plan(name).stops:
        for words in (stop.title, stop.do, stop.seen, stop.note):
            assert translated(words, language) in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_worksheet_asks_says_what_to_open_and_gives_no_answer_away(language: str) -> None:
    plan = load_plan()
    text = sheet(lang=language, part="worksheet")
    opened = [urlsplit(link) for link in re.findall(r"href='([^']+)'", text)]
    asking = [stop for stop in plan.stops if stop.question]
    assert len(opened) == len(asking) == text.count("<svg")
    for stop, link in zip(asking, opened, strict=True):
        query = {name: values[0] for name, values in parse_qs(link.query).items()}
        assert (link.netloc, link.path) == ("hall.example", f"/{stop.page}")
        assert {**query, **stop.setting} == query
        assert query["stop"] == stop.id
        assert query["worksheet"] == "True"
        assert query["lang"] == language
        assert translated(stop.question.text, language) in text
        assert translated(stop.note, language) not in text
        assert translated(stop.seen, language) not in text
    assert "✓" not in text


def test_the_answers_are_a_section_of_their_own() -> None:
    text = sheet(part="answers")
    right = [
        answer.text for question in load_plan().questions for answer in question.answers if answer.id == question.right
    ]
    assert all(each in text for each in right)
    assert re.findall(r"<section class='(\w+)'", sheet()) == ["plan", "worksheet", "answers"]


def test_an_impossible_part_plan_or_language_becomes_the_default() -> None:
    assert sheet(part="<b>", plan="<b>", lang="<b>") == sheet()
