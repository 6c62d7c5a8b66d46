"""From edges to meaning: four stops on the way through a net, each a link."""

from html import escape

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.measure.receptive_field import ReceptiveField
from resnet_edu.nets.outline import walk
from resnet_edu.ui.inference.measured import whole_net
from resnet_edu.ui.shell import frame
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url.links import parameters
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


def show(net: Net, survey: Survey, seen: str) -> None:
    """What to look for at each stop, and what a value in the middle of its maps can see of the picture.

    ``seen`` is the picture as the net sees it, as a data URL.
    """
    frame.heading(_("From edges to meaning"), "walk")
    st.html(f"<style>.field {{ background-image: url({seen}) }}</style>")
    layers = {layer.place.name: layer for layer in survey.layers}
    for column, place, (title, sentence) in zip(st.columns(4), walk(net.architecture), STOPS, strict=True):
        layer = layers[place.name]
        _channels, height, width = layer.shape
        values = {"size": layer.field.size, "stride": layer.field.stride, "places": width}
        with column, st.container(border=True, height="stretch"):
            st.html(_field(layer.field, height, survey.seen.width) + f"<p>{escape(_(sentence, **values))}</p>")
            frame.link("inference", _(title), _link(place.name))
    st.caption(whole_net(survey.milliseconds))


def _field(field: ReceptiveField, places: int, side: int) -> str:
    """The picture with the field of the middle one of ``places`` values; one larger than it runs along its edges."""
    first, end = (100 * min(max(edge, 0), side) / side for edge in field.window(places // 2))
    said = _("The picture; a frame of {size} × {size} pixels is what a value sees", size=field.size)
    start, length = f"{first:.2f}%", f"{end - first:.2f}%"
    window = f'<div style="left:{start};top:{start};width:{length};height:{length}"></div>'
    return f'<div class="field" role="img" aria-label="{escape(said)}">{window}</div>'


def _link(layer: str) -> dict[str, str]:
    """This page as it is, at another layer."""
    kept = {name: value for name, value in parameters().items() if name not in ("channel", "at")}
    return {**kept, "view": "maps", "layer": layer}
