"""The frame shared by all pages: style, brand, header with the lecture's question, footer."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from html import escape
from pathlib import Path

import streamlit as st

from resnet_edu import colours
from resnet_edu.lecture.plan import Stop
from resnet_edu.paths import ASSETS
from resnet_edu.ui.components import component
from resnet_edu.ui.components.pane import is_second
from resnet_edu.ui.shared import notebook
from resnet_edu.ui.shell import lecture, navigation
from resnet_edu.ui.shell.navigation import PAGES, Lesson
from resnet_edu.ui.text import language, widget_texts
from resnet_edu.ui.text.language import CHOICE, LANGUAGES, PARAMETER, _, current, marks
from resnet_edu.ui.url import links, widgets
from resnet_edu.ui.url.query import OneOf, Several, read


def _as_url(name: str) -> str:
    """Return one of our SVG files as a data URL: Streamlit would read a path again for every page it shows."""
    return f"data:image/svg+xml;base64,{base64.b64encode((ASSETS / name).read_bytes()).decode()}"


ICON, LOGO = _as_url("icon.svg"), _as_url("logo.svg")
SHOW = "show"
"""URL parameter with the section that a link leads to."""
OPEN = "open"
"""URL parameter with the sections that are open on a phone, where a long page's are folded."""
ONLY = "only"
"""URL parameter with the only section to show."""
SHEETS = [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("style.css", "access.css")]
STYLE = f"<style>{colours.variables()}\n{''.join(SHEETS)}</style>"


def list_sections() -> None:
    """Offer the list of the page's sections, at hand everywhere and for the keyboard before all of them."""
    if not (lecture.is_on() or lecture.task()):
        widgets.component(
            "shell/sections",
            key="sections",
            data={"label": _("Sections of this page"), "top": _("Top of the page")},
            url={"open": lambda names: {OPEN: names}},
        )


def heading(text: str, anchor: str = "", is_open: bool | None = None) -> None:
    """Show a second-level heading; ``PAGE#anchor`` links to it in every language.

    With ``is_open``, a phone has a button beside it that folds the section and opens it.
    """
    place = f' id="{anchor}"' if anchor and not is_second() else ""  # an id occurs once in a page
    shown = f'<h2 class="section"{place}>{escape(text)}</h2>'
    if is_open is not None:
        button = f'<button type="button" aria-expanded="{str(is_open).lower()}" aria-label="{escape(text)}"></button>'
        shown = f'<div class="folds">{shown}{button}</div>'
    st.html(shown)


@contextmanager
def section(name: str, title: str = "", *, is_open: bool | None = None) -> Iterator[None]:
    """Wrap a section of the page where the lecture can stop; ``navigation.PAGES`` lists the sections.

    With ``is_open`` a phone can fold it: then the heading stays.
    """
    with st.container(key=navigation.section_key(name)):
        if title and not lecture.here():
            heading(title, name, is_open)
        yield


def folded(lesson_id: str) -> Callable[[str, str], AbstractContextManager[None]]:
    """Return ``section`` for a long page, of which a phone folds all but what the URL names, or else the first."""
    named = links.parameters()
    if lecture.is_on() or lecture.task() or ONLY in named:
        return section
    names = _lesson(lesson_id).sections
    linked = tuple(name for name in names if name in (names[0], named.get(SHOW)))
    opened = read(Several(OPEN, names, () if OPEN in named else linked))
    return lambda name, title: section(name, title, is_open=name in opened)


@contextmanager
def about() -> Iterator[None]:
    """Wrap how a figure was made: data, method, hardware, commands; in a lecture and its tasks behind an (i)."""
    if not (lecture.is_on() or lecture.task()):
        yield
        return
    with st.expander(_("About this figure"), icon=":material/info:"):
        yield


def intro(name: str) -> None:
    """Show the lesson's introduction to a figure, except at a stop, where bar, question and lecturer replace it.

    A worksheet's page asks its question once, so the introduction doesn't ask it again.
    """
    task = lecture.task()
    if not lecture.here():
        text = language.lesson(name)
        st.markdown(_unasked(text) if task and task.stop.question else text)


def _unasked(text: str) -> str:
    """Return an introduction without the prediction it asks for in bold."""
    begins = _("Predict first")
    return re.sub(rf"\*\*{begins}.*?\*\*？?\s*", "", text, flags=re.DOTALL)


def begin() -> None:
    """Put the style and the brand on the page."""
    st.html(STYLE)
    st.logo(LOGO, icon_image=ICON, size="large")


