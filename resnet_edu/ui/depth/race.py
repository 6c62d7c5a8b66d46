"""The race: two small nets train live, for as long as somebody is watching."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from resnet_edu.errors import UserError
from resnet_edu.figures.race import per_cent, race_data
from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.fully_connected import LinearStart
from resnet_edu.training.points import PointSet
from resnet_edu.training.race import LAP, RaceSpec
from resnet_edu.training.racing import LiveRace
from resnet_edu.ui.components import component
from resnet_edu.ui.depth import race_settings
from resnet_edu.ui.depth.code import race_code
from resnet_edu.ui.depth.records import live_races, race_opening
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.watching import tell
from resnet_edu.ui.shell import lecture
from resnet_edu.ui.text.language import _, explain, marks
from resnet_edu.ui.url.links import choose

HELD = "live race"
REFUSED = "race refused"
LOOKS = "looks at the race"
SETTLE_SECONDS = 0.5
POLL = {"runs": 0.06, "waits": 0.5, "rests": 20.0}
"""Seconds between two polls in each state of the race; polling a race at rest only keeps it from being discarded."""


@st.fragment
def show_race() -> None:
    """Show the race, with its settings and buttons."""
    now = race_settings.chosen()
    if not lecture.here():
        race_settings.choose_details(now.spec)
    _watch()
    _offer()
    below("race", _("A race"), race_code(now.spec))


def _offer() -> None:
    """Offer settings whose outcome the reader should predict before starting."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_("Try this:"), width="content")
        for spec, label in (
            (RaceSpec(depth=16), _("half the layers")),
            (RaceSpec(start=LinearStart.HE), _("He's first weights")),
            (RaceSpec(depth=64, normalisation=Normalisation.BATCH), _("64 layers, batch normalisation")),
            (RaceSpec(points=PointSet.DIGITS), _("handwritten digits")),
            (RaceSpec(depth=2), _("no block at all")),
            (RaceSpec(), _("as it was")),
        ):
            st.button(label, key=f"race-try-{spec}", type="tertiary", on_click=race_settings.choose_spec, args=(spec,))


@st.fragment  # polled several times a second, unlike the settings above it
def _watch() -> None:
    race = _held(race_settings.chosen().spec)
    place = live_races().look(race)
    does = "waits" if place else "rests" if race.is_at_rest else "runs"
    _show_buttons(race, does)
    refused = st.session_state.pop(REFUSED, None)
    if refused:
        st.error(explain(refused))
    if race.error:
        tell(race.error)
    _draw(race, does, place)


def _held(spec: RaceSpec) -> LiveRace:
    """Return the session's race; if the specification has changed, end it and create a new one."""
    held: LiveRace | None = st.session_state.get(HELD)
    if held is None or held.spec != spec:
        if held is not None:
            live_races().end(held)
        held = st.session_state[HELD] = LiveRace(spec, race_opening(spec))
    return held


def _show_buttons(race: LiveRace, does: str) -> None:
    begun = race.step > 0 or does != "rests"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if does != "rests":
            st.button(_("Pause"), key="race-go", icon=":material/pause:", type="primary", on_click=_pause)
        else:
            label = _("Go on") if begun and not race.has_ended else _("Start")
            st.button(label, key="race-go", icon=":material/play_arrow:", type="primary", on_click=_start)
        st.button(
            _("One step"),
            key="race-step",
            icon=":material/skip_next:",
            on_click=_advance,
            disabled=does != "rests" or race.has_ended,
        )
        st.button(_("Reset"), key="race-reset", icon=":material/replay:", on_click=_reset, disabled=not begun)
        st.button(
            _("Stop"), key="race-stop", icon=":material/stop:", on_click=_stop, disabled=not begun or race.has_ended
        )
        st.button(
            _("Seed {seed}: draw another", seed=race.spec.seed),
            key="race-seed",
            icon=":material/casino:",
            on_click=_choose_other_seed,
        )


def _start() -> None:
    race: LiveRace = st.session_state[HELD]
    if race.has_ended:
        race = _renewed(race)
    _ask(live_races().start, race)


