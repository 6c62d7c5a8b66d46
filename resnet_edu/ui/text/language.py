"""The app's languages: which one the reader has, and the translation of source strings."""

import gettext
import io
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from resnet_edu.errors import UserError
from resnet_edu.paths import ASSETS
from resnet_edu.ui.text.joined_lines import joined_lines
from resnet_edu.ui.text.marks import FULL_WIDTH, Marks


@dataclass(frozen=True)
class Language:
    """A language of the app: its code in URLs and file names, its own name, its catalogue, its code in HTML.

    ``large`` is the unit of large counts, its name, and the digits after the point; ``units`` are those of counts to
    three digits, largest first; ``axes`` those in which a figure's axis counts; ``marks`` is its punctuation.

    English has no catalogue: the source strings are English. CONTRIBUTING.md says what a new one needs.
    """

    code: str
    name: str
    locale: str | None
    html: str
    large: tuple[float, str, int]
    units: tuple[tuple[float, str], ...]
    axes: dict[str, float]
    marks: Marks


SCIENTIFIC = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
ENGLISH = Language(
    "en", "English", None, "en", (1e9, "billion", 3), SCIENTIFIC, {"parameters": 1e6, "multiply_adds": 1e9}, Marks()
)
MYRIADS = ((1e8, "亿"), (1e4, "万"))
CHINESE = Language(
    "zh", "中文", "zh_CN", "zh-CN", (1e8, "亿", 2), MYRIADS, {"parameters": 1e4, "multiply_adds": 1e8}, FULL_WIDTH
)
LANGUAGES = {each.code: each for each in (ENGLISH, CHINESE)}
PARAMETER = "lang"
CHOICE = "language chosen"

_of_this_run: ContextVar[str | None] = ContextVar("language of this run", default=None)


def catalogue_path(language: str) -> Path:
    """The message catalogue of a language other than English."""
    locale = LANGUAGES[language].locale
    assert locale, "English has no catalogue"
    return ASSETS / "locale" / locale / "LC_MESSAGES" / "messages.po"


def lesson(name: str) -> str:
    """The Markdown prose ``assets/lessons/NAME.LANGUAGE.md`` in the reader's language."""
    return _lesson(name, current())


def current() -> str:
    """The reader's language."""
    return _of_this_run.get() or _found()


def settle() -> None:
    """Find out the language of this run, once for all its texts."""
    _of_this_run.set(_found())


def _found() -> str:
    """From the URL, else as chosen before, else the browser's locale."""
    linked = st.query_params.get(PARAMETER)
    return linked if linked in LANGUAGES else st.session_state.get(CHOICE, of_locale(st.context.locale))


def _(message: str, **values: object) -> str:
    """The message in the reader's language, its ``{fields}`` filled in."""
    found = translated(message, current())
    return marks().written(found.format(**values)) if values else found


def translated(message: str, language: str) -> str:
    """The message in a language, with its fields."""
    return _translations(language).gettext(message)


def large(count: float) -> str:
    """A count in the unit of the reader's language: 4.089 billion, 40.89 亿."""
    size, unit, digits = LANGUAGES[current()].large
    return f"{count / size:.{digits}f} {unit}"


def units() -> tuple[tuple[float, str], ...]:
    """The units of counts in the reader's language: 4.09 G, 40.9 亿."""
    return LANGUAGES[current()].units


def axis_unit(quantity: str) -> float:
    """In what an axis counts a cost's quantity: millions, billions, MiB."""
    return LANGUAGES[current()].axes.get(quantity, 2**20)


def marks() -> Marks:
    """The punctuation of the reader's language."""
    return LANGUAGES[current()].marks


def explain(error: UserError) -> str:
    """The error's sentence in the reader's language."""
    return _(error.message, **error.values)


def of_locale(locale: str | None) -> str:
    """The language that a browser's locale such as ``zh-TW`` begins with, else English."""
    spoken = (locale or "").lower().partition("-")[0]
    return spoken if spoken in LANGUAGES else ENGLISH.code


@cache
def _translations(language: str) -> gettext.NullTranslations:
    if not LANGUAGES[language].locale:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with catalogue_path(language).open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def _lesson(name: str, language: str) -> str:
    return joined_lines((ASSETS / "lessons" / f"{name}.{language}.md").read_text(encoding="utf-8"))
