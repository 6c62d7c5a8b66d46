"""Text from outside, in URLs, file names and class names, never reaches markup or a path."""

import json
import sys
from pathlib import Path

import pytest
from streamlit.runtime.state import QueryParamsProxy
from streamlit.testing.v1 import AppTest

from resnet_edu.paths import WEIGHTS
from resnet_edu.ui.inference.views import VIEWS
from resnet_edu.ui.shared.pictures import SOURCES
from resnet_edu.ui.shell.navigation import PAGES
from resnet_edu.ui.url import links
from resnet_edu.vision.catalogue import Source, catalogue
from resnet_edu.vision.samples import DEFAULT_SAMPLE, SAMPLES

from .conftest import Open, give_picture

TEN_CLASSES = "cifar10-residual-20"
HOSTILE = "../../<script>hacked()</script>![](//hacked.invalid)"
TRACES = ("<script>hacked", "](//hacked", "../<")
PLACES = [
    *((page.id, {}) for page in PAGES),
    *(("inference", {"view": view}) for view in VIEWS),
    *(("inference", {"source": source}) for source in SOURCES),
]

opened: list[str] | None = None


def _listen(event: str, args: tuple[object, ...]) -> None:
    if opened is not None and event in ("open", "os.listdir", "os.scandir", "glob.glob"):
        opened.append(str(args[0]))


sys.addaudithook(_listen)


@pytest.fixture
def paths(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of every path that is opened or listed during the test."""
    found: list[str] = []
    monkeypatch.setattr(sys.modules[__name__], "opened", found)
    return found


def everything(at: AppTest) -> str:
    """Return everything the page sends to the browser, including the components' data."""
    return "\n".join(str(element.proto) for element in at._tree if getattr(element, "proto", None) is not None)


def clean(at: AppTest, paths: list[str]) -> None:
    assert not at.exception
    assert "<h1>" in everything(at)
    assert [trace for trace in TRACES if trace in everything(at)] == []
    assert [path for path in paths if "hacked" in path] == []


@pytest.mark.parametrize(("page", "kept"), PLACES, ids=str)
def test_no_parameter_of_an_address_reaches_markup_or_a_path(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, paths: list[str], page: str, kept: dict[str, str]
) -> None:
    """Every parameter that the page looks up has this value."""
    asked: set[str] = set()

    def hostile(self: object, name: str, default: object = None) -> str:
        asked.add(name)
        return kept.get(name, HOSTILE)

    answers = type("Answers", (dict,), {"get": hostile, "__getitem__": hostile, "__contains__": lambda *_: True})
    monkeypatch.setattr(QueryParamsProxy, "__getitem__", hostile)
    monkeypatch.setattr(QueryParamsProxy, "to_dict", lambda self: answers())
    hold = links._hold
    monkeypatch.setattr(links, "_hold", lambda held: hold(answers(held)))
    clean(open_page(page, **{"<script>hacked": HOSTILE}), paths)
    assert {"lang", *kept} <= asked
    assert len(asked) > 1 or page == "home"


def test_the_search_for_traces_can_find_some(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resnet_edu.ui.shell.frame.escape", lambda text: HOSTILE)
    with pytest.raises(AssertionError):
        clean(open_page("home"), [])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("view", VIEWS)
def test_no_name_in_the_operators_folder_reaches_markup(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: list[str], view: str, language: str
) -> None:
    name = HOSTILE.replace("/", "⁄").replace("⁄⁄hacked", "hacked")
    card = json.loads((WEIGHTS / f"{TEN_CLASSES}.json").read_text())
    (tmp_path / f"{name}.safetensors").write_bytes((WEIGHTS / f"{TEN_CLASSES}.safetensors").read_bytes())
    (tmp_path / f"{name}.json").write_text(json.dumps(card | {"classes": [HOSTILE] * 10, "data": HOSTILE}))
    (tmp_path / f"refused {name}.pth").write_bytes(b"nothing")
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    (net,) = (each.id for each in catalogue().nets.values() if each.source is Source.OPERATOR)
    paths.clear()  # the folder's own files have been opened by name
    at = open_page("inference", net=net, view=view, lang=language)
    assert at.selectbox(key="net").value == net
    assert any(".pth" in text.value for text in at.text)
    assert "script_hacked" in everything(at)
    assert str(tmp_path) not in everything(at)
    clean(at, [])


def test_the_name_of_an_upload_reaches_neither_markup_nor_a_path(open_page: Open, paths: list[str]) -> None:
    content = next(sample.path for sample in SAMPLES if sample.id != DEFAULT_SAMPLE).read_bytes()
    at = open_page("inference", source="upload")
    give_picture(at, f"{HOSTILE}.png", content)
    assert any("JPEG" in info.value for info in at.info), "the name was looked at"
    clean(at, paths)
