"""Why it works: the same head on other features, with fewer pictures, and with telltale backgrounds."""

import streamlit as st

from resnet_edu.figures.teaching import Bar, accuracy_bars, learning_curves
from resnet_edu.teaching.collection import LEAST
from resnet_edu.teaching.example import Example, swapped
from resnet_edu.teaching.held_out import HeldOut
from resnet_edu.teaching.tasks import DRAWS, LAST, PIXELS, Compare, LearningCurve, named
from resnet_edu.ui.shared import asking
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell import theme
from resnet_edu.ui.teach.answering import Answered, show_answers
from resnet_edu.ui.teach.code import compare_code, curve_code
from resnet_edu.ui.teach.lessons import TeachingLesson, features_of
from resnet_edu.ui.teach.settings import TeachSettings
from resnet_edu.ui.text.language import _, marks

UNTRAINED = "untrained"
SHOWN = 8


def features_panel(now: TeachSettings, lesson: TeachingLesson) -> None:
    """Compare the same head on raw pixels, on an untrained net's features, and on each stage's features."""
    untrained = features_of(now, lesson.collection.shots, untrained=True)
    if untrained is None:
        return
    features = named(lesson.features)
    features = {PIXELS: features.pop(PIXELS), UNTRAINED: untrained.last, **features}
    task = Compare(features, lesson.collection.labels, lesson.classes, lesson.name)
    found = asking.ask(task, "compare")
    if found is None:
        return
    stages = iter(range(len(found)))
    titles = {PIXELS: _("raw pixels"), UNTRAINED: _("untrained net"), LAST: _("last stage")}
    for name in lesson.features.stages:
        number = next(stages)
        titles.setdefault(name, _("stem") if number == 0 else _("stage {number}", number=number))
    bars = [_bar(titles[name], each, name not in (PIXELS, UNTRAINED)) for name, each in found.items()]
    said = marks().listed(f"{bar.name} {bar.value:.0%}" for bar in bars)
    figure = accuracy_bars(bars, 1 / lesson.classes, _("right on held-out pictures"), theme.is_dark())
    theme.chart(figure, "teach-features", _("Accuracy of the same head on other features: {said}", said=said))
    st.caption(
        _(
            "Blue: from the trained net, from its first layers to its last. Grey: without training. Whiskers: 95%"
            " confidence. Dotted: guessing."
        )
    )
    below("teach-features", _("The same new layer on other features"), compare_code(now))


def _bar(title: str, found: HeldOut, is_trained: bool) -> Bar:
    return Bar(title, found.accuracy, *found.interval, is_trained)


def curve_panel(now: TeachSettings, lesson: TeachingLesson) -> None:
    """Show how accuracy grows with the number of pictures."""
    if min(len(each.shots) for each in lesson.collection.classes) <= LEAST:
        st.info(_("The learning curve takes three pictures in each class."))
        return
    curves = {}
    for name, title in ((LAST, _("features of the trained net")), (PIXELS, _("raw pixels"))):
        task = LearningCurve(
            named(lesson.features)[name], lesson.collection.labels, lesson.classes, (lesson.name, name)
        )
        found = asking.ask(task, f"curve {name}")
        if found is None:
            return
        curves[title] = [(point.pictures, point.mean, point.worst, point.best) for point in found]
    axes = (_("training pictures per class"), _("right on the others"))
    said = marks().clauses(
        marks().titled(title, f"{points[0][1]:.0%} – {points[-1][1]:.0%}") for title, points in curves.items()
    )
    figure = learning_curves(curves, 1 / lesson.classes, axes, theme.is_dark())
    theme.chart(figure, "teach-curve", _("Accuracy by the number of pictures. {said}", said=said))
    st.caption(_("Mean of {draws} draws of the pictures; whiskers from the worst to the best draw.", draws=DRAWS))
    below("teach-curve", _("How many pictures does it take?"), curve_code(now))


def break_panel(now: TeachSettings, lesson: TeachingLesson) -> None:
    """Show what happens to a head that has learned the background when the background changes."""
    others = swapped()
    features = features_of(now, others.shots)
    if features is None:
        return
    shares = lesson.fitted.heads.logits(features.last)[0].softmax(1)
    right = int((shares.argmax(1) == others.labels).sum())
    st.html('<p class="fit">' + _("{right} of {total} right", right=right, total=len(others.shots)) + "</p>")
    if now.source == Example.GROUNDS:
        st.markdown(
            _(
                "Every fish it learned from was at sea, every house on sand, every flower on grass."
                " Held-out pictures can't show the flaw, as they share it: it got {share} of them"
                " right. These new pictures put each thing on another one's background.",
                share=f"{lesson.fitted.held_out.accuracy:.0%}",
            )
        )
    else:
        st.markdown(
            _("New drawings on the same three backgrounds. It has seen each thing on all of them, so none misleads it.")
        )
    step = len(others.shots) // SHOWN
    shown = list(range(0, len(others.shots), step))[:SHOWN]
    answered = Answered(tuple(others.shots[each] for each in shown), others.labels[shown], shares[shown])
    show_answers("swapped", _("New pictures with the net's answer"), lesson, answered, looked_at=True)
