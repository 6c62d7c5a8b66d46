"""The loss landscapes of a plain and a residual net, side by side, if they have been recorded."""

import math
from pathlib import Path

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.figures.landscape import CAP, LandscapePair, lines, surfaces
from resnet_edu.measure.landscape import SEEDS, Landscape, load_landscape, minima
from resnet_edu.nets.cifar import CIFAR10_CLASSES, Family
from resnet_edu.paths import LANDSCAPE
from resnet_edu.ui.depth.code import landscape_code
from resnet_edu.ui.shared.data_sets import data_name
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell import frame, lecture
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import heard
from resnet_edu.ui.url.query import OneOf, read

PANEL = "landscape-panel"
DEFAULT_DEPTH = 56
NAMES = {Family.PLAIN: mark("Plain net, {layers} layers"), Family.RESIDUAL: mark("Residual net, {layers} layers")}
PAIRS = {SEEDS[0]: mark("First pair of directions"), SEEDS[1]: mark("Second pair of directions")}
DIRECTIONS = OneOf("slice_pair", SEEDS, SEEDS[0])


def is_due() -> bool:
    """Whether there is something to show."""
    return bool(_recorded_pairs())


def show_landscapes() -> None:
    """Show the landscapes of every depth recorded for both nets, in an expander that draws them when opened."""
    recorded = _recorded_pairs()
    if lecture.here():
        st.fragment(_show)(recorded)
        return
    drawer = st.expander(_("Show the loss landscape"), key=PANEL, on_change=heard)
    if drawer.open:
        with drawer:
            st.fragment(_show)(recorded)


def _show(recorded: dict[int, dict[Family, Path]]) -> None:
    default = DEFAULT_DEPTH if DEFAULT_DEPTH in recorded else max(recorded)
    choice = OneOf("slice_depth", recorded, default)
    depth, seed = read(choice), read(DIRECTIONS)
    left, right = st.columns(2, vertical_alignment="center")
    with left:
        layers = {each: _("{layers} layers", layers=each) for each in recorded}
        widgets.segmented(choice, depth, _("Depth"), layers)
    with right:
        titles = {each: _(title) for each, title in PAIRS.items()}
        widgets.segmented(DIRECTIONS, seed, _("Directions"), titles)
    pair = {family: _load(path, path.stat().st_mtime_ns) for family, path in recorded[depth].items()}
    names = {family: _(name, layers=depth) for family, name in NAMES.items()}
    loss = _("Training loss")
    words = (loss, "α", "β", _("Turn both:"))
    chart(surfaces(pair, seed, names, words, is_dark()), "landscape-surfaces", _in_words(pair, seed, names))
    code = landscape_code(depth, seed)
    below("landscape-surfaces", _("The loss landscape"), code, "Li et al. 2018")
    st.caption(
        _(
            "Height and colour: the loss, logarithmic; above {cap:g} it is drawn as {cap:g}. Contours"
            " below. Guessing costs ln {classes} = {guessing:.2f}. α and β are in units of the length"
            " of the net's own filters.",
            cap=CAP,
            classes=len(CIFAR10_CLASSES),
            guessing=_guessing(),
        )
    )
    st.markdown(_seen(pair, seed, names))
    along = _("α, with β = 0")
    for column, quantity, title in zip(
        st.columns(2, gap="medium"), ("losses", "errors"), (loss, _("Training error, %")), strict=True
    ):
        with column:
            figure = lines(pair, seed, quantity, names, (along, title), is_dark())
            chart(figure, f"landscape-{quantity}", _line_in_words(pair, seed, quantity, names, title))
            below(f"landscape-{quantity}", marks().titled(_("The loss landscape"), title), code, "Li et al. 2018")
    with frame.about():
        st.markdown(_measured(pair))


def _seen(pair: LandscapePair, seed: int, names: dict[Family, str]) -> str:
    """Describe the slices in numbers."""
    rows = [
        _(
            "**{net}**: loss {centre} in the middle, at most {near} within half a length of it, {far} at"
            " the highest; better than guessing on {below:.0%} of the slice; local minima off its edge: {minima}.",
            net=names[family],
            centre=_number(recorded.line(seed).losses[recorded.centre]),
            near=_number(max(_losses(recorded, seed, within=0.5))),
            far=_number(max(_losses(recorded, seed))),
            below=_share_below(recorded, seed),
            minima=minima(recorded.slices[seed]),
        )
        for family, recorded in pair.items()
    ]
    return "\n".join(f"- {row}" for row in rows)


