"""A name refers to only one thing."""

import ast
import re
from collections.abc import Iterator

from resnet_edu.paths import PROJECT


def test_every_class_of_the_product_has_a_name_of_its_own() -> None:
    """This includes type aliases, so that a name in an import is unambiguous."""
    homes: dict[str, set[str]] = {}
    for folder in ("resnet_edu", "deploy"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            for name in type_names(ast.parse(path.read_text(encoding="utf-8"))):
                homes.setdefault(name, set()).add(str(path.relative_to(PROJECT)))
    assert len(homes) > 100
    assert {name: sorted(paths) for name, paths in homes.items() if len(paths) > 1} == {}


def type_names(module: ast.Module) -> Iterator[str]:
    """Yield the module's classes and type aliases, but not its type variables."""
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            yield node.name
    for statement in module.body:
        if isinstance(statement, ast.Assign) and "TypeVar(" not in ast.unparse(statement):
            yield from (name for each in statement.targets if re.fullmatch(r"[A-Z][a-z]\w*", name := ast.unparse(each)))
