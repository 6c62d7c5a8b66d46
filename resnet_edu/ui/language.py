"""English and Chinese: which one the reader has, and the translation of source strings."""

import gettext
import io
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from resnet_edu.errors import UserError
from resnet_edu.paths import ASSETS
from resnet_edu.ui.links import choose, linked, segmented

LANGUAGES = {"en": "English", "zh": "中文"}
LOCALE_CODES = {"zh": "zh_CN"}
UNITS = {"en": (1e9, "billion", 3), "zh": (1e8, "亿", 2)}
"""What large counts are given in, by language: the size of the unit, its name, and the digits after the point."""
PARAMETER = "lang"
CHOICE = "language chosen"

_of_this_run: ContextVar[str | None] = ContextVar("language of this run", default=None)


def catalogue_path(language: str) -> Path:
    """The message catalogue of a language other than English."""
    return ASSETS / "locale" / LOCALE_CODES[language] / "LC_MESSAGES" / "messages.po"


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
    chosen_before = st.session_state.get(CHOICE, _of_locale(st.context.locale))
    return linked(PARAMETER, LANGUAGES, chosen_before)


def _(message: str, **values: object) -> str:
    """The message in the reader's language, its ``{fields}`` filled in."""
    found = translated(message, current())
    return found.format(**values) if values else found


def translated(message: str, language: str) -> str:
    """The message in a language, with its fields."""
    return _translations(language).gettext(message)


def large(count: float) -> str:
    """A count in the unit of the reader's language: 4.089 billion, 40.89 亿."""
    size, unit, digits = UNITS[current()]
    return f"{count / size:.{digits}f} {unit}"


def explain(error: UserError) -> str:
    """The error's sentence in the reader's language."""
    return _(error.message, **error.values)


def switch() -> None:
    """The control that changes the language; the choice goes into the URL of every page."""
    language = current()
    if PARAMETER in st.query_params or CHOICE in st.session_state:
        st.session_state[CHOICE] = language
        choose(PARAMETER, language)
    segmented(PARAMETER, _("Language"), LANGUAGES, language)


def _of_locale(locale: str | None) -> str:
    return "zh" if (locale or "").lower().startswith("zh") else "en"


@cache
def _translations(language: str) -> gettext.NullTranslations:
    if language not in LOCALE_CODES:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with catalogue_path(language).open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def _lesson(name: str, language: str) -> str:
    return (ASSETS / "lessons" / f"{name}.{language}.md").read_text(encoding="utf-8")
