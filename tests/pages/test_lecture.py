"""Lecture mode on the server's side: what the URL says."""

import pytest

from resnet_edu.ui.shell.lecture import CHOICE

from .conftest import Open


def is_a_lecture(at) -> bool:
    return any("--larger" in element.proto.body for element in at.get("html"))


@pytest.mark.parametrize(
    ("asked", "lecture"),
    [({}, False), ({"lecture": "1"}, True), ({"lecture": "0"}, False), ({"lecture": "<b>"}, False)],
)
def test_the_url_says_whether_it_is_a_lecture(open_page: Open, asked: dict[str, str], lecture: bool) -> None:
    at = open_page("home", **asked)
    assert is_a_lecture(at) is lecture
    assert at.session_state[CHOICE] is lecture
