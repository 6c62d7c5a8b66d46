"""Where a net's weights, multiply-adds or memory are: an icicle plot of stages, blocks and operations."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

import plotly.graph_objects as go

from resnet_edu.colours import AMBER, BLUE, GREEN, GREY, INK, PINK, SKY, VEIL
from resnet_edu.figures.layer_table import Say, describe, in_english
from resnet_edu.figures.palette import TEXT, inked
from resnet_edu.measure.counting import Count, Row
from resnet_edu.nets.layers import Conv, Linear, Norm

MANY_BLOCKS = 60
"""In a net with more blocks than this, equal blocks of a stage are merged."""

WHOLE = "net"
KINDS = {"3×3": BLUE, "1×1": SKY, "conv": GREEN, "linear": PINK, "bn": AMBER, "": GREY}


@dataclass(frozen=True)
class _Node:
    id: str
    parent: str
    label: str
    value: int
    colour: str
    note: str


def kind_of(row: Row) -> str:
    """Return the key of ``KINDS`` that determines an operation's colour."""
    match row.layer:
        case Conv(kernel=kernel):
            return {1: "1×1", 3: "3×3"}.get(kernel, "conv")
        case Linear():
            return "linear"
        case Norm():
            return "bn"
    return ""


def parts(name: str, count: Count, quantity: str) -> dict[str, tuple[str, list[tuple[str, float]]]]:
    """Return, by node id, each parent's label, and its children's labels and fractions of the total in order."""
    nodes = list(_nodes(name, count, quantity))
    total = getattr(count.total, quantity)
    inside: dict[str, list[tuple[str, float]]] = {}
    for node in nodes:
        inside.setdefault(node.parent, []).append((node.label, node.value / total))
    return {node.id: (node.label, inside[node.id]) for node in nodes if node.id in inside}


def where_it_sits(
    name: str,
    count: Count,
    quantity: str,
    number: Callable[[int], str],
    say: Say = in_english,
    dark: bool = False,
    level: str = WHOLE,
) -> go.Figure:
    """Plot ``quantity``, a field of ``Cost``, from the picture on the left to the classifier on the right.

    ``level`` is the id of the part to show alone.
    """
    nodes = list(_nodes(name, count, quantity, say))
    total = getattr(count.total, quantity)
    icicle = go.Icicle(
        ids=[node.id for node in nodes],
        parents=[node.parent for node in nodes],
        labels=[node.label for node in nodes],
        values=[node.value for node in nodes],
        customdata=[[node.note, number(node.value), f"{node.value / total:.1%}"] for node in nodes],
        marker={"colors": [node.colour for node in nodes], "line": {"width": 0.6}},
        branchvalues="total",
        level=level,
        leaf={"opacity": 1},
        sort=False,
        tiling={"orientation": "v", "pad": 1.5},
        texttemplate="%{label}<br>%{customdata[2]}",
        hovertemplate="<b>%{label}</b> %{customdata[0]}<br>%{customdata[1]} · %{customdata[2]}<extra></extra>",
        pathbar={"visible": True, "thickness": 26},
        textfont={"size": TEXT, "color": [_ink(node.colour, dark) for node in nodes]},
    )
    figure = go.Figure(icicle)
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 30, "b": 0},
        height=430,
        uniformtext={"minsize": 14, "mode": "hide"},
    )
    return inked(figure, dark)


def _ink(colour: str, dark: bool) -> str:
    if colour == VEIL:
        return INK["dark" if dark else "light"]
    return "white" if colour == BLUE else "black"


def heaviest(count: Count, quantity: str) -> tuple[Row, float]:
    """Return the operation with most of a quantity, and its fraction of the total."""
    row = max(count.rows, key=lambda row: getattr(row.cost, quantity))
    return row, getattr(row.cost, quantity) / getattr(count.total, quantity)


def _nodes(name: str, count: Count, quantity: str, say: Say = in_english) -> Iterable[_Node]:
    def value(rows: Iterable[Row]) -> int:
        return sum(getattr(row.cost, quantity) for row in rows)

    yield _Node(WHOLE, "", name, value(count.rows), VEIL, "")
    many = len({row.block for row in count.rows}) > MANY_BLOCKS
    for stage, in_stage in groupby(count.rows, key=lambda row: row.stage):
        stage_rows = list(in_stage)
        if not value(stage_rows):
            continue
        yield _Node(stage, WHOLE, stage, value(stage_rows), VEIL, "")
        blocks = [(block, list(rows)) for block, rows in groupby(stage_rows, key=lambda row: row.block)]
        for label, alike in _runs(blocks) if many else [(block, [rows]) for block, rows in blocks]:
            together = [row for rows in alike for row in rows]
            if not value(together):
                continue
            parent = f"{stage}/{label}" if label else stage
            if label:
                yield _Node(parent, stage, label, value(together), VEIL, "")
            for parts in zip(*alike, strict=True):
                if value(parts):
                    row = parts[0]
                    short = row.name.removeprefix(f"{row.block}.")
                    colour, note = KINDS[kind_of(row)], describe(row.layer, say)
                    yield _Node(f"{parent}/{row.name}", parent, short, value(parts), colour, note)


def _runs(blocks: list[tuple[str, list[Row]]]) -> Iterable[tuple[str, list[list[Row]]]]:
    """Merge neighbouring blocks with equal layers; yields a name and the rows of each block."""
    for _key, run in groupby(blocks, key=lambda each: tuple(row.layer for row in each[1])):
        alike = list(run)
        first, last = alike[0][0], alike[-1][0]
        label = first if len(alike) == 1 else f"{first} … {last.rpartition('.')[2]}"
        yield label, [rows for _block, rows in alike]
