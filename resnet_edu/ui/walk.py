"""From edges to meaning: four stops on the way through a net, each a link."""

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.figures.framed import framed
from resnet_edu.nets.outline import walk
from resnet_edu.ui import frame
from resnet_edu.ui.language import _
from resnet_edu.ui.measured import whole_net
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.feature_maps import Survey

STOPS = (
    (
        mark("1 · The stem: edges"),
        mark(
            "Look for outlines and patches of colour. A value sees {size} × {size} pixels: it knows where,"
            " but hardly what."
        ),
    ),
    (
        mark("2 · Early: texture"),
        mark(
            "Look for stripes, corners and fur, still in their places: stride {stride}, and each value sees"
            " {size} × {size} pixels."
        ),
    ),
    (
        mark("3 · Middle: parts"),
        mark(
            "Look for maps that light up on one part only. A value sees {size} × {size} pixels, so that context counts."
        ),
    ),
    (
        mark("4 · Last: meaning"),
        mark(
            "Few maps answer, and coarsely: {places} × {places} values, {size} × {size} pixels each. It knows what, but"
            " hardly where."
        ),
    ),
)


def show(net: Net, survey: Survey) -> None:
    """What to look for at each stop, and what a value in the middle of its maps can see of the picture."""
    frame.heading(_("From edges to meaning"))
    layers = {layer.place.name: layer for layer in survey.layers}
    for column, place, (title, sentence) in zip(st.columns(4), walk(net.architecture), STOPS, strict=True):
        layer = layers[place.name]
        _channels, height, width = layer.shape
        values = {"size": layer.field.size, "stride": layer.field.stride, "places": width}
        with column, st.container(border=True, height="stretch"):
            st.image(
                framed(survey.seen, layer.field, height),
                width="stretch",
                output_format="PNG",
                alt=_("The picture; a frame of {size} × {size} pixels is what a value sees", size=layer.field.size),
            )
            st.markdown(_(sentence, **values))
            frame.link("inference", _(title), _link(place.name))
    st.caption(whole_net(survey.milliseconds))


def _link(layer: str) -> dict[str, str]:
    """This page as it is, at another layer."""
    kept = {name: value for name, value in st.query_params.items() if name not in ("channel", "at")}
    return {**kept, "view": "maps", "layer": layer}
