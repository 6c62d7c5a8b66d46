"""Why one ResNet-50 has 3.8 and the other 4.1 billion multiply-adds."""

import streamlit as st

from resnet_edu.measure.counting import Count, Row
from resnet_edu.nets.layers import Conv
from resnet_edu.ui.costs import counted
from resnet_edu.ui.language import _

V1, V15 = "resnet-50-v1", "resnet-50-v1-5"
BLOCK = "layer2.0"


def panel() -> None:
    """The convolutions of conv3_1, where the map is halved, in both versions."""
    old, new = counted(V1), counted(V15)
    head = [
        _("Convolution of conv3_1"),
        _("Weights"),
        _("v1 (the paper): output"),
        _("multiply-adds"),
        _("v1.5 (torchvision): output"),
        _("multiply-adds"),
    ]
    lines = [f"| {' | '.join(head)} |", "|---|--:|--:|--:|--:|--:|"]
    for left, right in zip(_convolutions(old), _convolutions(new), strict=True):
        different = left.cost.multiply_adds != right.cost.multiply_adds
        cells = [_name(left), f"{left.cost.parameters:,}", *_cells(left, different), *_cells(right, different)]
        lines.append(f"| {' | '.join(cells)} |")
    sums = [sum(row.cost.multiply_adds for row in _convolutions(count)) for count in (old, new)]
    weights = sum(row.cost.parameters for row in _convolutions(old))
    together = _("together")
    lines.append(f"| **{together}** | {weights:,} | | **{sums[0]:,}** | | **{sums[1]:,}** |")
    st.markdown("\n".join(lines))
    st.markdown(
        _(
            "Three blocks of the net halve the map, and each is dearer by the same {extra:,}: **{old:.3f} against"
            " {new:.3f} billion** for the whole ResNet-50, with the very same {parameters:,} parameters (the paper"
            " prints 3.8). In v1 the first 1×1 has the stride: it looks at one pixel in four and never at the others."
            " In v1.5 the 3×3 has it, and that one sees them all. The receptive field of the last map shrinks from"
            " {old_field} to {new_field} pixels.",
            extra=sums[1] - sums[0],
            old=old.total.multiply_adds / 1e9,
            new=new.total.multiply_adds / 1e9,
            parameters=new.total.parameters,
            old_field=old.field.size,
            new_field=new.field.size,
        )
    )


def _convolutions(count: Count) -> list[Row]:
    return [row for row in count.rows if row.block == BLOCK and isinstance(row.layer, Conv)]


def _name(row: Row) -> str:
    layer = row.layer
    assert isinstance(layer, Conv)
    name = row.name.removeprefix(f"{BLOCK}.")
    return f"{name}: {layer.kernel}×{layer.kernel}, {layer.channels_in} → {layer.channels_out}"


def _cells(row: Row, different: bool) -> tuple[str, str]:
    assert isinstance(row.layer, Conv)
    stride = f" (/{row.layer.stride})" if row.layer.stride > 1 else ""
    size = "×".join(map(str, row.shape))
    marks = "**" if different else ""
    return f"{size}{stride}", f"{marks}{row.cost.multiply_adds:,}{marks}"
