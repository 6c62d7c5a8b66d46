"""Lecture mode: large type, one figure on screen, and keys that lead through the plan stop by stop.

A step is what one key press leads to. A stop whose figure would give away the answer has two steps: the question
alone, then the figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from resnet_edu.lecture.plan import NAMES, LecturePlan, Stop, load_plan
from resnet_edu.ui.components import component
from resnet_edu.ui.shell import navigation, visits
from resnet_edu.ui.text.language import _, current
from resnet_edu.ui.url.links import arrivals, choose, choose_all, keep, leave, parameters
from resnet_edu.ui.url.query import OneOf, Switch, read

STYLE = Path(__file__).with_name("lecture_mode.css")
AT_A_STOP = """:root { --figure-height: var(--figure-at-a-stop); --table: none; }
.st-key-walk [data-testid="stElementContainer"]:has(#walk), [data-testid="stElementContainer"]:has(#maps) {
    display: none;
}
"""
"""Room for the figure, whose heading the bar has."""
COVERED = """[data-testid='stLayoutWrapper']:has(> {section}) {{ position: relative; height: 0; overflow: clip; }}
{section} {{ position: absolute; width: 100%; }}
{section}, {section} * {{ visibility: hidden !important; }}
"""
"""It has its size, so that plotly measures the texts of its legends and leaves room for them."""
PARAMETER = "lecture"
ON = "1"
CHOICE = "lecture chosen"
LAST = "last step of the lecture"
GO = "step to go to"
PREPARED = "link whose stop has its setting"
KEY = "lecture"
PLAN = OneOf("plan", NAMES, NAMES[0])
STOP = "stop"
SEEN = Switch("seen")
WORKSHEET = Switch("worksheet")
"""Whether a reader on their own has opened the stop from the printed worksheet."""


@dataclass(frozen=True)
class Here:
    """The lecture's current stop; ``seen`` says whether the answer to its question may be shown."""

    plan: LecturePlan
    stop: Stop
    seen: bool

    @property
    def step(self) -> int:
        """Number of the step, counted from 0."""
        steps = self.plan.steps
        return (
            steps.index((self.stop, self.seen)) if (self.stop, self.seen) in steps else steps.index((self.stop, False))
        )

    @property
    def is_covered(self) -> bool:
        """Whether the figure stays hidden until the next key press."""
        return self.stop.covered and not self.seen


def is_on() -> bool:
    """Return whether lecture mode is on; without the URL parameter it stays as it was on the previous page."""
    if PARAMETER in parameters():
        return read(Switch(PARAMETER))
    return bool(st.session_state.get(CHOICE))


def plan() -> LecturePlan:
    """Return the plan that the URL names, or else the first with the stop that it names."""
    if PLAN.name not in parameters():
        for name in NAMES:
            if load_plan(name).index(parameters().get(STOP, "")) is not None:
                return load_plan(name)
    return load_plan(read(PLAN))


def here() -> Here | None:
    """Return the current stop, or None outside a lecture or off the plan."""
    return stop_in_link() if is_on() else None


def task() -> Here | None:
    """Return the stop that a reader has opened from the worksheet, or None."""
    return stop_in_link() if read(WORKSHEET) and not is_on() else None


def stop_in_link() -> Here | None:
    """Return the stop that the URL names, in lecture mode or not."""
    place = plan().index(parameters().get(STOP, ""))
    return None if place is None else Here(plan(), plan().stops[place], read(SEEN))


def lead(page: st.Page, keys: Sequence[tuple[str, str]]) -> None:
    """The switch of lecture mode; in it, the look, the bar with its keys, and going to the stop that was asked for.

    ``keys`` are what others listen to, and what for.
    """
    st.session_state[CHOICE] = on = is_on()
    lesson = page.url_path or navigation.HOME.id
    _prepare(lesson)
    now = here()
    if on:
        keep(PARAMETER, ON)
        rules = f"{_shown(now)}{AT_A_STOP}" if now else ""
        st.html(f"<style>{STYLE.read_text(encoding='utf-8')}{rules}</style>")
    elif task_ := task():
        st.html(f"<style>{_shown(task_)}</style>")
    if now:
        st.session_state[LAST] = now.step
    component("shell/lecture")(key=KEY, data=_bar(lesson, now, keys, on=on), on_asked_change=_take, height="content")
    step = st.session_state.pop(GO, None)
    if step is not None:
        to, setting = _destination(step)
        leave()
        st.switch_page(navigation.page(to.page), query_params=setting)


def _prepare(lesson: str) -> None:
    """Complete a link to a stop by what is missing of its setting; a stop that was left stays as it was left."""
    arrival = arrivals(), lesson
    has_arrived, st.session_state[PREPARED] = st.session_state.get(PREPARED) != arrival, arrival
    now = stop_in_link()
    if has_arrived and now and now.stop.page == lesson and visits.settings() != visits.recall(_place(now.stop)):
        choose_all({**now.stop.setting, **parameters()})


