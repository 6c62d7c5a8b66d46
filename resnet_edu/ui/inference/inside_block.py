"""Inside the chosen block: one channel of its branches, and how much each block of the net adds."""

import streamlit as st

from resnet_edu.measure.responses import BlockResponse
from resnet_edu.nets.outline import Place
from resnet_edu.ui.components import component
from resnet_edu.ui.inference.code import task_code
from resnet_edu.ui.inference.measured import up_to_here, whole_net
from resnet_edu.ui.inference.places import place_title
from resnet_edu.ui.shared.asking import ask
from resnet_edu.ui.shared.encoded import floats
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.pictures import reproducible_path
from resnet_edu.ui.shell import frame
from resnet_edu.ui.text.language import _, marks
from resnet_edu.vision.catalogue import Net, Source, catalogue
from resnet_edu.vision.feature_maps import Survey, SurveyLayers
from resnet_edu.vision.image import Picture
from resnet_edu.vision.inside_block import TakeApart


def show(net: Net, picture: Picture, survey: Survey, place: Place, channel: int) -> None:
    """Show the chosen block's branches in a channel, counted from 1, and below it the responses of all blocks."""
    frame.heading(_("Inside the block"), "inside-block")
    adding = [layer.place for layer in survey.layers if layer.place.branches and layer.place.branches.adds]
    if not adding:
        st.markdown(_("No block of this net adds anything to its input, so there is nothing to take apart."))
    elif place in adding:
        _take_apart(net, picture, place, channel)
    else:
        st.markdown(_("The stem has no shortcut. This is the first block; choose another in the figure above."))
        _take_apart(net, picture, adding[0], channel)
    if survey.responses:
        _compare(net, picture, survey, place)


def _take_apart(net: Net, picture: Picture, place: Place, channel: int) -> None:
    found = ask(TakeApart(net, picture, place.name, channel - 1), "inside block")
    if found is None:
        return
    branches = found.branches
    assert place.branches
    component("inference/inside_block")(
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
                    "Map {channel} of {block}; one scale for all four, white is 0.",
                    channel=channel,
                    block=place_title(place),
                ),
            },
        },
    )
    code = task_code(net.id, reproducible_path(), "TakeApart", place.name, channel - 1)
    below("inside_block", marks().titled(_("Inside the block"), net.title, place_title(place)), code)
    with frame.about():
        st.caption(up_to_here(found.milliseconds))


def _compare(net: Net, picture: Picture, survey: Survey, place: Place) -> None:
    """Show standard deviations by block, as in He15 figure 7, with those of the plain twin if we ship it."""
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
    component("inference/responses")(
        key="responses",
        data={
            "blocks": [{"name": response.name, "stage": response.stage} for response in responses],
            "series": series,
            "chosen": place.name,
            "labels": {
                "title": _title(responses),
                "residual": _("F(x), what a block adds"),
                "shortcut": _("x, what the shortcut carries"),
                "plain": _("the plain net's F(x)"),
                "stage": _("Stage"),
                "axis": _(
                    "Standard deviation right before the addition, block by block, over all values of this one picture"
                    " (He et al. 2015, figure 7, over the whole test set)."
                ),
            },
        },
    )
    code = task_code(net.id, reproducible_path(), "SurveyLayers")
    below("responses", _("What each block adds: {net}", net=net.title), code, "He et al. 2015, fig. 7")
    _draw_ratios(responses, place)
    if any(response.ratio is not None for response in responses):
        below("ratios", _("How large each correction is: {net}", net=net.title), code)
    with frame.about():
        st.caption(_whole_nets(survey, beside))


def _draw_ratios(responses: tuple[BlockResponse, ...], place: Place) -> None:
    """Show each block's correction relative to its input; a plain net has none."""
    blocks = [response for response in responses if response.ratio is not None]
    if not blocks:
        return
    rows = marks().clauses(f"{response.name}{marks().colon}{response.ratio:.2f}" for response in blocks)
    component("inference/responses")(
        key="ratios",
        data={
            "blocks": [{"name": response.name, "stage": response.stage} for response in blocks],
            "series": [{"name": "residual", "values": [response.ratio for response in blocks]}],
            "chosen": place.name,
            "labels": {
                "title": _("‖F(x)‖ ÷ ‖x‖ by block. {values}", values=rows),
                "residual": "‖F(x)‖ ÷ ‖x‖",
                "stage": _("Stage"),
                "axis": _("Size of the correction relative to what it corrects, block by block, on this one picture."),
            },
        },
    )


def _whole_nets(survey: Survey, beside: Survey | None) -> str:
    own = whole_net(survey.milliseconds)
    if beside is None:
        return own
    return f"{own} · " + _("the plain net: {milliseconds:.1f} ms", milliseconds=beside.milliseconds)


def _twin(net: Net) -> Net | None:
    """Return the plain net of the same depth, or None if we do not ship it."""
    twin = catalogue().nets.get(net.id.replace("residual", "plain"))
    return twin if twin and twin.is_ready and twin.id != net.id and net.source is Source.OURS else None


def _ratios(responses: tuple[BlockResponse, ...]) -> list[float]:
    return [response.ratio for response in responses if response.ratio is not None]


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
    """Describe the chart in words."""
    rows = [
        f"{response.name}{marks().colon}{response.residual:.2f}"
        + (f" / {response.shortcut:.2f}" if response.shortcut is not None else "")
        for response in responses
    ]
    return _("Standard deviation of F(x) / of x by block. {values}", values=marks().clauses(rows))