def choose_language() -> None:
    """Show the language control; the choice goes into the URL of every page."""
    now = current()
    spoken = OneOf(PARAMETER, LANGUAGES, now)
    read(spoken)  # reports a language that the app does not have
    if PARAMETER in links.parameters() or CHOICE in st.session_state:
        st.session_state[CHOICE] = now
        links.keep(PARAMETER, now)
    widgets.segmented(spoken, now, _("Language"), {each.code: each.name for each in LANGUAGES.values()})


def header(lesson_id: str) -> None:
    """Show the page's title and the question it answers; at a stop its own title stands in their place."""
    lesson = _lesson(lesson_id)
    if lecture.here() or lecture.task():
        notebook.begin(_(lesson.title), _(lesson.question))
    else:
        title(_(lesson.title), _(lesson.question))


def title(kicker: str, question: str, *, hero: bool = False) -> None:
    """Show the page's only first-level heading, with a line above it that says which part of the lecture this is."""
    notebook.begin(kicker, question)
    kind = "lesson hero" if hero else "lesson"
    st.html(f'<header class="{kind}"><p class="kicker">{escape(kicker)}</p><h1>{escape(question)}</h1></header>')


def link(lesson_id: str, label: str, setting: Mapping[str, str]) -> None:
    """Link to a page at a prepared setting, at the section in ``show`` or else the first one."""
    spoken = {PARAMETER: current()} if PARAMETER in links.parameters() else {}
    aimed = {SHOW: _lesson(lesson_id).sections[0], **setting, **spoken}
    st.page_link(navigation.page(lesson_id), label=label, icon=":material/arrow_forward:", query_params=aimed)


def link_to_stop(stop: Stop, label: str) -> None:
    """Link to a stop of the lecture for anyone reading on their own."""
    link(stop.page, label, {**stop.setting, SHOW: stop.section, lecture.STOP: stop.id})


def try_this(*links: tuple[str, str, dict[str, str]]) -> None:
    """Show links to prepared settings side by side, each given as page, label and setting."""
    heading(_("Try this"), "try-this")
    for column, (lesson_id, label, setting) in zip(st.columns(len(links)), links, strict=True):
        with column:
            link(lesson_id, label, setting)


def end(page: st.Page) -> None:
    """Show the footer, and tell the browser the page's language and which section to show."""
    lesson = _lesson(page.url_path or navigation.HOME.id)
    if task := lecture.task():
        if not task.is_covered:
            st.button(_("Show the whole page"), icon=":material/unfold_more:", on_click=_show_all)
    elif not lecture.is_on():
        _lead_on(lesson.id)
    st.html(
        '<footer class="lesson">'
        + escape(
            _(
                "Every number here is computed, live or in a recorded run that you can repeat,"
                " or it carries its citation."
            )
        )
        + '</footer><p class="lost" role="alert">'
        + escape(_("Reconnecting to the server. This page stays as it is."))
        + "</p>"
    )
    said = {
        "language": LANGUAGES[current()].html,
        "main": _("The page"),
        "skip": _("Skip to the page"),
        "wide": _("Wider than the screen: scrolls sideways"),
        "names": widget_texts.names(),
        "colon": marks().colon,
        "arrival": links.arrivals(),
        "show": None if lecture.here() or lecture.task() else read(OneOf[str | None](SHOW, lesson.sections, None)),
    }
    component("shell/document")(data=said, key="document", height=1)
    _run_again_when_reconnected()


def _lead_on(lesson_id: str) -> None:
    """Link to the next page, or to the stop that follows the one in the URL; the home page's cards lead on."""
    if lesson_id == navigation.HOME.id:
        return
    if now := lecture.stop_in_link():
        after = now.plan.stops.index(now.stop) + 1
        if after < len(now.plan.stops):
            stop = now.plan.stops[after]
            place = _("Stop {number} of {count}", number=after + 1, count=len(now.plan.stops))
            with st.container(key="next"):
                link_to_stop(stop, _("{place}: {title}", place=place, title=_(stop.title)))
    elif lesson_id != PAGES[-1].id:
        following = PAGES[PAGES.index(_lesson(lesson_id)) + 1]
        with st.container(key="next"):
            link(following.id, _("Next page: {title}", title=_(following.title)), {})


def _show_all() -> None:
    links.choose_all(dict.fromkeys((lecture.WORKSHEET.name, lecture.SEEN.name)))


@st.fragment(run_every=timedelta(days=1))
def _run_again_when_reconnected() -> None:
    """Make the page ask for a run after it has reconnected, as Streamlit does for a fragment that runs by the clock.

    Without it the page would wait for the reader's next change. A restarted server would receive the new value
    without knowing that it has changed, so its callback would not be called and the change would be lost.
    """


def _lesson(lesson_id: str) -> Lesson:
    return next(lesson for lesson in PAGES if lesson.id == lesson_id)
