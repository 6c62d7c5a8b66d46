"""The identity experiment: a trained net made deeper without further training, recorded and live."""

from dataclasses import dataclass
from functools import cache

import streamlit as st

from resnet_edu.errors import UserError, mark
from resnet_edu.figures.identity import chance, error_range, identity_answers, identity_curves
from resnet_edu.measure.identity import DRAWS, MOST, NETS, IdentityRecord, Insert, growth
from resnet_edu.nets.cifar import CIFAR10_CLASSES, STAGES, CifarSpec, Family
from resnet_edu.ui.depth.code import identity_code
from resnet_edu.ui.depth.records import recorded_identity, recorded_places
from resnet_edu.ui.shared.asking import ask
from resnet_edu.ui.shared.data_sets import data_name
from resnet_edu.ui.shared.encoded import data_url
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell import frame, lecture
from resnet_edu.ui.text.language import _, explain, lesson
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import choose
from resnet_edu.ui.url.query import Between, OneOf, read
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.deepened import CROPS, Answers, Deepen
from resnet_edu.vision.samples import CIFAR10_SAMPLES, sample_picture

LIVE = {Family.RESIDUAL: Insert.ZERO, Family.PLAIN: Insert.FRESH_LAYERS}
"""What is inserted into the two nets that answer live."""
DEFAULT_K = 0
"""Nothing is inserted at first, so that readers can predict what will happen."""
DEFAULT_PLACE = 2
"""The middle stage has trained layers on both sides; after the last stage only the pooling would follow."""
HARMLESS = 0.05
"""Largest increase of the error that hardly matters compared with the error of guessing."""
K = Between("k", 0, MOST, DEFAULT_K)
DRAW = OneOf("k_draw", range(DRAWS), 0)
CURVES = {
    Insert.ZERO: (mark("Residual blocks that start at zero (last scale 0)"), "thick"),
    Insert.FRESH_LAYERS: (mark("Plain layers with fresh weights"), "thick"),
    Insert.FRESH_BLOCKS: (mark("Residual blocks with fresh weights (last scale 1)"), "thin"),
    Insert.COPIES: (mark("Plain layers set by hand to copy"), "thin"),
}


@dataclass(frozen=True)
class ChosenInsertions:
    """The setting in the URL."""

    k: int
    place: int
    draw: int


def chosen() -> ChosenInsertions:
    """Read the setting from the URL, correcting invalid values."""
    return ChosenInsertions(
        k=read(K),
        place=read(_place()),
        draw=read(DRAW),
    )


def _place() -> OneOf[int]:
    return OneOf("k_place", recorded_places(), DEFAULT_PLACE)


@st.fragment
def show_insertions() -> None:
    """Show the controls, the recorded curves next to two nets' live answers, and how all of it was measured."""
    now = chosen()
    try:
        for family in LIVE:
            _net(family)
    except UserError as error:
        st.error(explain(error))
        return
    _choose(now)
    record = recorded_identity(now.place)
    figure = st.container()
    live = {family: answers for family in LIVE if (answers := _ask(now, family))}
    with figure:
        _draw(now, record, live)
    if now.k:  # readers predict first
        with frame.about():
            _tell_record(record)
            _tell_live(live)
            st.markdown(lesson("identity-seen"))
    frame.link("block", _("Turn one block down to zero and look at its maps"), {"share": "0", "show": "turned-down"})
    below("identity", _("The identity experiment"), identity_code(now.place, now.k, now.draw), "He et al. 2015, § 1")


def _choose(now: ChosenInsertions) -> None:
    if lecture.here():
        return
    left, right = st.columns([3, 1], vertical_alignment="center")
    places = recorded_places()
    with left:
        if len(places) > 1:
            titles = {place: _("At the end of stage {stage}", stage=place) for place in places}
            widgets.segmented(_place(), now.place, _("Where to insert"), titles)
        else:
            st.markdown(_("Inserted at the end of stage {stage} of {stages}.", stage=now.place, stages=STAGES))
    right.button(
        _("Draw other fresh weights"),
        icon=":material/casino:",
        key="k_other",
        on_click=lambda: choose("k_draw", str((now.draw + 1) % DRAWS)),
    )


def _ask(now: ChosenInsertions, family: Family) -> Answers | None:
    pictures = tuple(sample_picture(sample.id) for sample in CIFAR10_SAMPLES)
    task = Deepen(_net(family), pictures, LIVE[family], now.place, now.draw)
    return ask(task, f"deepened {family}", _net(family).title)


def _draw(now: ChosenInsertions, record: IdentityRecord, live: dict[Family, Answers]) -> None:
    curves = {curve["insert"]: curve for curve in identity_curves(record)}
    widgets.component(
        "depth/identity",
        key="identity",
        data={
            "k": now.k,
            "most": MOST,
            "chance": chance(len(CIFAR10_CLASSES)),
            "curves": [
                {**curves[insert], "family": insert.family, "name": _(name), "weight": weight}
                for insert, (name, weight) in CURVES.items()
            ],
            "sizes": {family: _sizes(family, now.place) for family in LIVE},
            "pictures": [{"id": each.id, "title": _(each.title), "source": _seen(each.id)} for each in CIFAR10_SAMPLES],
            "classes": [_(name) for name in CIFAR10_CLASSES],
            "live": {family: identity_answers(answers) for family, answers in live.items()},
            "labels": {
                "k": _("How many are inserted"),
                "errors": _("Error on {pictures:,} test pictures", pictures=record.pictures)
                if lecture.here()
                else _(
                    "Error on {pictures:,} test pictures: {data}", pictures=record.pictures, data=data_name(record.data)
                ),
                "axis": _("k: residual blocks (two layers each) or plain layers"),
                "chance": _("guessing among {classes} classes", classes=len(CIFAR10_CLASSES)),
                "columns": [_("What is inserted"), _("error at k = {k} (draws)")],
                "answers": _("Answers now: blocks that start at zero, fresh plain layers"),
                "sizes": {
                    Family.RESIDUAL: _("Residual net at k = {k}: {layers} layers, {parameters} parameters"),
                    Family.PLAIN: _("Plain net at k = {k}: {layers} layers, {parameters} parameters"),
                },
                "same": {
                    Family.RESIDUAL: _("Residual net: {same} of {all} answers as at k = 0"),
                    Family.PLAIN: _("Plain net: {same} of {all} answers as at k = 0"),
                },
            },
        },
        url={"k": K},
    )


