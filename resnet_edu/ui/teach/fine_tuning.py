"""Fine-tuning more than the last layer, live, next to the frozen net; runs wait their turn in a queue."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_edu.errors import UserError, mark
from resnet_edu.figures.teaching import TuningCurve, tuning_curves
from resnet_edu.teaching.taking import packed
from resnet_edu.teaching.tuning import FEW, Tuned, Tuning, Tunings, TuningSpec
from resnet_edu.training.hyperparameters import TunedPart
from resnet_edu.ui.shared.taught import forget_taught, keep_taught, taught_nets
from resnet_edu.ui.shared.watching import tell
from resnet_edu.ui.shell import frame, theme
from resnet_edu.ui.teach.lessons import TeachingLesson
from resnet_edu.ui.text.language import _, explain, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import heard
from resnet_edu.ui.url.query import Nearest, OneOf, Switch, read

HELD = "fine-tuning"
REFUSED = "fine-tuning refused"
POLL_SECONDS = 1.0
PARTS = {TunedPart.LAST_STAGE.value: mark("The last stage"), TunedPart.ALL.value: mark("Everything")}
PART = OneOf("part", PARTS, TunedPart.LAST_STAGE.value)
EPOCHS = Nearest("epochs", range(2, 21), 5)
AUGMENTED = Switch("augment", default=True)
FEW_ONLY = Switch("few")


@st.cache_resource(show_spinner=False)
def tunings() -> Tunings:
    """Return this process's fine-tuning queue."""
    return Tunings()


def panel(lesson: TeachingLesson) -> None:
    """Show the choice of layers to train, the button, the curves and the result."""
    part, epochs = st.columns(2)
    with part:
        widgets.segmented(
            PART, read(PART), _("What goes on learning"), {name: _(title) for name, title in PARTS.items()}
        )
        widgets.toggle(AUGMENTED, read(AUGMENTED), _("Augmentation: crops, mirrored"))
        widgets.toggle(FEW_ONLY, read(FEW_ONLY), _("Only {few} pictures to learn from: see over-fitting", few=FEW))
    with epochs:
        widgets.slider(EPOCHS, read(EPOCHS), _("Epochs"))
    held = _held(lesson)
    running = held is not None and not held.has_ended
    st.button(
        _("Fine-tune"),
        key="tune",
        icon=":material/play_arrow:",
        disabled=running,
        on_click=_start,
        args=(lesson,),
    )
    st.caption(
        _(
            "One training at a time on this server; others wait in line. It takes from seconds to minutes, and can be"
            " stopped at any time."
        )
    )
    if refused := st.session_state.pop(REFUSED, None):
        st.error(explain(refused))
    if held is not None:
        st.fragment(_watch, run_every=POLL_SECONDS if running else None)(lesson, held, running)


def _held(lesson: TeachingLesson) -> Tuning | None:
    """Return the session's run, unless it was for other pictures or another net."""
    held: Tuning | None = st.session_state.get(HELD)
    return held if held and held.is_of(lesson.net, lesson.collection) else None


def _start(lesson: TeachingLesson) -> None:
    """Queue a run in place of the session's previous one."""
    heard()
    if HELD in st.session_state:
        st.session_state[HELD].stop()
    spec = TuningSpec(
        lesson.net, lesson.collection, TunedPart(read(PART)), read(EPOCHS), read(AUGMENTED), read(FEW_ONLY)
    )
    tuning = Tuning(spec)
    try:
        tunings().start(tuning)
    except UserError as error:
        st.session_state[REFUSED] = error
        return
    st.session_state[HELD] = tuning


def _watch(lesson: TeachingLesson, tuning: Tuning, polled: bool) -> None:
    if st.session_state.get(HELD) is not tuning:
        st.rerun()  # undone in this fragment: a click in it reruns only the fragment
    place = tunings().look(tuning)
    has_ended = tuning.has_ended  # once: it may end while this is drawn
    if polled and has_ended:
        st.rerun()  # ends the polling
    if not has_ended:
        bar, button = st.columns([5, 1], vertical_alignment="center")
        waits = _("Place {place} in line. It starts by itself.", place=place) if place else _("Training.")
        bar.progress(tuning.share, waits)
        if button.button(_("Stop"), key="stop tuning", on_click=heard):
            tuning.stop()
    if tuning.error:
        tell(tuning.error)
    _draw(tuning)
    if has_ended:
        _show_end(lesson, tuning)


