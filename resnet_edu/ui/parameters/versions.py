"""Why one ResNet-50 has 3.8 billion multiply-adds and the other 4.1 billion."""

from dataclasses import replace
from html import escape

import streamlit as st

from resnet_edu.measure.counting import Count, Row
from resnet_edu.nets.block_options import StrideOn
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.layers import Conv
from resnet_edu.nets.vocabulary import Shortcut
from resnet_edu.ui.components import component
from resnet_edu.ui.parameters.code import VERSIONS
from resnet_edu.ui.parameters.costs import VERSION, counted
from resnet_edu.ui.shared import block_diagram
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.text.language import _, large, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import read

V1, V15 = "resnet-50-v1", "resnet-50-v1-5"
BLOCK = "layer2.0"
CONV3_1 = BlockSpec("bottleneck", 256, 512, stride=2, shortcut=Shortcut.B)
SHAPE = (256, 56, 56)


@st.fragment
def show_versions() -> None:
    """Show conv3_1, the block that halves the map: drawn in one of the versions, counted in both."""
    version = read(VERSION)
    titles = {StrideOn.FIRST_1X1: _("v1, the paper's"), StrideOn.CONV_3X3: _("v1.5, torchvision's")}
    widgets.segmented(VERSION, version, _("Version"), titles)
    drawn = replace(CONV3_1, stride_on=version)
    data = {**block_diagram.diagram(drawn, SHAPE), "marks": marks().in_scripts()}
    component("shared/block_diagram")(key="conv3_1", data=data)
    below("conv3_1", _("conv3_1 of ResNet-50, {version}", version=titles[version]), VERSIONS, "He et al. 2015, table 1")
    old, new = counted(V1), counted(V15)
    _draw_table(_convolutions(old), _convolutions(new))
    st.markdown(
        _(
            "Three blocks of the net halve the map, and each of them costs {extra:,} more: **{old}"
            " against {new}** for the whole ResNet-50, with exactly the same {parameters:,} parameters"
            " (the paper prints 3.8 billion). In v1 the first 1×1 has the stride: it looks at one"
            " pixel in four and never at the others. In v1.5 the 3×3 has it, and sees them all. The"
            " receptive field of the last map shrinks from {old_field} to {new_field} pixels.",
            extra=sum(row.cost.multiply_adds for row in _convolutions(new))
            - sum(row.cost.multiply_adds for row in _convolutions(old)),
            old=large(old.total.multiply_adds),
            new=large(new.total.multiply_adds),
            parameters=new.total.parameters,
            old_field=old.field.size,
            new_field=new.field.size,
        )
    )


def _draw_table(old: list[Row], new: list[Row]) -> None:
    """Show a table that scrolls sideways, by keyboard too, where it is too wide."""
    name, weights, first, second, unit = (
        _("Convolution of conv3_1"),
        _("Weights"),
        _("v1, the paper's"),
        _("v1.5, torchvision's"),
        _("multiply-adds"),
    )
    head = [name, weights, first, unit, second, unit]
    rows = []
    for left, right in zip(old, new, strict=True):
        different = left.cost.multiply_adds != right.cost.multiply_adds
        cells = [f"{left.cost.parameters:,}", *_cells(left), *_cells(right)]
        rows.append((_name(left), cells, different))
    sums = [f"{sum(row.cost.multiply_adds for row in rows):,}" for rows in (old, new)]
    total = f"{sum(row.cost.parameters for row in old):,}"
    rows.append((_("together"), [total, "", sums[0], "", sums[1]], True))
    body = "".join(
        f'<tr class="{"different" if different else "alike"}"><th scope="row">{escape(title)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for title, cells, different in rows
    )
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    st.html(
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(name)}">'
        f'<table class="numbers"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _convolutions(count: Count) -> list[Row]:
    return [row for row in count.rows if row.block == BLOCK and isinstance(row.layer, Conv)]


def _name(row: Row) -> str:
    layer = row.layer
    assert isinstance(layer, Conv)
    name = row.name.removeprefix(f"{BLOCK}.")
    size = f"{layer.kernel}×{layer.kernel}"
    return marks().titled(name, marks().listed((size, f"{layer.channels_in} → {layer.channels_out}")))


def _cells(row: Row) -> tuple[str, str]:
    """Return the output shape, with the stride unless it is 1, and the multiply-adds."""
    assert isinstance(row.layer, Conv)
    stride = f" (/{row.layer.stride})" if row.layer.stride > 1 else ""
    size = "×".join(map(str, row.shape))
    return f"{size}{stride}", f"{row.cost.multiply_adds:,}"
