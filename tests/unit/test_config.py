"""The environment variables are named in one place and documented in one place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from resnet_edu import config
from resnet_edu.paths import PROJECT

OURS = re.compile(r"RESNET_EDU_\w+")


def elsewhere() -> Iterator[Path]:
    yield PROJECT / "app.py"
    for folder in ("pages", "resnet_edu", "deploy"):
        yield from (PROJECT / folder).rglob("*.py")


def names(path: Path) -> set[str]:
    """Return every string in a file that could be the name of one of our variables."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if OURS.fullmatch(text)}


def test_only_config_names_our_variables() -> None:
    own = PROJECT / "resnet_edu" / "config.py"
    others = {path: names(path) for path in elsewhere() if path != own and "tests" not in path.parts}
    assert names(own) == {each.name for each in config.VARIABLES}
    assert {path for path, found in others.items() if found} == set()


def test_the_readme_lists_them_as_config_does() -> None:
    assert config.table() in (PROJECT / "README.md").read_text(encoding="utf-8"), (
        "README.md, Settings: put in what config.table() returns"
    )


@pytest.mark.parametrize("document", ["README.md", "deploy/README.md", "deploy/operations.md"])
def test_documents_name_no_other_variable(document: str) -> None:
    told = set(OURS.findall((PROJECT / document).read_text(encoding="utf-8")))
    of_compose = set(OURS.findall((PROJECT / "deploy" / "docker-compose.yml").read_text(encoding="utf-8")))
    assert told
    assert told <= {each.name for each in config.VARIABLES} | of_compose


def test_a_value_is_read_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(config.RACES.name, "2")
    assert config.RACES.read() == "2"
    monkeypatch.delenv(config.RACES.name)
    assert config.RACES.read() is None
