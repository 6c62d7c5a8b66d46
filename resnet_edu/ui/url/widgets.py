"""Controls whose value is kept in the URL.

Each is created from the parameter that it sets and the value that the page has read. A click writes its value into
the URL before the page runs and changes nothing else: no run assigns to a control, so an older run cannot undo a
later click. If the URL gives it a value other than that of its last click (through a link, Back or another control),
it is replaced by a new control that starts with that value; late messages from a slow browser about the old control
can still be recognised.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from resnet_edu.ui import components
from resnet_edu.ui.components.pane import keyed
from resnet_edu.ui.text.language import marks
from resnet_edu.ui.url import query
from resnet_edu.ui.url.links import choose_all, is_overtaken
from resnet_edu.ui.url.query import Between, Nearest, Parameter, Several

T = TypeVar("T")
N = TypeVar("N", int, float)
Changes = Callable[[Any], Mapping[str, object]]
"""Maps a choice to the URL parameters it changes, if these are more than its own parameter."""
Revise = Callable[[Any, Any], Any]
"""Maps a control's previous value and the clicked one to the value it should take."""

CONTROLS = "controls"
REMEMBERED = 8
"""Number of replaced controls that are remembered, because a slow browser may still send messages about them."""


def segmented(
    parameter: Parameter[T],
    value: T,
    label: str,
    titles: Mapping[T, str],
    *,
    required: bool = True,
    changes: Changes | None = None,
) -> None:
    """Show one of a few options as a row of buttons; none is selected if the value is not among the titles."""
    chosen = value if value in titles else None
    draw = partial(st.segmented_control, label, list(titles), default=chosen, required=required)
    draw = partial(draw, format_func=titles.__getitem__, label_visibility="collapsed")
    _show(draw, label, parameter, chosen, changes=changes)


def pills(parameter: Parameter[T], value: T, label: str, titles: Mapping[T, str], *, key: str | None = None) -> None:
    """Show one of a few options in as many rows as needed; none is selected if the value is not among the titles."""
    chosen = value if value in titles else None
    draw = partial(st.pills, label, list(titles), format_func=titles.__getitem__, default=chosen, wrap=True)
    _show(draw, label, parameter, chosen, key=key, revise=lambda before, after: after or before)


def several_pills(
    parameter: Several, value: Sequence[str], label: str, titles: Mapping[str, str], *, revise: Revise
) -> None:
    """Show options side by side, several of which may be selected."""
    draw = partial(st.pills, label, list(titles), selection_mode="multi")
    draw = partial(draw, format_func=titles.__getitem__, default=list(value))
    _show(draw, label, parameter, list(value), changes=joined(parameter), revise=revise)


def multiselect(parameter: Several, value: Sequence[str], label: str, titles: Mapping[str, str]) -> None:
    """Show a searchable list of many options, several of which may be selected."""
    draw = partial(st.multiselect, label, list(titles), max_selections=parameter.most)
    draw = partial(draw, format_func=titles.__getitem__, default=list(value))
    _show(draw, label, parameter, list(value), changes=joined(parameter))


def select(
    parameter: Parameter[T],
    value: T,
    label: str,
    titles: Mapping[T, str],
    *,
    key: str | None = None,
    changes: Changes | None = None,
    **looks: Any,
) -> None:
    """Show a list of many options; none is selected if the value is not among them.

    ``titles`` maps each option, as written in the URL, to its title in the reader's language.
    """
    options = list(titles)
    chosen = value if value in titles else None
    index = None if chosen is None else options.index(chosen)
    draw = partial(st.selectbox, label, options, format_func=titles.__getitem__, index=index, **looks)
    _show(draw, label, parameter, chosen, key=key, changes=changes)


def number(
    parameter: Between[N],
    value: N,
    label: str,
    *,
    step: N,
    changes: Changes | None = None,
    **looks: Any,
) -> None:
    """Show a number to type, or to step up and down."""
    draw = partial(st.number_input, label, parameter.low, parameter.high, value, step, **looks)
    _show(draw, label, parameter, value, changes=changes)


