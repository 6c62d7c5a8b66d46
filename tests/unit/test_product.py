"""The app and its library work without ``tests`` and ``deploy``, which images and installations lack."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from resnet_edu.paths import PROJECT

OUTSIDE = re.compile(r"(tests|deploy)([./]\w|$)")


def product() -> list[Path]:
    return [PROJECT / "app.py", *(PROJECT / "pages").rglob("*.py"), *(PROJECT / "resnet_edu").rglob("*.py")]


def named(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, and every string that could be run or opened as one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_nothing_of_tests_or_deploy_is_imported_started_or_opened() -> None:
    found = {
        f"{path.relative_to(PROJECT)}: {each}" for path in product() for each in named(path) if OUTSIDE.match(each)
    }
    assert len(product()) > 50
    assert found == set()