def _shown(now: Here) -> str:
    """Return style rules that leave only the stop's section visible, without what would give away the answer."""
    section = f".st-key-{navigation.section_key(now.stop.section)}"
    hidden = [f'[class*="st-key-{navigation.section_key("")}"]:not({section})']
    hidden += [f".st-key-{name}" for name in now.stop.hidden]
    hidden += [f"[class*='st-key-{name}-']" for name in now.stop.hidden]
    # the wrapper that Streamlit puts around a container would leave a gap
    wrapped = [f"[data-testid='stLayoutWrapper']:has(> {each})" for each in hidden]
    rules = f"{', '.join(hidden + wrapped)} {{ display: none !important; }}\n"
    return rules + (COVERED.format(section=section) if now.is_covered else "")


def _place(stop: Stop) -> str:
    """Return the name under which a stop's setting is remembered; it cannot clash with a page's id."""
    return f"stop {stop.id}"


def hides(control: str) -> bool:
    """Return whether the current stop hides a control from the class."""
    now = here() or task()
    return now is not None and control in now.stop.hidden


def _bar(lesson: str, now: Here | None, keys: Sequence[tuple[str, str]], *, on: bool) -> dict[str, object]:
    plan_, steps = plan(), plan().steps
    stop = now.stop if now else None
    last = st.session_state.get(LAST)
    first = 0 if lesson == navigation.HOME.id else plan_.first_step_on(lesson)
    language = current()
    return {
        "on": on,
        "step": now.step if now else None,
        "next": now.step + 1 if now else first if last is None else last + 1,
        "previous": now.step - 1 if now else first if last is None else last,
        "place": f"{lesson} {stop.id}" if stop else lesson,
        "where": _("{number} of {count}", number=plan_.stops.index(stop) + 1, count=len(plan_.stops))
        if stop
        else _("off the plan"),
        "title": _(stop.title) if stop else "",
        "steps": [_told(plan_, stop) for stop, _seen in steps],
        "plan": plan_.name,
        "plans": [[name, _("{minutes} minutes", minutes=name)] for name in NAMES],
        "notes": f"?notes=1&plan={plan_.name}&lang={language}",
        "lesson": f"lesson.html?plan={plan_.name}&lang={language}",
        "labels": _labels(plan_, keys),
    }


def _told(plan_: LecturePlan, stop: Stop) -> list[object]:
    place = plan_.stops.index(stop)
    return [place + 1, _(stop.title), _(stop.chapter.title), plan_.minutes_before(place)]


def _labels(plan_: LecturePlan, keys: Sequence[tuple[str, str]]) -> dict[str, object]:
    return {
        "enter": _("Lecture"),
        "previous": _("Back"),
        "next": _("Next"),
        "list": _("All stops"),
        "keys": _("Keys"),
        "leave": _("End lecture mode (Esc)"),
        "clock": _("Show or hide the clock"),
        "time": _("{minutes} of {total} min", total=plan_.minutes, minutes="{minutes}"),
        "minute": _("min {minute}", minute="{minute}"),
        "notes": _("Speaker view"),
        "lesson": _("Lesson plan and worksheet"),
        "help": [
            [_("Space, →, Page Down"), _("next")],
            [_("←, Page Up"), _("back")],
            [_("digits, Enter"), _("go to the stop of that number")],
            ["O", _("list of all stops")],
            ["R", _("show the right answer")],
            ["F", _("full screen")],
            [_("B, full stop"), _("black screen")],
            ["C", _("show or hide the clock")],
            ["S", _("speaker view in a second window")],
            *keys,
            ["?", _("these keys")],
            ["Esc", _("close what is open; end lecture mode")],
        ],
    }


def _take() -> None:
    """Handle the bar's request in a callback, so that the page runs only once."""
    asked = st.session_state[KEY].asked or ""
    if now := here():
        visits.note(_place(now.stop))
    if asked == "enter":
        st.session_state[CHOICE] = True
        if st.session_state.get(visits.OPEN) == navigation.HOME.id:
            _go(0)
        else:
            choose(PARAMETER, ON)
    elif asked == "leave":
        st.session_state[CHOICE] = False
        choose_all(dict.fromkeys((PARAMETER, STOP, SEEN.name, PLAN.name)))
    elif asked == "reveal" and now and now.stop.question:
        choose(SEEN.name, None if now.seen else True)
    elif asked.startswith("plan "):
        choose(PLAN.name, asked.removeprefix("plan "))
        st.session_state.pop(LAST, None)
    elif asked.isdecimal() and int(asked) < len(plan().steps):
        _go(int(asked))


def _go(step: int) -> None:
    """Go to a step on this page, or note it for the page's run, which alone can switch pages."""
    to, setting = _destination(step)
    if st.session_state.get(visits.OPEN) == to.page:
        choose_all({**dict.fromkeys(parameters()), **setting})
    else:
        st.session_state[GO] = step


def _destination(step: int) -> tuple[Stop, dict[str, str]]:
    """Return the step's stop and its URL parameters: the setting in which it was left, else the prepared one."""
    stop, seen = plan().steps[step]
    left = visits.recall(_place(stop))
    setting = {**(stop.setting if left is None else left), PARAMETER: ON, STOP: stop.id}
    if plan().name != PLAN.default:
        setting[PLAN.name] = plan().name
    if seen:
        setting[SEEN.name] = str(seen)
    return stop, setting
