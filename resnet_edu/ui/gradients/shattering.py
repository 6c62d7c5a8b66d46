"""Shattered gradients: why the size of a gradient is not everything."""

from collections.abc import Mapping

import streamlit as st

from resnet_edu.errors import UserError
from resnet_edu.figures.shattering import shattering_curves
from resnet_edu.measure.shattering import DEPTHS, NETS, POINTS, REACH, WIDTH, InputPath, PathPair
from resnet_edu.nets.blocks import Normalisation
from resnet_edu.ui.components import as_text
from resnet_edu.ui.gradients.code import shattering_code
from resnet_edu.ui.gradients.records import gradients_along
from resnet_edu.ui.gradients.settings import PATH_DEPTH, PATH_DRAWS, PATH_NORMALISATION, ChosenGradients
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.watching import watch
from resnet_edu.ui.text.language import _, explain
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import choose


def show_shattering(now: ChosenGradients) -> None:
    """Show gradients along a path of inputs, measured live, once for all readers of the same draw."""
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        titles = {
            Normalisation.BATCH: _("With batch normalisation"),
            Normalisation.NONE: _("Without normalisation"),
        }
        widgets.segmented(PATH_NORMALISATION, now.path_normalisation, _("Normalisation"), titles)
    right.button(
        _("Draw other weights"),
        icon=":material/casino:",
        on_click=lambda: choose("path_draw", str((now.path_draw + 1) % PATH_DRAWS)),
    )
    path = InputPath(normalised=now.path_normalisation is Normalisation.BATCH, seed=now.path_draw)
    try:
        series = gradients_along(path)
    except UserError as error:
        st.error(explain(error))
        return
    watch(series, lambda pairs: _draw(now, path, pairs), "path")


@st.cache_resource(show_spinner=False, max_entries=64)
def _curves(run: str, measured: int, _pairs: Mapping[int, PathPair]) -> str:
    return as_text(shattering_curves(_pairs))


def _draw(now: ChosenGradients, path: InputPath, pairs: Mapping[int, PathPair]) -> None:
    widgets.component(
        "gradients/shattering",
        key="shattering",
        data={
            "depth": now.path_depth,
            "deepest": max(DEPTHS),
            "run": f"{path}",
            "pairs": _curves(f"{path}", len(pairs), pairs),
            "labels": {
                "plain": _("Plain net"),
                "residual": _("Residual net"),
                "alike": _("neighbours' correlation"),
                "deviation": _("standard deviation"),
                "path": _(
                    "Gradient df/dx at {points} inputs from {low:g} to {high:g}, one net of {width} rectifiers a layer,"
                    " in units of its standard deviation",
                    points=POINTS,
                    low=-REACH,
                    high=REACH,
                    width=WIDTH,
                ),
                "lagsTitle": _("Autocorrelation by distance"),
                "lags": _("Points between two inputs; mean of {nets} nets", nets=NETS),
                "depthsTitle": _("Neighbours' correlation by depth"),
                "depths": _("Layers; mean of {nets} nets", nets=NETS),
                "depth": _("Layers"),
            },
        },
        url={"depth": PATH_DEPTH},
    )
    below(
        "shattering",
        _("Neighbours' correlation by depth"),
        shattering_code(path, now.path_depth),
        "Balduzzi et al. 2017, fig. 1",
    )
