"""Whole nets: where their costs lie, all of them in a table, and accuracy against cost.

Each panel is a fragment that its controls redraw alone, so each reads the URL itself.
"""

from typing import Any

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.figures.amounts import amount, as_printed
from resnet_edu.figures.net_comparison import Point, net_comparison
from resnet_edu.figures.where_it_sits import KINDS, heaviest, parts, where_it_sits
from resnet_edu.nets.published import BY_ID, COMPARED, NETS, Protocol, PublishedNet, Result, Series
from resnet_edu.ui.parameters import costs
from resnet_edu.ui.parameters.code import TABLE, comparison_code, costs_code
from resnet_edu.ui.parameters.costs import ALL, DATA, SERIES_TITLES, TITLES, chosen, counted
from resnet_edu.ui.shared.figures import below, below_table
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _, axis_unit, marks, units
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import read

KIND_TITLES = {
    "3×3": mark("3×3 convolution"),
    "1×1": mark("1×1 convolution"),
    "conv": mark("larger convolution"),
    "linear": mark("linear layer"),
    "bn": mark("batch normalisation"),
    "": mark("activation, pooling, the picture"),
}


@st.fragment
def show_costs() -> None:
    """Show a net's stages, blocks and operations, each as wide as its share of the cost."""
    now = chosen()
    widgets.segmented(costs.BY, now.quantity, _("Measured in"), _quantities())
    count = counted(now.net.id)
    row, share = heaviest(count, now.quantity)
    st.markdown(
        _(
            "**{net}**: {parameters} parameters, {multiply_adds} multiply-adds and {kept} of training"
            " memory for one picture of {side} × {side}. Largest share of the {quantity}:"
            " **{layer}**, {share}.",
            net=now.net.name,
            parameters=f"{count.total.parameters:,}",
            multiply_adds=amount("multiply_adds", count.total.multiply_adds, units()),
            kept=amount("kept", count.total.kept, units()),
            side=now.net.spec.size if now.net.spec else 0,
            quantity=_(IN_A_SENTENCE[now.quantity]),
            layer=row.name,
            share=f"{share:.1%}",
        )
    )
    inside = parts(now.net.name, count, now.quantity)
    part = costs.part_of(inside)
    level = read(part)
    titles = {each: label for each, (label, _parts) in inside.items()}
    with st.container(key="part-choice"):  # another net's list is another control: a browser keeps the name it shows
        widgets.select(part, level, _("Show alone"), titles, key=f"part_{now.net.id}")
    chart(
        where_it_sits(
            now.net.name, count, now.quantity, lambda value: amount(now.quantity, value, units()), _, is_dark(), level
        ),
        "where",
        _(
            "{net} from the picture to the classifier, stage by stage, block by block, operation by operation, each as"
            " wide as its share of the {quantity}; the widest is {layer} with {share}.",
            net=now.net.name,
            quantity=_(IN_A_SENTENCE[now.quantity]),
            layer=row.name,
            share=f"{share:.1%}",
        )
        + " "
        + _parts_in_words(*inside[level]),
    )
    swatches = "".join(
        f'<span><i style="background:{colour}"></i>{_(KIND_TITLES[kind])}</span>' for kind, colour in KINDS.items()
    )
    st.html(f'<p class="swatches">{swatches}</p>')
    below("where", _("Where in a net do its costs sit?"), costs_code(now.net.id, now.side))
    st.caption(
        _(
            "From the picture on the left to the classifier on the right. Choose a stage or a block, in the figure or"
            " above it, to see it alone."
        )
    )


def _parts_in_words(whole: str, inside: list[tuple[str, float]]) -> str:
    return _(
        "{whole} has: {parts}.", whole=whole, parts=marks().listed(f"{part} {share:.1%}" for part, share in inside)
    )


def _quantities() -> dict[str, str]:
    return {name: _(title) for name, title in TITLES.items()}


IN_A_SENTENCE = {
    "parameters": mark("parameters"),
    "multiply_adds": mark("multiply-adds"),
    "kept": mark("training memory"),
}


@st.fragment
def show_comparison() -> None:
    """Show published accuracy against cost, for one protocol at a time."""
    now = chosen()
    left, right = st.columns([11, 9])
    with left:
        protocols = {each: _(each.label) for each in COMPARED}
        widgets.segmented(costs.PROTOCOL, now.protocol, _("Measured on"), protocols)
    with right:
        widgets.segmented(costs.AGAINST, now.against, _("Against"), _quantities())
    if now.protocol is Protocol.ONE_CROP:
        widgets.toggle(costs.NEWER, now.newer, _("Newer weights of the same nets as well (V2)"))
    newer = now.newer and now.protocol is Protocol.ONE_CROP
    points = _points(now.protocol, now.against, newer)
    chart(
        net_comparison(
            points,
            _(AGAINST[now.against]),
            _("Top-1 accuracy, %"),
            lambda value: amount(now.against, value * axis_unit(now.against), units()),
            series_title,
            is_dark(),
        ),
        "comparison",
        _(
            "Top-1 accuracy against {cost}: {nets}",
            cost=_(AGAINST[now.against]),
            nets=marks().listed(f"{point.name} {point.accuracy:.1f}%" for point in points),
        ),
    )
    note = _(NOTES[now.protocol])
    if newer:
        note = marks().sentences((note, _recipes()))
    st.caption(note)
    below("comparison", _("Is depth worth its price?"), comparison_code(now.protocol, now.against, newer), note)


