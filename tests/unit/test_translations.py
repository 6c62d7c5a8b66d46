"""Every source string has a translation, every translation a source, and their fields agree."""

import ast
import re
import shlex
import shutil
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from resnet_edu.lecture.plan import extract, load_plan
from resnet_edu.nets import named_classes
from resnet_edu.paths import ASSETS, PROJECT
from resnet_edu.ui.text.language import LANGUAGES, catalogue_path

KEYWORDS: dict[str, Any] = {"_": None, "mark": None, "pgettext": ((1, "c"), 2)}
CODE = [("resnet_edu/**.py", "python"), ("pages/**.py", "python"), ("app.py", "python")]
TRANSLATED = [each.code for each in LANGUAGES.values() if each.locale]
APART = re.compile(r"[\d}][ \u00a0]%(?![{(]| [\w(])[^\n]{0,20}")
METHODS = [*CODE, ("assets/lecture/plan.toml", extract), ("assets/classes/*.json", named_classes.extract)]


def found(methods: list[Any] = METHODS) -> set[tuple[str | None, str]]:
    """Every source string, after its context."""
    rows = extract_from_dir(PROJECT, methods, keywords=KEYWORDS, directory_filter=lambda path: ".venv" not in path)
    return {(context, message if isinstance(message, str) else message[-1]) for _, _, message, _, context in rows}


def sources(methods: list[Any]) -> set[str]:
    return {message for _, message in found(methods)}


def python_files() -> Iterator[Path]:
    yield PROJECT / "app.py"
    for folder in ("pages", "resnet_edu"):
        yield from (PROJECT / folder).rglob("*.py")


def called(function: ast.expr) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


def fields(message: str) -> set[str]:
    return {f"{name}:{spec}" for _, name, spec, _ in string.Formatter().parse(message) if name}


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_missing_stale_or_fuzzy(language: str) -> None:
    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file)
    messages = [message for message in catalogue if message.id]
    translated = {(message.context, message.id) for message in messages if message.string and not message.fuzzy}
    wanted = found()
    assert len(wanted) > 3000
    assert wanted - translated == set(), "missing"
    assert {(message.context, message.id) for message in messages} - wanted == set(), "stale"
    assert not catalogue.obsolete


def texts(path: Path) -> Iterator[str]:
    """Every string of a module, a formatted one with {} for its fields; else the whole file."""
    if path.suffix != ".py":
        yield path.read_text(encoding="utf-8")
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_a_per_cent_sign_touches_its_number_everywhere() -> None:
    said = [*python_files(), *(PROJECT / "resnet_edu").rglob("*.js"), *(ASSETS / "lessons").glob("*.md")]
    said += [ASSETS / "lecture" / "plan.toml", PROJECT / "README.md", *map(catalogue_path, TRANSLATED)]
    apart = {path.name: found for path in said if (found := [*map(APART.findall, texts(path))]) and any(found)}
    assert len(said) > 250
    assert APART.findall("24.5 %, {share} %.")
    assert apart == {}


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_fields_of_their_sources(language: str) -> None:
    with catalogue_path(language).open("rb") as file:
        for message in read_po(file):
            assert fields(message.id) == fields(message.string), message.id


def test_every_call_for_a_translation_is_one_that_the_extraction_finds() -> None:
    """Not inside an f-string, and with a literal, unless the literal is marked elsewhere."""
    literal = set()
    for path in python_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node.func) in KEYWORDS:
                argument = node.args[0]
                if isinstance(argument, ast.Constant):
                    literal.add(argument.value)
                assert not isinstance(argument, ast.JoinedStr), f"{path.name}:{node.lineno}"
    assert literal == sources(CODE)


def test_every_word_of_the_lecture_is_a_source() -> None:
    """At any depth of the plan."""
    wanted = sources([("assets/lecture/plan.toml", extract)])
    for stop in load_plan().stops:
        asked = stop.question
        assert {stop.title, stop.do, stop.seen, stop.note, stop.chapter.title, stop.chapter.text} <= wanted
        assert asked is None or {asked.text, *(answer.text for answer in asked.answers)} <= wanted


def test_make_messages_changes_nothing_where_nothing_was_changed(tmp_path: Path) -> None:
    """It changes no dates, order or line breaks, only what someone has written."""
    locale = shutil.copytree(ASSETS / "locale", tmp_path / "locale")
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\nmessages:")[2].partition("\n\n")[0].splitlines()[1:]
    assert len(recipe) == 2
    for line in recipe:
        words = line.replace("$(BIN)/python", sys.executable)
        words = words.replace("$(VENV)", str(tmp_path)).replace("assets/locale", str(locale))
        subprocess.run(shlex.split(words), cwd=PROJECT, check=True, capture_output=True)
    for language in LANGUAGES.values():
        if language.locale:
            path = catalogue_path(language.code)
            again = locale / path.relative_to(ASSETS / "locale")
            assert again.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


def test_every_lesson_is_there_in_every_language() -> None:
    lessons = {path.name.split(".")[0] for path in (ASSETS / "lessons").iterdir()}
    assert lessons
    assert {path.name for path in (ASSETS / "lessons").iterdir()} == {
        f"{lesson}.{language}.md" for lesson in lessons for language in LANGUAGES
    }


INTRODUCTIONS = {
    *re.findall(r'frame\.intro\("([a-z-]+)"\)', "".join(path.read_text(encoding="utf-8") for path in python_files())),
    "randomisation",
}


@pytest.mark.parametrize("name", sorted(INTRODUCTIONS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_three_sentences_at_most_stand_before_a_figure(name: str, language: str) -> None:
    text = (ASSETS / "lessons" / f"{name}.{language}.md").read_text(encoding="utf-8")
    text = re.sub(r"\$[^$]*\$|\([^()]*\)|（[^（）]*）|\bet al\.", "", text)
    assert 1 <= len(re.findall(r"[.?!](?=\**(?:\s|$))|[。？！]", text)) <= 3
