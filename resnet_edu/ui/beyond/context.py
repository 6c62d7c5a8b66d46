"""How much of a picture a net needs, and at which scale: recorded accuracy, and live on the reader's picture."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from resnet_edu.figures.context import part_lines, scale_lines
from resnet_edu.figures.intervals import WithInterval
from resnet_edu.nets import tiny_imagenet
from resnet_edu.paths import CONTEXT, is_readable
from resnet_edu.teaching.context import Averaged, Context, load_context
from resnet_edu.teaching.held_out import Z
from resnet_edu.teaching.probes import NET, ProbeScore
from resnet_edu.ui.shared.asking import ask
from resnet_edu.ui.shared.code import picture_code
from resnet_edu.ui.shared.encoded import data_url
from resnet_edu.ui.shared.engines import engine
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.pictures import chosen_picture, invite, reproducible_path
from resnet_edu.ui.shell import frame, lecture
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _, current, lesson, marks, name_of
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Nearest, read
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.context import RADII, SCALES, LookAtParts, LookAtScales, Part, Tops, at_scale, side_at, within
from resnet_edu.vision.image import Picture
from resnet_edu.vision.predict import ClassScore
from resnet_edu.vision.seen import seen_by

STRIDE = 32
"""Pixels of the input between two positions of a ResNet's last map."""
LABELLED = 20
"""Every other radius has a label, for which a phone has room."""
PER_CENT = tuple(round(100 * scale) for scale in SCALES)
RADIUS = Nearest("radius", RADII, 50)
ZOOM = Nearest("zoom", PER_CENT, 100)
RECORDED_CODE = """\
from resnet_edu.paths import CONTEXT
from resnet_edu.teaching.context import load_context

recorded = load_context(CONTEXT)
{body}"""
PARTS_CODE = RECORDED_CODE.format(
    body="""\
for radius, area in recorded.areas.items():
    disc, rest = (recorded.parts[part][radius] for part in ("disc", "rest"))
    print(f"{radius:4}% {area:6.1%} of the picture: disc {disc.share:6.1%}, rest {rest.share:6.1%}")
"""
)
SCALES_CODE = RECORDED_CODE.format(
    body="""\
for scale, score in recorded.scales.items():
    low, high = score.interval
    print(f"scale {scale:4}: {score.share:6.1%} ({low:.1%} to {high:.1%})")
for factor, average in recorded.averages.items():
    print(f"1/{factor} to {factor}: {average.score.share:.1%}, {average.gained} gained, {average.lost} lost")
"""
)
LIVE_CODE = """\
import torch

{imports}
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.context import {steps}, {task}
from resnet_edu.vision.engine.protocol import Loaded

net = catalogue().find("{net}")
picture = {picture}
found = {task}(net, picture).run(Loaded(net, load(net), torch.device("cpu")))
for what, tops in found.tops.items():
    for step, top in zip({steps}, tops):
        print(f"{{what:8}} {{step:5}} {{top[0].name:20}} {{top[0].probability:.1%}}")
"""


def is_due() -> bool:
    """Whether the accuracies have been recorded."""
    return is_readable(CONTEXT)


@st.fragment
def show_parts() -> None:
    """Let the reader drag a disc over the picture, and plot what is recognised of discs and of rests."""
    recorded = _recorded()
    radius = read(RADIUS)
    with st.container(key="with-context-radius"):  # a stop asks about the plot, and drags the radius next to it
        live = None if lecture.here() else st.container()
        figure, beside = st.columns([6, 5], gap="large", vertical_alignment="center")
    with figure:
        _plot_parts(recorded)
    with live or beside:
        _look_at_parts(radius)
    said = st.container() if lecture.here() else beside
    said.markdown("\n".join(f"- {each}" for each in _parts_in_words(recorded)))


def _look_at_parts(radius: int) -> None:
    picture, net = chosen_picture(), catalogue().find(NET)
    if not lecture.here():
        st.caption(_("The picture is the one chosen [above](#detection)."))
    if picture is None:
        invite()
    elif found := ask(LookAtParts(net, picture), "context parts"):
        _draw_parts(net, picture, found, radius)


@st.fragment
def show_scales() -> None:
    """Let the reader scale the picture, and plot accuracy by scale and with averaging."""
    recorded = _recorded()
    zoom = read(ZOOM)
    picture, net = chosen_picture(), catalogue().find(NET)
    if picture is not None and (found := ask(LookAtScales(net, picture), "context scales")):
        _draw_scales(net, picture, found, zoom)
    figure, said = st.columns([6, 5], gap="large", vertical_alignment="center")
    with figure:
        _plot_scales(recorded)
    said.markdown("\n".join(f"- {each}" for each in _scales_in_words(recorded)))