AGAINST = {
    "parameters": mark("Parameters in millions, logarithmic"),
    "multiply_adds": mark("Multiply-adds for one picture in billions, logarithmic"),
    "kept": mark("MiB kept for training on one picture in float32, logarithmic"),
}
NOTES = {
    Protocol.CIFAR10: mark(
        "Published by the papers, each with its own recipe; point at a net to read of how many runs. The plain nets are"
        " in the paper's figure 6 only as curves, and the one of 110 layers, above 60%, is not drawn even there."
    ),
    Protocol.ONE_CROP: mark("Published by torchvision, with the first version of the weights of each net."),
    Protocol.TEN_CROP: mark("Published by He et al. 2015, tables 2 and 3; VGG-16 as they measured it."),
}


def _recipes() -> str:
    """Say what the later recipe alone changes."""
    net = BY_ID["resnet-50-v1-5"]
    old, new = net.results[0], net.newer_results[-1]
    return _(
        "Dashed, V2: the same nets, only trained longer and with more augmentation. {net} gains {gain:.1f} points, from"
        " {old:.1f}% to {new:.1f}%; ResNet-152 (V1) has {deep:.1f}%.",
        net=net.name,
        gain=old.error - new.error,
        old=100 - old.error,
        new=100 - new.error,
        deep=100 - BY_ID["resnet-152-v1-5"].results[0].error,
    )


def _points(protocol: Protocol, against: str, newer: bool) -> list[Point]:
    """Return every net with a result; without a plan only its printed number of parameters is known."""
    points = []
    for net in NETS:
        for result in (*net.results, *(net.newer_results if newer else ())):
            cost = _cost(net, against)
            if result.protocol is protocol and cost and not result.is_bound:
                recipe = "V2" if result in net.newer_results else ""
                name = f"{net.name} {recipe}".strip()
                accuracy = 100 - result.error
                points.append(Point(name, net.series, cost / axis_unit(against), accuracy, _source(result), recipe))
    return points


def _source(result: Result) -> str:
    return marks().clauses(filter(None, (marks().cited(result.citation), _(result.note) if result.note else "")))


def _cost(net: PublishedNet, quantity: str) -> float | None:
    if net.spec:
        return float(getattr(counted(net.id).total, quantity))
    printed = net.claim.parameters.removesuffix("M")
    return float(printed) * 1e6 if printed and quantity == "parameters" else None


def series_title(series: Series) -> str:
    """Return a series' name, translated unless it is a proper name."""
    return _(SERIES_TITLES[series]) if series in SERIES_TITLES else series


@st.fragment
def show_table() -> None:
    """Show a sortable table of all nets with all their figures."""
    now = chosen()
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        titles: dict[str, str] = {ALL: _("all families"), **{series: series_title(series) for series in Series}}
        widgets.select(costs.SERIES, now.series, _("Family"), titles)
    with right:
        widgets.segmented(costs.PICTURES, now.data, _("Pictures"), {ALL: _("all"), **{each: each for each in DATA}})
    rows = [
        row
        for net in NETS
        if now.data in (ALL, net.data) and now.series in (ALL, net.series)
        for row in _table_rows(net)
    ]
    if not rows:
        st.info(_("No net of that family was trained on those pictures. Choose another."))
        return
    number = st.column_config.NumberColumn
    st.dataframe(
        rows,
        key="nets",
        hide_index=True,
        height=440,
        placeholder="–",
        column_config={
            "net": _("Network"),
            "family": _("Family"),
            "data": _("Pictures"),
            "depth": number(_("Layers")),
            "parameters": number(_("Parameters"), format="localized"),
            "multiply_adds": number(_("Multiply-adds, G"), format="%.3f"),
            "forward": number(_("Memory forward, MiB"), format="%.1f"),
            "kept": number(_("Memory kept, MiB"), format="%.1f"),
            "field": number(_("Receptive field")),
            "error": number(_("Top-1 error, %"), format="%.2f"),
            "protocol": _("Measured on"),
            "citation": _("Source of the error"),
            "printed": _("Size as printed"),
        },
    )
    st.caption(
        _(
            "Costs are counted here, for one picture in float32; errors are quoted. Choose a column's head to sort by"
            " it; on a touch screen, tap the table before you scroll in it."
            " The Highway nets are not specified to the last layer: their size is quoted, and nothing is counted."
            " AlexNet (torchvision's, which is that of Krizhevsky 2014), SE-ResNet-50, ConvNeXt-T and LeNet-5 are"
            " listed with what was published alone, as the app doesn't build them."
        )
    )
    below_table("nets", _("All nets"), TABLE)


def _table_rows(net: PublishedNet) -> list[dict[str, Any]]:
    """Return a row for each published error of a net, or a single row without an error."""
    row: dict[str, Any] = {"net": net.name, "family": series_title(net.series), "data": net.data}
    row["depth"] = net.depth or None
    if net.spec:
        count = counted(net.id)
        row |= {
            "parameters": count.total.parameters,
            "multiply_adds": count.total.multiply_adds / axis_unit("multiply_adds"),
            "forward": count.forward / 2**20,
            "kept": count.total.kept / 2**20,
            "field": count.field.size,
        }
    else:
        row |= dict.fromkeys(("parameters", "multiply_adds", "forward", "kept", "field"))
    claims = ((net.claim.parameters.removesuffix("M"), 1e6), (net.claim.billions, 1e9))
    sizes = marks().listed(as_printed(float(said) * size, units()) for said, size in claims if said)
    printed = marks().noted(sizes, marks().cited(net.claim.citation))
    errors: list[dict[str, Any]] = [
        {
            "error": None if result.is_bound else result.error,
            "protocol": _(result.protocol.label),
            "citation": _source(result),
        }
        for result in net.results
    ] or [{"error": None, "protocol": "", "citation": ""}]
    return [row | error | {"printed": printed} for error in errors]