def slider(parameter: Nearest, value: int, label: str) -> None:
    """Show a slider over a few numbers, moved by mouse, touch or arrow keys."""
    data = {"label": label, "value": value, "options": list(parameter.options)}
    component("url/slider", key=parameter.name, data=data, url={"value": parameter})


def toggle(parameter: Parameter[bool], value: bool, label: str) -> None:
    """Show an on/off switch."""
    _show(partial(st.toggle, label, value), label, parameter, value)


def checkbox(parameter: Parameter[bool], value: bool, label: str, *, changes: Changes | None = None) -> None:
    """Show a checkbox."""
    _show(partial(st.checkbox, label, value), label, parameter, value, changes=changes)


def component(path: str, *, key: str, data: Mapping[str, Any], url: Mapping[str, Parameter[Any] | Changes]) -> None:
    """Show a browser component; each value that it reports sets a parameter, or those that ``Changes`` give.

    Its script draws ``data``, joins words by the language's ``marks``, and must expect data from the server that is
    older than the reader's latest input.
    """
    for told, goes in url.items():
        if not callable(goes) and (text := data.get("labels", {}).get(told) or data.get("label")):
            query.label(goes.name, text)
    callbacks: dict[str, Any] = {
        f"on_{told}_change": partial(_take_told, keyed(key), told, goes) for told, goes in url.items()
    }
    components.component(path)(key=key, data={**data, "marks": marks().in_scripts()}, **callbacks)


def _take_told(key: str, told: str, goes: Parameter[Any] | Changes) -> None:
    value = getattr(st.session_state[key], told)
    choose_all(goes(value) if callable(goes) else {goes.name: value})


def joined(parameter: Several) -> Changes:
    """Return ``Changes`` that write several values into one parameter."""

    def changes(value: Iterable[str]) -> Mapping[str, object]:
        return {parameter.name: ",".join(value)}

    return changes


def _show(
    draw: Callable[..., Any],
    label: str,
    parameter: Parameter[Any],
    value: Any,
    *,
    key: str | None = None,
    changes: Changes | None = None,
    revise: Revise | None = None,
) -> None:
    query.label(parameter.name, label)
    control = _control(keyed(key or parameter.name), value)
    changes = changes or (lambda said: {parameter.name: said})
    revise = revise or (lambda before, after: after)
    said = draw(key=control.key, on_change=_take, args=(control, changes, revise))
    if said != value and not is_overtaken():  # a click whose callback was lost because the server has restarted
        control.said[control.number] = said
        choose_all(changes(revise(value, said)))
        st.rerun()


@dataclass(frozen=True)
class _Control:
    """Control with this name and number; ``said`` maps each number to its initial or last clicked value."""

    name: str
    number: int
    said: dict[int, Any]

    @property
    def key(self) -> str:
        """Streamlit's key of the control."""
        return f"{self.name} {self.number}" if self.number else self.name


def _control(name: str, value: Any) -> _Control:
    """Return the control that shows the value: a new one if the last one has a different value."""
    said = _controls().setdefault(name, {0: value})
    number = max(said)
    if said[number] != value and not is_overtaken():
        said.pop(number - REMEMBERED, None)
        number += 1
        said[number] = value
    return _Control(name, number, said)


def _controls() -> dict[str, dict[int, Any]]:
    """Return the values of the controls during this visit to the page; another visit has its own."""
    run = get_script_run_ctx()
    page = run.page_script_hash if run else ""
    controls: dict[str, dict[int, Any]]
    visited, controls = st.session_state.get(CONTROLS, (None, {}))
    if visited != page and not is_overtaken():
        controls = {}
        st.session_state[CONTROLS] = (page, controls)
    return controls


def _take(control: _Control, changes: Changes, revise: Revise) -> None:
    """Handle a control's ``on_change``; nothing is chosen if the value has not changed."""
    after = st.session_state[control.key]
    before = control.said.get(control.number, after)
    value = revise(before, after)
    if value != after:
        st.session_state[control.key] = value
    control.said[control.number] = value
    choose_all(changes(value) if value != before else {})