def _measured(pair: LandscapePair) -> str:
    """Say how many dimensions the space has and how the landscapes were recorded."""
    one = next(iter(pair.values()))
    return _(
        "This is a plane in a space of **{parameters:,}** dimensions, as many as each net has parameters; the"
        " directions move {moved:,} of them, the weights of filters and classifier. Both nets have the same random"
        " numbers, scaled to their own filters. Recorded by"
        " `{command}`: {points} × {points} points, {pictures:,} training pictures, as many of each class ({data}), in"
        " float32 ({hardware}; torch {torch}).",
        parameters=one.parameters,
        moved=one.moved,
        command=one.command,
        points=len(one.coordinates),
        pictures=one.pictures,
        data=data_name(one.data),
        hardware=one.hardware,
        torch=one.versions["torch"],
    )


def _in_words(pair: LandscapePair, seed: int, names: dict[Family, str]) -> str:
    """Describe the surfaces for readers who cannot see them."""
    return marks().sentences(
        _(
            "{net}, training loss over two random directions: {centre} in the middle; from {near_low} to"
            " {near_high} within half a length of it; up to {far} in the whole square.",
            net=names[family],
            centre=_number(recorded.line(seed).losses[recorded.centre]),
            near_low=_number(min(_losses(recorded, seed, within=0.5))),
            near_high=_number(max(_losses(recorded, seed, within=0.5))),
            far=_number(max(_losses(recorded, seed))),
        )
        for family, recorded in pair.items()
    )


def _line_in_words(pair: LandscapePair, seed: int, quantity: str, names: dict[Family, str], title: str) -> str:
    """Describe the lines for readers who cannot see them, by their values at the ends, quarters and middle."""
    said = []
    for family, recorded in pair.items():
        line = getattr(recorded.line(seed), quantity)
        last = len(line) - 1
        places = sorted({round(last * part / 4) for part in range(5)})
        shown = [f"{line[at]:.0%}" if quantity == "errors" else _number(line[at]) for at in places]
        ends = zip(places, shown, strict=True)
        values = marks().clauses(f"{recorded.coordinates[at]:g}{marks().colon}{each}" for at, each in ends)
        said.append(_("{net}, {quantity} by α. {values}.", net=names[family], quantity=title, values=values))
    return marks().sentences(said)


def _number(value: float) -> str:
    """Format with two significant digits, without a power of ten where possible."""
    return f"{float(f'{value:.2g}'):g}"


def _losses(recorded: Landscape, seed: int, within: float = math.inf) -> list[float]:
    """Return the losses at all points with both coordinates within that distance of 0; NaN counts as infinity."""
    steps = recorded.coordinates
    return [
        math.inf if math.isnan(loss) else loss
        for second, row in zip(steps, recorded.slices[seed], strict=True)
        for first, loss in zip(steps, row.losses, strict=True)
        if max(abs(first), abs(second)) <= within
    ]


def _share_below(recorded: Landscape, seed: int) -> float:
    losses = _losses(recorded, seed)
    return sum(loss < _guessing() for loss in losses) / len(losses)


def _guessing() -> float:
    return math.log(len(CIFAR10_CLASSES))


def _recorded_pairs() -> dict[int, dict[Family, Path]]:
    """Return the recorded files by depth, for depths with a file of each net."""
    found: dict[int, dict[Family, Path]] = {}
    for family in NAMES:
        for path in LANDSCAPE.glob(f"cifar10-{family}-*.json"):
            depth = path.stem.rpartition("-")[2]
            if depth.isdecimal():
                found.setdefault(int(depth), {})[family] = path
    return {depth: files for depth, files in sorted(found.items()) if len(files) == len(NAMES)}


@st.cache_resource(show_spinner=False, max_entries=12)
def _load(path: Path, changed: int) -> Landscape:
    return load_landscape(path)