def _draw(tuning: Tuning) -> None:
    if not any(tuning.epochs.values()):
        return
    titles = {TunedPart.HEAD: _("last layer alone"), tuning.spec.part: _(PARTS[tuning.spec.part.value])}
    runs = [
        TuningCurve(
            titles[part],
            [each.train_loss for each in epochs],
            [each.test_loss for each in epochs],
            [1 - each.train_error for each in epochs],
            [1 - each.test_error for each in epochs],
        )
        for part, epochs in tuning.epochs.items()
    ]
    words = {
        "loss": _("loss"),
        "right": _("right"),
        "epoch": _("epoch"),
        "train": _("learned from"),
        "test": _("held out"),
        "item": marks().item,
    }
    said = marks().clauses(marks().titled(run.name, f"{run.test_right[-1]:.0%}") for run in runs if run.test_right)
    figure = tuning_curves(runs, tuning.spec.epochs, words, theme.is_dark())
    theme.chart(figure, "teach-tuning", _("Loss and accuracy by epoch. Right on held-out pictures: {said}", said=said))
    st.caption(
        _(
            "{train} pictures to learn from, {held_out} held out; {seconds:.1f} s of computing so"
            " far. Dotted far better than solid means over-fitting: it knows its training pictures by"
            " heart.",
            seconds=sum(each.seconds for epochs in tuning.epochs.values() for each in epochs),
            train=len(tuning.train),
            held_out=len(tuning.held_out),
        )
    )


def _show_end(lesson: TeachingLesson, tuning: Tuning) -> None:
    if tuning.was_stopped:
        st.info(_("Stopped."))
    found = tuning.tuned.get(tuning.spec.part)
    undo = st.container()
    if found is not None:
        undo = _show_tuned(lesson, tuning, found)
    undo.button(_("Undo"), key="undo tuning", icon=":material/undo:", on_click=_undo, args=(found,), width="stretch")


def _show_tuned(lesson: TeachingLesson, tuning: Tuning, found: Tuned) -> DeltaGenerator:
    """Show the result and what to do with it; returns the container next to that."""
    low, high = found.held_out.interval
    st.markdown(
        _(
            "Best epoch: {epoch}. **{share}** of {total} held-out pictures right (95% confidence: {low} to {high}).",
            epoch=found.best,
            share=f"{found.held_out.accuracy:.0%}",
            total=len(found.held_out.labels),
            low=f"{low:.0%}",
            high=f"{high:.0%}",
        )
    )
    keep, take, undo = st.columns(3)
    with keep:
        if found.net.id in taught_nets():
            frame.link("inference", _("Look inside the fine-tuned net"), {"net": found.net.id})
        else:
            st.button(
                _("Keep it for the Inference page"),
                key="keep tuned",
                on_click=_keep,
                args=(lesson, found, tuning.spec.part),
                width="stretch",
            )
    take.download_button(
        _("Weights and card, {size:.0f} MB", size=4 * found.net.parameters / 2**20),
        lambda: packed(
            found.net, tuning.spec.net, found.held_out, {"name": "fine-tuning", "part": tuning.spec.part.value}
        ),
        "taught.zip",
        "application/zip",
        key="take tuned",
        icon=":material/download:",
        on_click=heard,
        width="stretch",
    )
    return undo


def _keep(lesson: TeachingLesson, found: Tuned, part: TunedPart) -> None:
    heard()
    keep_taught(found.net, is_example=not lesson.is_private, tuned=part)


def _undo(found: Tuned | None) -> None:
    """Return to the frozen net and discard the fine-tuned one."""
    heard()
    if found is not None:
        forget_taught(found.net)
    st.session_state.pop(HELD, None)
