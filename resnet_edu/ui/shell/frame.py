"""The look that every page has: style, brand, header with the lecture's question, footer."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
from resnet_edu.ui.url.query import OneOf, read


def _as_url(name: str) -> str:
    """One of our SVG files as a data URL; given its path, Streamlit would read it for every page that it shows."""
    return f"data:image/svg+xml;base64,{base64.b64encode((ASSETS / name).read_bytes()).decode()}"


ICON, LOGO = _as_url("icon.svg"), _as_url("logo.svg")
SHOW = "show"
"""The section that a link leads to."""
SHEETS = [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("style.css", "access.css")]
STYLE = f"<style>{colours.variables()}\n{''.join(SHEETS)}</style>"


def heading(text: str, anchor: str = "") -> None:
    """A second-level heading inside a page; ``PAGE#anchor`` links to it, in every language."""
    place = f' id="{anchor}"' if anchor and not is_second() else ""  # a page has each place once
    st.html(f'<h2 class="section"{place}>{escape(text)}</h2>')


@contextmanager
def section(name: str, title: str = "") -> Iterator[None]:
    """A part of the page that the lecture can stop at, below its heading; ``navigation.PAGES`` lists them."""
    with st.container(key=navigation.section_key(name)):
        if title and not lecture.here():
            heading(title, name)
        yield


@contextmanager
def about() -> Iterator[None]:
    """How a figure came about: data, method, hardware, commands. In a lecture it folds behind an (i)."""
    if not lecture.is_on():
        yield
        return
    with st.expander(_("About this figure"), icon=":material/info:"):
        yield


def intro(name: str) -> None:
    """The lesson's words before a figure; at a stop of the lecture the bar, the question and the lecturer say them."""
    if not lecture.here():
        st.markdown(language.lesson(name))


def begin() -> None:
    """Put the style and the brand on the page."""
    st.html(STYLE)
    widget_texts.translate()
    st.logo(LOGO, icon_image=ICON, size="large")


def choose_language() -> None:
    """The control that changes the language; the choice goes into the URL of every page."""
    now = current()
    spoken = OneOf(PARAMETER, LANGUAGES, now)
    read(spoken)  # tells of a language that the app doesn't speak
    if PARAMETER in links.parameters() or CHOICE in st.session_state:
        st.session_state[CHOICE] = now
        links.keep(PARAMETER, now)
    widgets.segmented(spoken, now, _("Language"), {each.code: each.name for each in LANGUAGES.values()})


def header(lesson_id: str) -> None:
    """The page's place in the lecture and the question it answers; at a stop the bar says where one is."""
    lesson = _lesson(lesson_id)
    if lecture.here():
        notebook.begin(_(lesson.title), _(lesson.question))
    else:
        title(_(lesson.title), _(lesson.question))


def title(kicker: str, question: str, *, hero: bool = False) -> None:
    """The page's one first-level heading, below a line that places it."""
    notebook.begin(kicker, question)
    kind = "lesson hero" if hero else "lesson"
    st.html(f'<header class="{kind}"><p class="kicker">{escape(kicker)}</p><h1>{escape(question)}</h1></header>')


def link(lesson_id: str, label: str, setting: Mapping[str, str]) -> None:
    """A link to a page at a prepared setting; it leads to the section that ``show`` names, else to the first."""
    aimed = {SHOW: _lesson(lesson_id).sections[0], **setting}
    st.page_link(navigation.page(lesson_id), label=label, icon=":material/arrow_forward:", query_params=aimed)


def link_to_stop(stop: Stop, label: str) -> None:
    """A link to a stop of the lecture for those who read by themselves."""
    link(stop.page, label, {**stop.setting, SHOW: stop.section, lecture.STOP: stop.id})


def try_this(*links: tuple[str, str, dict[str, str]]) -> None:
    """Links to prepared settings side by side: page, label and setting of each."""
    heading(_("Try this"), "try-this")
    for column, (lesson_id, label, setting) in zip(st.columns(len(links)), links, strict=True):
        with column:
            link(lesson_id, label, setting)


def end(page: st.Page) -> None:
    """What lies under every page; also tells the browser the page's language, and what to show of it."""
    if not lecture.is_on():
        _lead_on(page.url_path or navigation.HOME.id)
    st.html(
        '<footer class="lesson">'
        + escape(
            _(
                "Every number here is computed, live or in a recorded run that you can repeat,"
                " or it carries its citation."
            )
        )
        + '</footer><p class="lost" role="alert">'
        + escape(_("Connecting to the server again. What is here stays."))
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
        "show": None if lecture.here() else links.parameters().get(SHOW),
    }
    if not lecture.is_on():
        component("shell/sections")(
            data={"label": _("Sections of this page"), "top": _("Top of the page")}, key="sections"
        )
    component("shell/document")(data=said, key="document", height=1)
    _run_again_when_reconnected()


def _lead_on(lesson_id: str) -> None:
    """Where the story goes on after this page, or after the stop that the link has named."""
    now = lecture.stop_in_link()
    plan = lecture.plan()
    after = now.plan.stops.index(now.stop) + 1 if now else plan.last_on(lesson_id) + 1
    if lesson_id == navigation.HOME.id or after >= len(plan.stops):
        return
    stop = plan.stops[after]
    place = _("Stop {number} of {count}", number=after + 1, count=len(plan.stops))
    with st.container(key="next"):
        link_to_stop(stop, _("{place}: {title}", place=place, title=_(stop.title)))


@st.fragment(run_every=timedelta(days=1))
def _run_again_when_reconnected() -> None:
    """Nothing to see: a page that runs by the clock asks for a run when it has found its server again.

    Any other page waits for the reader's next change, of which a server that has been restarted knows
    the value but not that it is a change: its callback would not be called, and the change be lost.
    """


def _lesson(lesson_id: str) -> Lesson:
    return next(lesson for lesson in PAGES if lesson.id == lesson_id)
