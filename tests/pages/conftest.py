"""Pages run in Streamlit's own test harness, through app.py as a visitor would reach them."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.paths import PROJECT

Open = Callable[..., AppTest]


def control(elements: Iterable[Any], name: str) -> Any:
    """The control of that name, however often it has been replaced."""
    (found,) = [each for each in elements if re.fullmatch(rf"{name}( \d+)?", each.key or "")]
    return found


@pytest.fixture
def open_page() -> Open:
    def open_page(page: str, **parameters: str) -> AppTest:
        at = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
        for name, value in parameters.items():
            at.query_params[name] = value
        at.run()
        if page != "home":
            at.switch_page(f"pages/{page}.py").run()
        assert not at.exception
        return at

    return open_page
