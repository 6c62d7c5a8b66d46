"""How the loader joins a component's modules into the single script that Streamlit takes."""

import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from resnet_edu.ui.components import UI, as_text, component, script

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


def test_no_number_that_json_has_no_word_for_reaches_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    renderer = lambda **options: sent.append(options["data"])  # noqa: E731  # in place of Streamlit's
    monkeypatch.setattr(st.components.v2, "component", lambda *_, **__: renderer)
    data = {"rows": [1.5, math.nan, (math.inf, {"deep": -math.inf})], "text": "NaN", "none": None, "yes": True}
    component.__wrapped__("shared/gallery")(key="k", data=data)
    expected = {"rows": [1.5, None, [None, {"deep": None}]], "text": "NaN", "none": None, "yes": True}
    assert sent == [expected]
    assert json.loads(as_text(data)) == expected


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_browsers_translator_leaves_figures_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}
    monkeypatch.setattr(st.components.v2, "component", lambda *_, **parts: made.update(parts))
    component.__wrapped__(str(path.relative_to(UI).with_suffix("")))
    html = made["html"] or ""
    assert '<section translate="no"' in html or "<section" not in html
