"""How the loader joins a component's modules into the one script that Streamlit takes."""

import re
from collections import Counter
from pathlib import Path

import pytest

from resnet_edu.ui.components import UI, script

SCRIPTS = sorted(path for path in UI.glob("*/*.js") if "export default" in path.read_text(encoding="utf-8"))
DEFINED = re.compile(r"^(?:async )?(?:const|let|class|function) (\w+)", re.MULTILINE)


def name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_nothing_is_left_to_import(path: Path) -> None:
    assert not re.search(r"^import\b", script(path), re.MULTILINE)


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_one_scope_defines_a_name_once(path: Path) -> None:
    assert [each for each, times in Counter(DEFINED.findall(script(path))).items() if times > 1] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_only_the_component_itself_is_exported(path: Path) -> None:
    assert re.findall(r"^export (\w+)", script(path), re.MULTILINE) == ["default"]


def test_what_is_imported_comes_first_and_once(tmp_path: Path) -> None:
    (tmp_path / "base.js").write_text("export const base = 1;\n")
    (tmp_path / "middle.js").write_text('import { base } from "./base.js";\nexport const middle = base;\n')
    imports = 'import { base } from "./base.js";\nimport {\n  middle,\n} from "./middle.js";\n'
    (tmp_path / "top.js").write_text(f"{imports}export default () => base + middle;\n")
    assert script(tmp_path / "top.js") == (
        "const base = 1;\n\nconst middle = base;\n\nexport default () => base + middle;\n"
    )
