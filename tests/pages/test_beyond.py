"""The page beyond: the timeline."""

import pytest

from resnet_edu.nets.milestones import milestones
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open
from .test_pages import html_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_timeline_shows_every_step_with_its_error(open_page: Open, language: str) -> None:
    shown = html_of(open_page("beyond", lang=language))
    for step in milestones():
        assert f"<h3>{step.year} · " in shown
        assert step.error is None or f"{step.error.percent}%" in shown