def _advance() -> None:
    race: LiveRace = st.session_state[HELD]
    _ask(live_races().advance, race)
    live_races().settle(race, SETTLE_SECONDS)


def _pause() -> None:
    race: LiveRace = st.session_state[HELD]
    live_races().pause(race)
    live_races().settle(race, SETTLE_SECONDS)


def _stop() -> None:
    race: LiveRace = st.session_state[HELD]
    live_races().end(race)
    live_races().settle(race, SETTLE_SECONDS)


def _reset() -> None:
    _renewed(st.session_state[HELD])


def _choose_other_seed() -> None:
    seed = st.session_state[HELD].spec.seed
    choose(race_settings.parameter("seed"), str((seed + 1) % len(race_settings.SEEDS)))


def _renewed(race: LiveRace) -> LiveRace:
    """Replace the race with the same one at its first step."""
    live_races().end(race)
    renewed = st.session_state[HELD] = LiveRace(race.spec, race_opening(race.spec))
    return renewed


def _ask(request: Callable[[LiveRace], None], race: LiveRace) -> None:
    try:
        request(race)
    except UserError as error:
        st.session_state[REFUSED] = error


def _draw(race: LiveRace, does: str, place: int) -> None:
    st.session_state[LOOKS] = looks = st.session_state.get(LOOKS, 0) + 1
    component("depth/race")(
        key="race",
        data={
            "race": str(race.spec),
            "looks": looks,
            "poll": POLL[does] if does != "rests" or race.holds_nets else None,
            "does": does,
            "status": _status(race, does, place),
            "seconds": race.seconds,
            **race_data(race.snapshot, race.losses, race.points),
            "marks": marks().in_scripts(),
            "labels": _labels(race),
        },
        on_look_change=lambda: None,
    )


def _status(race: LiveRace, does: str, place: int) -> str:
    """Describe the state of the race; screen readers announce it when it changes."""
    if place:
        return _("Place {place} in line. It starts by itself.", place=place)
    if does == "runs":
        return _("Training.")
    now = race.snapshot
    if now.step == 0:
        return _("Ready: both nets have the same first weights.")
    if race.has_ended:
        rests = _("Ended after {step} steps.", step=now.step)
    elif now.step % LAP == 0:
        rests = _("{step} steps are over.", step=now.step)
    else:
        rests = _("Paused after {step} steps.", step=now.step)
    shares = {"plain": per_cent(now.plain.accuracy), "residual": per_cent(now.residual.accuracy)}
    return rests + marks().sentence + _("Plain net: {plain} right. Residual net: {residual} right.", **shares)


def _labels(race: LiveRace) -> dict[str, Any]:
    points = race.points
    in_the_plane = points.are_in_the_plane
    return {
        "plain": _("Plain net"),
        "residual": _("Residual net"),
        "correct": _("right"),
        "loss": _("loss"),
        "step": _("step"),
        "seconds": _("s of training"),
        "lossTitle": _("Loss on all {count} points", count=len(points.labels)),
        "guessing": _("guessing: ln {classes} = {loss}", classes=points.classes, loss=f"{points.guessing_loss:.2f}"),
        "guessed": _("by guessing {share} right", share=per_cent(points.guessing_accuracy)),
        "map": _("decision boundary") if in_the_plane else _("confusion of the digits"),
        "strip": _("Gradient of each layer's weights, first layer to last"),
        "ratio": _("first ÷ last"),
        "noLast": _("no gradient left in the last layer"),
        "overflow": _("overflows float32"),
        "weak": _("10⁻⁸ or less"),
        "strong": _("10 or more"),
        "low": _("class 0") if in_the_plane else "0",
        "high": _("class 1") if in_the_plane else "1",
        "shows": _("Colour: the probability of class 1 at each point; on the line it is 1/2.")
        if in_the_plane
        else _("Row: the digit. Column: what a net takes it for. Colour: the share of the row."),
        "broken": _("White: no number."),
        "lost": _("dashed: exactly 0"),
    }
