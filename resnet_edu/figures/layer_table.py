"""A net's layers as rows, for the screen, as CSV and as Markdown."""

import csv
import io
from collections.abc import Callable
from typing import Any

from resnet_edu.errors import mark
from resnet_edu.measure.counting import Count, Row
from resnet_edu.nets.layers import Activate, AveragePool, Conv, GlobalPool, Layer, Linear, MaxPool, Norm
from resnet_edu.nets.vgg import PoolTo

COLUMNS = (
    "stage",
    "block",
    "operation",
    "layer",
    "output",
    "parameters",
    "multiply_adds",
    "output_bytes",
    "kept_bytes",
    "receptive_field",
    "stride",
)
"""Identifiers mean the same in every language; bytes are for one picture in float32."""

SYMBOLS = {
    Norm: "BN",
    MaxPool: mark("max pool"),
    AveragePool: mark("average pool"),
    GlobalPool: mark("global average pool"),
}
STRIDED = mark("{layer}, /{stride}")
GROUPED = mark("{layer}, {groups} groups")

Say = Callable[..., str]
"""Translates a source string with its fields into the reader's language."""


def in_english(message: str, **values: object) -> str:
    """Format text for a file, which stays in English whatever the reader's language."""
    return message.format(**values)


def layer_rows(count: Count, say: Say = in_english) -> list[dict[str, Any]]:
    """Return one row per operation, starting with the picture; the total is not included."""
    return [_row(row, say) for row in count.rows]


def layer_csv(count: Count) -> str:
    """Return the rows and the total as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row.values() for row in _with_total(count))
    return text.getvalue()


def layer_markdown(count: Count) -> str:
    """Return the same as a Markdown table with right-aligned numbers."""
    numbers = COLUMNS.index("parameters")
    lines = [
        f"| {' | '.join(COLUMNS)} |",
        "|" + "---|" * numbers + "---:|" * (len(COLUMNS) - numbers),
        *(f"| {' | '.join(_cell(value) for value in row.values())} |" for row in _with_total(count)),
    ]
    return "\n".join(lines) + "\n"


def describe(layer: Layer | None, say: Say = in_english) -> str:
    """Describe a layer briefly: 3×3 conv, 64 → 128, /2."""
    match layer:
        case None:
            return say(mark("input"))
        case Conv(channels_in=before, channels_out=after, kernel=kernel, stride=stride, groups=groups):
            told = say(mark("{kernel}×{kernel} conv, {before} → {after}"), kernel=kernel, before=before, after=after)
            told = say(STRIDED, layer=told, stride=stride) if stride > 1 else told
            return say(GROUPED, layer=told, groups=groups) if groups > 1 else told
        case Linear(features_in=before, features_out=after):
            return say(mark("linear, {before} → {after}"), before=before, after=after)
        case Activate(activation=activation):
            return str(activation)
        case PoolTo(side=side):
            return say(mark("average pool to {side}×{side}"), side=side)
    return say(SYMBOLS[type(layer)]) if type(layer) in SYMBOLS else type(layer).__name__.lower()


def _row(row: Row, say: Say) -> dict[str, Any]:
    return dict(
        zip(
            COLUMNS,
            (
                row.stage,
                row.block,
                row.name,
                describe(row.layer, say),
                "×".join(map(str, row.shape)),
                row.cost.parameters,
                row.cost.multiply_adds,
                row.cost.output,
                row.cost.kept,
                row.field.size,
                row.field.stride,
            ),
            strict=True,
        )
    )


def _with_total(count: Count) -> list[dict[str, Any]]:
    total = dict.fromkeys(COLUMNS, "") | {
        "stage": "total",
        "parameters": count.total.parameters,
        "multiply_adds": count.total.multiply_adds,
        "output_bytes": count.total.output,
        "kept_bytes": count.total.kept,
    }
    return [*layer_rows(count), total]


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