def show_about() -> None:
    """Say how it was measured, and what that does not show."""
    recorded = _recorded()
    with frame.about():
        st.markdown(lesson("context-seen"))
        st.caption(
            _(
                "Recorded by `{command}` on {pictures:,} validation pictures of {data}, as many of each class, with"
                " {net} in {precision} (torch {torch}; SHA-256 of the weights {weights}…). Whiskers: 95% confidence,"
                " of these pictures.",
                command=recorded.command,
                pictures=recorded.scales[1.0].total,
                data=recorded.data,
                net=recorded.net,
                precision=recorded.precision,
                torch=recorded.versions["torch"],
                weights=recorded.weights[:12],
            )
        )


def _draw_parts(net: Net, picture: Picture, found: Tops, radius: int) -> None:
    side = net.preprocessing.crop
    areas = _recorded().areas
    panels: list[dict[str, Any]] = [
        {
            "id": part,
            "title": title,
            "captions": [_("{area:.0%} of the picture", area=share) for share in shares],
            "pictures": [data_url(seen_by(net, picture))],
            "disc": {"radii": [each * side / 200 for each in RADII], "kept": part is Part.DISC},
            "tops": _tops(found.tops[part]),
        }
        for part, title, shares in (
            (Part.DISC, _("Only the disc"), [areas[each] for each in RADII]),
            (Part.REST, _("Only the rest"), [1 - areas[each] for each in RADII]),
        )
    ]
    _component("parts", _("Radius, % of half the side"), RADIUS, radius, [f"{each}%" for each in RADII], net, panels)
    below("context-parts", _("A disc of the picture, and the rest"), _live_code("LookAtParts", "RADII"))
    _tell(found)


def _draw_scales(net: Net, picture: Picture, found: Tops, zoom: int) -> None:
    sides = [side_at(scale, net.preprocessing.crop) for scale in SCALES]
    positions = [math.ceil(side / STRIDE) for side in sides]
    views = [data_url(at_scale(net.preprocessing, min(scale, 1.0)).view(picture.image)) for scale in SCALES]
    panels: list[dict[str, Any]] = [
        {
            "id": "scale",
            "title": _("At this scale"),
            "captions": [
                _(
                    "{side} × {side} pixels; the last map has {count} × {count} positions",
                    side=side,
                    count=count,
                )
                for side, count in zip(sides, positions, strict=True)
            ],
            "pictures": views,
            "positions": positions,
            "tops": _tops(found.tops["scale"]),
        },
        {
            "id": "average",
            "title": _("Averaged"),
            "captions": [_averaged_over(within(scale)) for scale in SCALES],
            "pictures": [],
            "tops": _tops(found.tops["average"]),
        },
    ]
    _component("scales", _("Scale"), ZOOM, zoom, [f"× {scale:g}" for scale in SCALES], net, panels)
    below(
        "context-scales",
        _("The picture at several scales"),
        _live_code("LookAtScales", "SCALES"),
        "He et al. 2015, § 3.4",
    )
    _tell(found)


def _averaged_over(scales: Sequence[float]) -> str:
    if len(scales) == 1:
        return _("scale {scale:g} alone: the same answer", scale=scales[0])
    return _("over the scales {scales}", scales=marks().listed(f"{each:g}" for each in scales))


def _component(
    name: str, label: str, parameter: Nearest, value: int, shown: list[str], net: Net, panels: list[dict[str, Any]]
) -> None:
    widgets.component(
        "beyond/context",
        key=f"context-{name}",
        data={
            "label": label,
            "value": value,
            "options": list(parameter.options),
            "shown": shown,
            "fill": [round(255 * each) for each in net.preprocessing.mean],
            "panels": panels,
            "labels": {"classes": _("Most probable classes")},
        },
        url={"value": parameter},
    )


def _tops(steps: Sequence[tuple[ClassScore, ...]]) -> list[list[dict[str, Any]]]:
    names = {each.en: name_of(each, current()) for each in tiny_imagenet.CLASSES}
    return [
        [{"name": names[each.name], "share": each.probability, "text": f"{each.probability:.1%}"} for each in top]
        for top in steps
    ]


def _live_code(task: str, steps: str) -> str:
    return LIVE_CODE.format(task=task, steps=steps, net=NET, **picture_code(reproducible_path()))


def _tell(found: Tops) -> None:
    st.caption(
        marks().sentences(
            (
                _(
                    "All steps of the slider took {milliseconds:,.0f} ms on {device}, measured.",
                    milliseconds=found.milliseconds,
                    device=f"{found.device_type.upper()} · {engine().device_name}",
                ),
                *((_(found.note),) if found.note else ()),
            )
        )
    )


def _plot_parts(recorded: Context) -> None:
    titles = {Part.DISC: _("only the disc"), Part.REST: _("only the rest")}
    lines = {titles[part]: [_point(score) for score in scores.values()] for part, scores in recorded.parts.items()}
    whole = recorded.scales[1.0].share
    radii = {
        radius: f"{radius}<br>{area:.0%}" if radius % LABELLED == 0 else "" for radius, area in recorded.areas.items()
    }
    axes = (_("Radius, % of half the side;<br>below: share of the picture"), _("accuracy"))
    alt = marks().sentences(
        [
            _("{line}: {values}.", line=name, values=_by_step((f"{each}%" for each in radii), points))
            for name, points in lines.items()
        ]
        + [_("Whole pictures: {share:.1%}.", share=whole)]
    )
    chart(part_lines(lines, radii, (_("whole pictures"), whole), axes, is_dark()), "context-radius", alt)
    below("context-radius", _("Accuracy on a disc, and on the rest"), PARTS_CODE)


