"""Post-LN or pre-LN: gradients along the residual stream before training (Xiong20)."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from statistics import median

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.figures.encoders import gradient_curves
from resnet_edu.figures.gradient_curves import scientific
from resnet_edu.measure.transformers import CLASSES, DEPTHS, EncoderSetting, Stream, Streams, sweep
from resnet_edu.ui.beyond import by_layer, encoder_settings
from resnet_edu.ui.beyond.encoder_settings import DEPTH, QUANTITIES, QUANTITY, is_recorded
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell import frame
from resnet_edu.ui.text.language import _, lesson, marks
from resnet_edu.ui.url.query import read

LOOKS = {
    Stream.NONE: (mark("Post-LN without shortcuts"), "without", False),
    Stream.POST: (mark("Post-LN"), "with", True),
    Stream.PRE: (mark("Pre-LN"), "with", False),
}
AXES = {
    "stream": mark("Layer · norm of the loss gradient with respect to the tokens after it · {runs}"),
    "weights": mark("Layer · norm of the loss gradient with respect to its last weights · {runs}"),
}
CODE = """\
from statistics import median

from resnet_edu.measure.transformers import EncoderSetting, Stream, gradients

settings = [EncoderSetting(heads={heads}, width={width}, seed=seed) for seed in {seeds}]
for stream in Stream:
    runs = [gradients(stream.spec(setting, {depth}), setting).{quantity} for setting in settings]
    print(f"{{stream:4}}", " ".join(f"{{median(layer):.1e}}" for layer in zip(*runs)))
"""


def show_stream() -> None:
    """Show the gradients of post-LN and pre-LN encoders, layer by layer."""
    setting, quantity = encoder_settings.read_size(), read(QUANTITY)
    encoder_settings.choose_quantity(quantity)
    draw = partial(_draw, setting, quantity)
    if is_recorded(setting):
        draw(by_layer.recorded().gradients)
    else:
        by_layer.show_live(
            ("stream", setting),
            lambda: sweep(setting),
            len(DEPTHS),
            lambda found: draw({depth: [streams] for depth, streams in found.items()}),
            progress=mark("Measured here and now: {done} of {all} depths, each with three nets"),
        )
    encoder_settings.choose_size(setting, "residual-stream")
    frame.link("block", _("Orders (a) and (e) of a residual block"), {"show": "order"})
    with frame.about():
        st.markdown(lesson("stream-seen"))
        loss = _("Loss: cross-entropy of {classes} random labels, read from each token.", classes=CLASSES)
        st.caption(marks().sentences([loss, by_layer.measured()]))


def _draw(setting: EncoderSetting, quantity: str, depths: Mapping[int, Sequence[Streams]]) -> None:
    depth = read(DEPTH)
    title = _(QUANTITIES[quantity])
    by_layer.draw_by_layer(
        "residual-stream",
        DEPTH,
        depth,
        gradient_curves(depths, quantity),
        {stream: (_(name), kind, dashed) for stream, (name, kind, dashed) in LOOKS.items()},
        {
            "title": title,
            "position": _("Encoder depth"),
            "axis": _(AXES[quantity], runs=by_layer.runs(setting)),
            "summary": _("first ÷ last"),
        },
        ratio=True,
        shift=1 if quantity == "stream" else 0,
    )
    code = CODE.format(
        heads=setting.heads,
        width=setting.width,
        seeds=by_layer.seeds(setting),
        depth=depth,
        quantity=quantity,
    )
    below("residual-stream", title, code, "Xiong et al. 2020")
    if len(depths) > 1:
        st.markdown("\n".join(f"- {said}" for said in _in_words(depths)))


def _in_words(depths: Mapping[int, Sequence[Streams]]) -> Iterator[str]:
    """Say what depth does to the gradient at the output, and which weights get the larger ones (Xiong20)."""
    shallow, deep = min(depths), max(depths)
    quarter = max(1, deep // 4)

    def of_each(value: Callable[[Stream], float]) -> str:
        return marks().listed(f"{_(LOOKS[stream][0])} {scientific(value(stream))}" for stream in Stream)

    def last(depth: int, stream: Stream) -> float:
        return median(run[stream].stream[-1] for run in depths[depth])

    def ends(stream: Stream) -> float:
        weights = [run[stream].weights for run in depths[deep]]
        return median(sum(each[:quarter]) / sum(each[-quarter:]) for each in weights)

    yield _(
        "**Gradient of the stream after the last layer**, {deep} layers ÷ {shallow} layers: {factors} (1/√L would be"
        " {root}).",
        deep=deep,
        shallow=shallow,
        factors=of_each(lambda stream: last(deep, stream) / last(shallow, stream)),
        root=scientific(math.sqrt(shallow / deep)),
    )
    yield _(
        "**Weights near the input or the output?** First quarter of {deep} layers ÷ last quarter, sums of the norms at"
        " the MLP's last weights: {ratios}.",
        deep=deep,
        ratios=of_each(ends),
    )
