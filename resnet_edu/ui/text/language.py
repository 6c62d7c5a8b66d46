"""The app's languages: the reader's choice, and the translation of source strings."""

import gettext
import io
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from resnet_edu.errors import Listed, UserError
from resnet_edu.nets.named_classes import NamedClass
from resnet_edu.paths import ASSETS
from resnet_edu.ui.text.joined_lines import joined_lines
from resnet_edu.ui.text.marks import FULL_WIDTH, Marks


@dataclass(frozen=True)
class Language:
    """A language of the app: its code in URLs and file names, own name, catalogue and HTML language tag.

    ``large`` holds the size and name of the unit for large counts and its number of decimals; ``units`` are the units
    for counts with three significant digits, largest first; ``axes`` the units of a figure's axes; ``marks`` the
    punctuation.

    English has no catalogue, because the source strings are English. CONTRIBUTING.md explains how to add a language.
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
    """Return the path of the message catalogue of a language other than English."""
    locale = LANGUAGES[language].locale
    assert locale, "English has no catalogue"
    return ASSETS / "locale" / locale / "LC_MESSAGES" / "messages.po"


def lesson(name: str) -> str:
    """Return the Markdown prose ``assets/lessons/NAME.LANGUAGE.md`` in the reader's language."""
    return _lesson(name, current())


def current() -> str:
    """Return the code of the reader's language."""
    return _of_this_run.get() or _found()


def settle() -> None:
    """Determine the language once for all texts of this run."""
    _of_this_run.set(_found())


def _found() -> str:
    """Take the language from the URL, else from an earlier choice, else from the browser's locale."""
    linked = st.query_params.get(PARAMETER)
    return linked if linked in LANGUAGES else st.session_state.get(CHOICE, of_locale(st.context.locale))


def _(message: str, **values: object) -> str:
    """Translate the message into the reader's language and fill in its ``{fields}``."""
    found = translated(message, current())
    return marks().written(found.format(**values)) if values else found


def translated(message: str, language: str) -> str:
    """Translate the message into a language, leaving its fields unfilled."""
    return _translations(language).gettext(message)


def name_of(named: NamedClass, language: str) -> str:
    """Return the name of a class in a language."""
    return _translations(language).pgettext(named.wnid, named.en)


def large(count: float) -> str:
    """Format a count in the large unit of the reader's language: 4.089 billion, 40.89 亿."""
    size, unit, digits = LANGUAGES[current()].large
    return f"{count / size:.{digits}f} {unit}"


def units() -> tuple[tuple[float, str], ...]:
    """Return the units for counts in the reader's language: 4.09 G, 40.9 亿."""
    return LANGUAGES[current()].units


def axis_unit(quantity: str) -> float:
    """Return the unit in which an axis shows a cost: millions, billions or MiB."""
    return LANGUAGES[current()].axes.get(quantity, 2**20)


def marks() -> Marks:
    """Return the punctuation of the reader's language."""
    return LANGUAGES[current()].marks


def explain(error: UserError) -> str:
    """Return the error's message in the reader's language."""
    values = {name: marks().listed(each) if isinstance(each, Listed) else each for name, each in error.values.items()}
    return _(error.message, **values)


def of_locale(locale: str | None) -> str:
    """Return the language that a browser's locale such as ``zh-TW`` starts with, else English."""
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
