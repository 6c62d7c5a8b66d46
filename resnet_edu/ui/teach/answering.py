"""Results on held-out pictures: accuracy, confusion, and the pictures behind each number."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st
from torch import Tensor

from resnet_edu.teaching.collection import Collection, Shot
from resnet_edu.teaching.held_out import HeldOut
from resnet_edu.teaching.tasks import LookedAt
from resnet_edu.ui.shared import asking
from resnet_edu.ui.teach import tiles
from resnet_edu.ui.teach.lessons import LEARNT, TeachingLesson, learnt
from resnet_edu.ui.teach.settings import CELL, LOOKED_AT, TeachSettings
from resnet_edu.ui.text.language import _, explain, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import heard

SHOWN = 8
"""The largest number of pictures shown, of an opened cell or of all; the least certain come first."""


def panel(now: TeachSettings, collection: Collection) -> TeachingLesson | None:
    """Show the Learn button and the results; the built-in examples are learned without a click."""
    if not now.is_own:
        lesson = learnt(now, collection)
    else:
        lesson = _own(now, collection)
    if lesson is not None:
        _show_accuracy(lesson.fitted.held_out)
        _show_seconds(lesson)
        _show_confusion(now, lesson)
    return lesson


def _own(now: TeachSettings, collection: Collection) -> TeachingLesson | None:
    lacking = collection.lacking
    st.button(
        _("Learn"),
        key="learn",
        icon=":material/school:",
        type="primary",
        disabled=lacking is not None or st.session_state.get(LEARNT) == collection,
        on_click=_learn,
        args=(collection,),
    )
    if lacking:
        st.info(explain(lacking))
    learned: Collection | None = st.session_state.get(LEARNT)
    if learned is None:
        return None
    if learned != collection:
        st.caption(_("Below is what was learned before the last change. Press “Learn” to include it."))
    return learnt(now, learned)


def _learn(collection: Collection) -> None:
    heard()
    st.session_state[LEARNT] = collection


def _show_accuracy(found: HeldOut) -> None:
    low, high = found.interval
    headline = _("{share} right on held-out pictures", share=f"{found.accuracy:.0%}")
    st.html(f'<p class="fit">{escape(headline)}</p>')
    how = (
        _("Each picture was left out once, and tested after learning from all the others.")
        if found.folds == len(found.labels)
        else _(
            "In each of {folds} rounds a different part was left out, and tested after learning from the rest.",
            folds=found.folds,
        )
    )
    share = _(
        "{right} of {total}; with 95% confidence between {low} and {high} on more such pictures.",
        right=found.right,
        total=len(found.labels),
        low=f"{low:.0%}",
        high=f"{high:.0%}",
    )
    st.caption(marks().sentences((share, how)))


def _show_seconds(lesson: TeachingLesson) -> None:
    st.caption(
        _(
            "The net took {features:.2f} s to look at the {count} pictures, each once; the new last layer learned from"
            " them in {fit:.2f} s, all rounds of testing included.",
            features=float(lesson.features.seconds.sum()),
            count=len(lesson.features),
            fit=lesson.fitted.seconds,
        )
    )


def _show_confusion(now: TeachSettings, lesson: TeachingLesson) -> None:
    cell = open_cell(now, lesson)
    widgets.component(
        "teach/confusion",
        key="confusion",
        data={
            "names": list(lesson.collection.names),
            "counts": lesson.fitted.held_out.confusion().tolist(),
            "chosen": "" if cell is None else f"{cell[0]}-{cell[1]}",
            "labels": {
                "caption": _("Row: what it is. Column: what the net says. Choose a number to see its pictures.")
            },
        },
        url={"cell": lambda cell: {CELL.name: cell or None}},
    )


def open_cell(now: TeachSettings, lesson: TeachingLesson) -> tuple[int, int] | None:
    """Return the cell in the URL, if the table has it."""
    return now.cell if now.cell and max(now.cell) < lesson.classes else None


def pictures_panel(now: TeachSettings, lesson: TeachingLesson) -> None:
    """Show the opened cell's pictures, or the least certain of all; on request, with what the net looked at."""
    found, cell, names = lesson.fitted.held_out, open_cell(now, lesson), lesson.collection.names
    doubtful = found.most_doubtful()
    if cell:
        true, said = (names[each] for each in cell)
        told = (
            _("**{true}**, recognised, the most doubtful first", true=true)
            if true == said
            else _("**{true}** taken for **{said}**, the most doubtful first", true=true, said=said)
        )
        st.markdown(told)
        doubtful = [each for each in doubtful if (int(found.labels[each]), int(found.said[each])) == cell]
    else:
        st.markdown(_("The pictures that it is least sure of"))
    widgets.toggle(LOOKED_AT, now.looked_at, _("Show what it looked at (Grad-CAM)"))
    shown = doubtful[:SHOWN]
    answered = Answered(
        tuple(lesson.collection.shots[each] for each in shown), found.labels[shown], found.shares[shown]
    )
    show_answers("doubtful", _("Pictures with the net's answer"), lesson, answered, looked_at=now.looked_at)


@dataclass(frozen=True)
class Answered:
    """Pictures, their true classes, (N,), and the net's probabilities for them, (N, classes)."""

    shots: tuple[Shot, ...]
    labels: Tensor
    shares: Tensor


def show_answers(key: str, label: str, lesson: TeachingLesson, answered: Answered, *, looked_at: bool) -> None:
    """Show each picture with the net's answer and, on request, what supported it; ``label`` names them."""
    names = lesson.collection.names
    said = answered.shares.argmax(1)
    maps: Sequence[Tensor | None] = [None] * len(answered.shots)
    if looked_at and answered.shots:
        title = _("Grad-CAM of {count} pictures", count=len(answered.shots))
        task = LookedAt(lesson.taught, answered.shots, tuple(said.tolist()))
        maps = asking.ask(task, f"{key} looked at", title=title) or maps
    shown = [
        tiles.Tile(shot, f"{names[int(each)]} {float(shares[each]):.0%}", bool(each != label), found)
        for shot, each, label, shares, found in zip(
            answered.shots, said, answered.labels, answered.shares, maps, strict=True
        )
    ]
    tiles.show(key, label=label, shown=shown, large=True)