def _plot_scales(recorded: Context) -> None:
    points = {scale: _point(score) for scale, score in recorded.scales.items()}
    averages = {
        factor: (
            _("averaged, {low:g} to {high:g}", low=min(within(factor)), high=max(within(factor))),
            each.score.share,
        )
        for factor, each in recorded.averages.items()
    }
    axes = (_("Scale"), _("accuracy"))
    alt = marks().sentences(
        [_("By scale: {values}.", values=_by_step((f"{scale:g}" for scale in points), list(points.values())))]
        + [_("{line}: {values}.", line=name, values=f"{share:.1%}") for name, share in averages.values()]
    )
    chart(scale_lines((_("one scale"), points), averages, axes, is_dark()), "context-scale", alt)
    below("context-scale", _("Accuracy by scale"), SCALES_CODE, "He et al. 2015, § 3.4")


def _by_step(steps: Iterator[str], points: Sequence[WithInterval]) -> str:
    return marks().listed(f"{step} {share:.1%}" for step, (share, _low, _high) in zip(steps, points, strict=True))


def _parts_in_words(recorded: Context) -> Iterator[str]:
    """Say what discs and rests are enough for."""
    whole = recorded.scales[1.0]
    disc, rest = recorded.parts[Part.DISC], recorded.parts[Part.REST]
    enough = [radius for radius, score in disc.items() if 2 * score.right >= whole.right]
    if enough:
        yield _(
            "**Half of the accuracy**: the smallest disc measured that keeps it covers {area:.0%} of the picture"
            " (radius {radius}%) and gives {share}, whole pictures {whole}.",
            area=recorded.areas[enough[0]],
            radius=enough[0],
            share=_said(disc[enough[0]]),
            whole=_said(whole),
        )
    too_much = [radius for radius, score in rest.items() if 2 * score.right <= whole.right]
    if too_much:
        yield _(
            "**Half of it is lost** once the middle {area:.0%} is covered (radius {radius}%): the rest gives {share};"
            " guessing gives {guessing:.1%}.",
            area=recorded.areas[too_much[0]],
            radius=too_much[0],
            share=_said(rest[too_much[0]]),
            guessing=1 / len(tiny_imagenet.CLASSES),
        )
    radius = min(recorded.areas, key=lambda each: abs(recorded.areas[each] - 0.5))
    yield _(
        "**Middle against edge**: at {radius}% both parts are about half of the picture ({area:.0%} and {other:.0%});"
        " the disc gives {disc}, the rest {rest}.",
        radius=radius,
        area=recorded.areas[radius],
        other=1 - recorded.areas[radius],
        disc=_said(disc[radius]),
        rest=_said(rest[radius]),
    )


def _scales_in_words(recorded: Context) -> Iterator[str]:
    """Say which scale is best, and what averaging gives."""
    best = max(recorded.scales, key=lambda scale: recorded.scales[scale].right)
    least, most = min(recorded.scales), max(recorded.scales)
    yield _(
        "**Best scale**: {best:g}, with {share}; {least:g} gives {small}, {most:g} gives {large}.",
        best=best,
        share=_said(recorded.scales[best]),
        least=least,
        small=_said(recorded.scales[least]),
        most=most,
        large=_said(recorded.scales[most]),
    )
    for factor, average in recorded.averages.items():
        yield _(
            "**Averaged over {low:g} to {high:g}**: {share}. Compared with scale 1, {gained} pictures are gained and"
            " {lost} lost: {verdict}.",
            low=min(within(factor)),
            high=max(within(factor)),
            share=_said(average.score),
            gained=average.gained,
            lost=average.lost,
            verdict=_verdict(average),
        )


def _verdict(average: Averaged) -> str:
    """Tell the difference from chance by a sign test on the pictures that changed."""
    if abs(average.gained - average.lost) <= Z * math.sqrt(average.gained + average.lost):
        return _("no more than chance")
    return _("a gain beyond chance") if average.gained > average.lost else _("a loss beyond chance")


def _point(score: ProbeScore) -> WithInterval:
    return score.share, *score.interval


def _said(score: ProbeScore) -> str:
    low, high = score.interval
    return marks().noted(f"{score.share:.1%}", _("{low:.1%} to {high:.1%}", low=low, high=high))


def _recorded() -> Context:
    return _load(CONTEXT, CONTEXT.stat().st_mtime_ns)


@st.cache_resource(show_spinner=False, max_entries=2)
def _load(path: Path, changed: int) -> Context:
    return load_context(path)
