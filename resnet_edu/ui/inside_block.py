"""Inside the chosen block: its branches in one channel, and how much every block of the net adds."""

import streamlit as st

from resnet_edu.measure.responses import BlockResponse
from resnet_edu.nets.outline import Place
from resnet_edu.ui import frame
from resnet_edu.ui.asking import ask
from resnet_edu.ui.components import component
from resnet_edu.ui.encoded import floats
from resnet_edu.ui.language import _
from resnet_edu.vision.catalogue import Net, Source, catalogue
from resnet_edu.vision.feature_maps import Survey, SurveyLayers
from resnet_edu.vision.image import Picture
from resnet_edu.vision.inside_block import TakeApart


def show(net: Net, picture: Picture, survey: Survey, place: Place, channel: int) -> None:
    """The chosen block taken apart in the chosen channel, which counts from 1; below it the whole net's responses."""
    frame.heading(_("Inside the block"))
    if place.branches and place.branches.adds:
        _take_apart(net, picture, place, channel)
    elif any(response.shortcut is not None for response in survey.responses):
        st.markdown(_("Choose a block in the strip above to take it apart; the stem has no shortcut."))
    else:
        st.markdown(_("No block of this net adds anything to its input, so there is nothing to take apart."))
    if survey.responses:
        _compare(net, picture, survey, place)


def _take_apart(net: Net, picture: Picture, place: Place, channel: int) -> None:
    branches = ask(TakeApart(net, picture, place.name, channel - 1), "inside block")
    if branches is None:
        return
    assert place.branches
    component("inside_block", "scales", "colours")(
        key="inside_block",
        data={
            "key": f"{net.id} {picture.sha256} {place.name} {channel}",
            "width": branches.residual.shape[-1],
            "shortcut": floats(branches.shortcut),
            "residual": floats(branches.residual),
            "tail": list(branches.tail),
            "labels": {
                "shortcut": _("x, by the shortcut") if place.branches.shortcut else _("x, as it came in"),
                "residual": _("F(x), what the block adds"),
                "sum": "x + F(x)",
                "output": _("y, after ReLU") if branches.tail else _("y: nothing follows the sum"),
                "legend": _(
                    "Map {channel} of {block}; one scale for all four, white is 0.", channel=channel, block=place.name
                ),
            },
        },
    )


def _compare(net: Net, picture: Picture, survey: Survey, place: Place) -> None:
    """Standard deviations by block, as in He15 figure 7, with the plain twin's where we have one."""
    responses = survey.responses
    twin = _twin(net)
    beside = ask(SurveyLayers(twin, picture), "plain twin") if twin else None
    own = "residual" if responses[0].shortcut is not None else "plain"
    series = [{"name": own, "values": [response.residual for response in responses]}]
    if own == "residual":
        series.append({"name": "shortcut", "values": [response.shortcut for response in responses]})
    if beside:
        series.append({"name": "plain", "values": [response.residual for response in beside.responses]})
    st.markdown(_summary(responses))
    component("responses", "scales")(
        key="responses",
        data={
            "blocks": [{"name": response.name, "stage": response.stage} for response in responses],
            "series": series,
            "chosen": place.name,
            "labels": {
                "title": _title(responses),
                "residual": _("F(x), what a block adds"),
                "shortcut": _("x, what comes by its shortcut"),
                "plain": _("the plain net's F(x)"),
                "stage": _("Stage"),
                "axis": _(
                    "Standard deviation right before the addition, block by block, over all values of this one picture"
                    " (He et al. 2015, figure 7, over the whole test set)."
                ),
            },
        },
    )


def _twin(net: Net) -> Net | None:
    """The plain net of the same depth, where we ship it."""
    twin = catalogue().nets.get(net.id.replace("residual", "plain"))
    return twin if twin and twin.is_ready and twin.id != net.id and net.source is Source.OURS else None


def _ratios(responses: tuple[BlockResponse, ...]) -> list[float]:
    return [response.residual / response.shortcut for response in responses if response.shortcut]


def _summary(responses: tuple[BlockResponse, ...]) -> str:
    ratios = _ratios(responses)
    if not ratios:
        return _("**A plain block has no x to correct**: its F(x) is all that goes on.")
    return _(
        "**How small are the corrections?** In **{smaller} of {all}** blocks F(x) is smaller than what it is added to;"
        " the ratio goes from {least:.2f} to {most:.2f}.",
        smaller=sum(ratio < 1 for ratio in ratios),
        all=len(ratios),
        least=min(ratios),
        most=max(ratios),
    )


def _title(responses: tuple[BlockResponse, ...]) -> str:
    """The chart in words."""
    rows = [
        f"{response.name}: {response.residual:.2f}"
        + (f" / {response.shortcut:.2f}" if response.shortcut is not None else "")
        for response in responses
    ]
    return _("Standard deviation of F(x) / of x by block. {values}", values="; ".join(rows))