def _tell_record(record: IdentityRecord) -> None:
    st.markdown(
        _(
            "**What was seen**, as error on the test pictures: residual blocks that start at zero,"
            " {zero_none} without and {zero_most} with {most} of them; plain layers with fresh"
            " weights, {plain_first} with the first and {plain_most} with {most}; residual blocks with"
            " fresh weights, {blocks_first} with the first and {blocks_most} with {most}. Guessing is"
            " wrong {chance:.0f}% of the time.",
            zero_none=error_range(record, Insert.ZERO, 0),
            zero_most=error_range(record, Insert.ZERO, MOST),
            plain_first=error_range(record, Insert.FRESH_LAYERS, 1),
            plain_most=error_range(record, Insert.FRESH_LAYERS, MOST),
            blocks_first=error_range(record, Insert.FRESH_BLOCKS, 1),
            blocks_most=error_range(record, Insert.FRESH_BLOCKS, MOST),
            chance=chance(len(CIFAR10_CLASSES)),
            most=MOST,
        )
    )
    st.markdown(_shortcut_alone(record))
    furthest = {insert: max(record.curves[insert].furthest.values()) for insert in (Insert.ZERO, Insert.COPIES)}
    st.markdown(
        _(
            "**How far did any logit move**, over all test pictures and every recorded k? With blocks that start at"
            " zero by **{zero:g}**, with layers set to copy by **{copies:g}**, in {precision}.",
            zero=furthest[Insert.ZERO],
            copies=furthest[Insert.COPIES],
            precision=record.precision,
        )
    )
    st.markdown(
        _(
            "Recorded by `{command}` ({hardware}; torch {torch}) on {data}. Fresh weights: mean and"
            " range of {draws} draws after He et al. They change what reaches every later batch"
            " normalisation, so from the first insertion on the statistics are recomputed over"
            " {calibration} training pictures: what remains is not a matter of scale. Nothing is"
            " trained.",
            command=record.command,
            hardware=record.hardware,
            torch=record.versions["torch"],
            data=data_name(record.data),
            draws=len(record.seeds),
            calibration=record.calibration,
        )
    )


def _shortcut_alone(record: IdentityRecord) -> str:
    """Compare fresh residual blocks with fresh plain layers at this place: is the shortcut alone enough?"""
    own = record.curves[Insert.ZERO].errors[0][0]
    blocks, layers = (record.curves[insert].errors[1] for insert in (Insert.FRESH_BLOCKS, Insert.FRESH_LAYERS))
    if max(blocks) < own + HARMLESS:
        answer = _("**Is the shortcut enough? At this place it nearly is, for a few blocks.**")
    elif max(blocks) < min(layers):
        answer = _("**Is the shortcut enough? At this place it helps, but it is not enough.**")
    else:
        answer = _("**Is the shortcut enough? At this place it does not help.**")
    return (
        answer
        + " "
        + _(
            "Behind stage {place}, one residual block with fresh weights takes the error from {own} to {blocks}, and"
            " {most} of them to {many}; one plain layer with fresh weights takes its net's from {plain} to {layers}.",
            place=record.place,
            own=error_range(record, Insert.ZERO, 0),
            blocks=error_range(record, Insert.FRESH_BLOCKS, 1),
            most=MOST,
            many=error_range(record, Insert.FRESH_BLOCKS, MOST),
            plain=error_range(record, Insert.COPIES, 0),
            layers=error_range(record, Insert.FRESH_LAYERS, 1),
        )
    )


def _tell_live(live: dict[Family, Answers]) -> None:
    if len(live) == len(LIVE):
        st.caption(
            _(
                "Answers for every k from 0 to {most}: {residual:.2f} s for the residual net,"
                " {plain:.2f} s for the plain one, measured. The residual net's logits moved by at"
                " most {furthest:g}. CIFAR-10 is not shipped, so here the plain net's statistics come"
                " from {crops} crops of these pictures. Underlined: a different answer than at k = 0.",
                most=MOST,
                furthest=max(live[Family.RESIDUAL].furthest),
                residual=live[Family.RESIDUAL].seconds,
                plain=live[Family.PLAIN].seconds,
                crops=CROPS,
            )
        )


def _net(family: Family) -> Net:
    return catalogue().find(NETS[family])


def _sizes(family: Family, place: int) -> dict[str, int]:
    architecture = _net(family).architecture
    assert isinstance(architecture, CifarSpec)
    grown = growth(architecture, LIVE[family], place)
    return {
        "layers": grown.layers,
        "parameters": grown.parameters,
        "layersEach": grown.layers_each,
        "parametersEach": grown.parameters_each,
    }


@cache
def _seen(sample: str) -> str:
    """Return the picture as both nets see it."""
    return data_url(_net(Family.RESIDUAL).preprocessing.view(sample_picture(sample).image))
