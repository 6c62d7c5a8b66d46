"""What keeps the tokens of a Transformer apart: attention alone makes them all equal (Dong21)."""

from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.figures.encoders import distance_curves
from resnet_edu.figures.gradient_curves import scientific
from resnet_edu.measure.transformers import DEEPEST, MOST_UNEVEN, Distances, EncoderSetting, Parts, distance
from resnet_edu.nets.encoder import NormPlace
from resnet_edu.ui.beyond import by_layer, encoder_settings
from resnet_edu.ui.beyond.encoder_settings import LAYERS, PLACE, is_recorded
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell import frame
from resnet_edu.ui.text.language import _, lesson
from resnet_edu.ui.url.query import read

EQUAL = 1e-15
"""Tokens that are equal but for rounding to float64 are less than this apart."""
LOOKS = {
    Parts.ATTENTION: (mark("Attention alone"), "without", False),
    Parts.MLP: (mark("Attention, MLP"), "without", True),
    Parts.SHORTCUTS: (mark("Attention, shortcuts"), "with", True),
    Parts.ALL: (mark("Attention, MLP, shortcuts"), "with", False),
}
CODE = """\
from statistics import median

from resnet_edu.measure.transformers import EncoderSetting, distances
from resnet_edu.nets.encoder import NormPlace

runs = [distances(EncoderSetting(heads={heads}, width={width}, seed=seed), NormPlace("{place}")) for seed in {seeds}]
for parts in runs[0]:
    print(f"{{parts:10}}", " ".join(f"{{median(layer):.1e}}" for layer in zip(*(run[parts] for run in runs))))
"""


def show_tokens() -> None:
    """Show how far the tokens are from all being equal, layer by layer."""
    setting, place = encoder_settings.read_size(), read(PLACE)
    encoder_settings.choose_place(place)
    draw = partial(_draw, setting, place)
    if is_recorded(setting):
        draw(by_layer.recorded().distances[place])
    else:
        source = partial(_by_parts, setting, place)
        by_layer.show_live(
            ("tokens", setting, place),
            source,
            len(Parts),
            lambda found: draw([dict(found.values())]),
            progress=mark("Measured here and now: {done} of {all} nets"),
        )
    encoder_settings.choose_size(setting, "tokens")
    _compare_with_the_theorem()
    with frame.about():
        st.markdown(lesson("tokens-seen"))
        st.caption(by_layer.measured())


def _by_parts(setting: EncoderSetting, place: NormPlace) -> Iterator[tuple[int, tuple[Parts, tuple[float, ...]]]]:
    for index, parts in enumerate(Parts):
        yield index, (parts, distance(setting, place, parts))


def _draw(setting: EncoderSetting, place: NormPlace, runs: Sequence[Distances]) -> None:
    layers = read(LAYERS)
    title = _("Distance of the tokens from all being equal")
    by_layer.draw_by_layer(
        "tokens",
        LAYERS,
        layers,
        {DEEPEST: distance_curves(runs)},
        {parts: (_(name), kind, dashed) for parts, (name, kind, dashed) in LOOKS.items()},
        {
            "title": title,
            "position": _("Layers passed"),
            "axis": _(
                "Layer · ‖res(X)‖ / ‖X‖, 1 for unrelated tokens, 0 for equal ones · {runs}", runs=by_layer.runs(setting)
            ),
            "summary": _("after layer {layer}"),
            "floor": _("equal but for rounding"),
        },
        prefix=True,
        shift=1,
        floor=EQUAL,
    )
    code = CODE.format(heads=setting.heads, width=setting.width, place=place, seeds=by_layer.seeds(setting))
    below("tokens", title, code, "Dong et al. 2021")
    st.markdown("\n".join(f"- {said}" for said in _in_words(runs, layers)))


def _in_words(runs: Sequence[Distances], layers: int) -> Iterator[str]:
    """Say of each net from which layer on its tokens are equal, or how far apart they are."""
    for parts in runs[0]:
        name, curve = _(LOOKS[parts][0]), [median(layer) for layer in zip(*(run[parts] for run in runs), strict=True)]
        apart = max(layer for layer, distance in enumerate(curve) if distance >= EQUAL)
        if apart < len(curve) - 1:
            yield _("**{net}**: equal but for rounding from layer {layer} on.", net=name, layer=apart + 1)
        elif layers == DEEPEST:
            yield _(
                "**{net}**: {distance} after layer {layer}.", net=name, distance=scientific(curve[-1]), layer=layers
            )
        else:
            yield _(
                "**{net}**: {distance} after layer {layer}, {last} after layer {deepest}.",
                net=name,
                distance=scientific(curve[layers]),
                layer=layers,
                last=scientific(curve[-1]),
                deepest=DEEPEST,
            )


def _compare_with_the_theorem() -> None:
    """Show the bound beside what is measured, and say where it holds and what it is worth elsewhere."""
    bound = by_layer.recorded().bound
    head = [_("Layers"), _("bound"), _("measured")]
    rows = [
        [str(layers), scientific(promised), scientific(found) if found > EQUAL else _("0 but for rounding")]
        for layers, (promised, found) in enumerate(zip(bound.bound, bound.measured, strict=True))
    ]
    st.markdown(lesson("tokens-bound"))
    st.markdown("\n".join(f"| {' | '.join(row)} |" for row in (head, ["---:"] * len(head), *rows)))
    st.caption(
        _(
            "‖res‖ relative to the start, for attention alone, one head and no normalisation; two scores of a token"
            " differ by {uneven} at most, as the proof needs (below {most}). For these tokens, standard normal ones"
            " times {shrunk}, c = {factor}. For standard normal ones c = {standard}: the bound then says nothing, and"
            " the tokens become equal all the same, as the figure shows.",
            uneven=scientific(bound.uneven),
            most=MOST_UNEVEN,
            shrunk=scientific(bound.shrunk),
            factor=scientific(bound.bound[1]),
            standard=f"{bound.standard:,.0f}",
        )
    )
