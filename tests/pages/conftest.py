"""Pages run in Streamlit's own test harness, through app.py as a visitor would reach them."""

import base64
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from resnet_edu.paths import PROJECT
from resnet_edu.ui.hall import hall
from resnet_edu.ui.shell import navigation

Open = Callable[..., AppTest]


def control(elements: Iterable[Any], name: str) -> Any:
    """Return the control of that name, however often it has been replaced."""
    (found,) = [each for each in elements if re.fullmatch(rf"{name}( \d+)?", each.key or "")]
    return found


@pytest.fixture(autouse=True)
def no_lecturer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness has no cookies, and its stand-in for one is not text."""
    monkeypatch.setattr(hall, "is_lecturer", lambda: False)


@pytest.fixture(autouse=True)
def through_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the harness takes the folder ``pages`` for Streamlit's own, and runs a page without app.py."""
    begin = PagesManager.__init__

    def take_over(self: PagesManager, *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        navigation.take_over()

    monkeypatch.setattr(PagesManager, "__init__", take_over)


def corrected(at: AppTest) -> str:
    """Return what the reader is told about values of the link that had to be corrected."""
    return " ".join(each.value for each in at.toast)


def give_picture(at: AppTest, name: str, content: bytes, given: object = ...) -> AppTest:
    """As the upload's script does, whatever the file is; or have it send ``given``."""
    if given is ...:
        given = {"name": name, "content": base64.b64encode(content).decode()}
    return trigger(at, "upload", "picture", given)


def trigger(at: AppTest, key: str, event: str, value: object) -> AppTest:
    """As a component's script does."""
    (component,) = [each.proto for each in at.get("bidi_component") if each.proto.id.endswith(f"-{key}")]
    states = at._tree.get_widget_states()
    told = json.dumps([{"event": event, "value": value}])
    states.widgets.add(id=_make_trigger_id(component.id, "events"), json_trigger_value=told)
    return at._run(states)


@pytest.fixture
def open_page() -> Open:
    def open_page(page: str, **parameters: str) -> AppTest:
        at = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
        for name, value in parameters.items():
            at.query_params[name] = value
        at.run()
        if page != "home":
            at.switch_page(f"pages/{page}.py")
            for name, value in parameters.items():
                at.query_params[name] = value  # home has corrected what it doesn't have
            at.run()
        assert not at.exception
        return at

    return open_page
