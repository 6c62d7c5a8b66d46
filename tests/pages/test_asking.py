"""How a page waits for the engine: the reader is told why in the same run, and never waits endlessly."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.ui.shared import asking
from resnet_edu.ui.url import links

PLACES = [
    "In line: 2 before you. The answer appears here by itself.",
    "In line: 1 before you. The answer appears here by itself.",
    "The net is at work.",
]


@dataclass
class Line:
    """An engine and its only ticket: each wait of the page serves one of those ahead of it."""

    before: int
    submitted: int = 0

    def submit(self, task: Any, session: str) -> "Line":
        self.submitted += 1
        return self

    @property
    def place(self) -> int:
        return max(0, self.before)

    progress = 0.0

    def stop(self) -> None:
        """It is no longer wanted."""

    def wait(self, seconds: float) -> bool:
        self.before -= seconds > 0
        return self.before < 0

    def result(self) -> str:
        return "the answer"


def page() -> None:
    import streamlit as st

    from resnet_edu.ui.shared.asking import ask
    from tests.pages.test_asking import Question

    st.markdown(f"found {ask(Question(), 'panel', st.session_state['title'])}")


class Question:
    """A task that is never computed."""

    key = "question"


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[AppTest, list[str]]]:
    """Return a function that runs a page waiting in such a queue, and returns it with what its reader was told."""

    def look(line: Line, title: str = "") -> tuple[AppTest, list[str]]:
        told: list[str] = []
        state = asking._state

        def noted(ticket: Any) -> str:
            told.append(state(ticket))
            return told[-1]

        monkeypatch.setattr(asking, "engine", lambda: line)
        monkeypatch.setattr(asking, "_state", noted)
        at = AppTest.from_function(page)
        at.session_state["title"] = title
        return at.run(), told

    return look


Look = Callable[..., tuple[AppTest, list[str]]]


def test_an_answer_that_comes_at_once_needs_no_word(look: Look) -> None:
    at, told = look(Line(0))
    assert at.markdown[0].value == "found the answer"
    assert told == []


def test_who_waits_is_told_the_place_and_answered_in_the_same_run(look: Look) -> None:
    line = Line(3)
    at, told = look(line)
    assert at.markdown[0].value == "found the answer"
    assert told == PLACES
    assert not at.info  # the notice goes away when the answer arrives
    assert line.submitted == 1


def test_a_page_does_not_wait_for_ever(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "RUN_SECONDS", 0.0)
    line = Line(9)
    at, told = look(line)
    assert at.markdown[0].value == "found None"  # the rest of the page is there
    assert [each.value for each in at.info] == told[-1:]  # and the notice stays
    line.before = 0
    at.run()
    assert at.markdown[0].value == "found the answer"
    assert not at.info
    assert line.submitted == 1


def test_a_page_goes_on_beside_what_takes_long_and_can_be_stopped(look: Look) -> None:
    line = Line(9)
    at, told = look(line, title="Occlusion")
    assert at.markdown[0].value == "found None"
    assert len(told) == 1
    assert [each.label for each in at.button] == ["Stop"]
    at.button[0].click().run()
    assert [each.label for each in at.button] == ["Compute it"]
    at.session_state[links.HELD] = {"depth": "56"}  # of which a browser on a slow line doesn't know yet
    at.button[0].click().run()
    assert [each.label for each in at.button] == ["Stop"]
    assert at.query_params["depth"] == "56"
