"""Boxes and texts of a block's diagram never overlap, for any block at many widths and on the page itself."""

from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ViewportSize

from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_presets import PRESETS
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.kinds import KINDS, problems_of
from resnet_edu.nets.layers import Shape
from resnet_edu.nets.vocabulary import Shortcut
from resnet_edu.ui.components import UI, script
from resnet_edu.ui.shared.block_diagram import diagram
from resnet_edu.ui.text import language

from .conftest import DESKTOP, PHONE, Visit

BOXES = Path(__file__).with_name("boxes.js").read_text(encoding="utf-8")
WIDTHS = (340, 358, 660, 1000, 1242)
CHANNELS_AND_STRIDE = ((64, 64, 1), (64, 128, 2), (4096, 4096, 1))


def blocks() -> Iterator[tuple[BlockSpec, Shape]]:
    """Yield the presets, and a block of every kind, order and shortcut with short and with long texts."""
    for preset in PRESETS:
        yield preset.spec, preset.shape
    for kind, order, shortcut, (channels_in, channels_out, stride), expansion, normalisation in product(
        KINDS, Order, Shortcut, CHANNELS_AND_STRIDE, (1, 4), Normalisation
    ):
        spec = BlockSpec(
            kind, channels_in, channels_out, stride, expansion, 32, shortcut, order, normalisation=normalisation
        )
        if not problems_of(spec):
            yield spec, (channels_in, 56, 56)


@pytest.fixture
def any_language() -> Iterator[None]:
    """Reset the language that a test has set, so that the next one determines its own."""
    yield
    language._of_this_run.set(None)


@pytest.mark.usefixtures("any_language")
def test_no_boxes_and_no_texts_of_any_block_overlap(visit: Visit) -> None:
    diagrams: dict[str, tuple[BlockSpec, dict[str, Any]]] = {}
    for code in language.LANGUAGES:
        language._of_this_run.set(code)
        for spec, shape in blocks():
            data = diagram(spec, shape, backward=True)
            diagrams.setdefault(f"{code} {data['nodes']}", (spec, data))
    specs, data = zip(*diagrams.values(), strict=True)
    page = visit("/block")
    page.locator(".st-key-block_diagram svg[data-direction]").wait_for()
    layout = script(UI / "shared/block_layout.js")
    found = page.evaluate(BOXES, {"script": layout, "diagrams": data, "widths": WIDTHS})
    assert len(data) > 500
    assert [(width, *what, specs[index]) for index, width, *what in found] == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_two_boxes_on_the_page_overlap(visit: Visit, viewport: ViewportSize) -> None:
    page = visit("/block?block=own&kind=highway&channels_out=128&stride=2&shortcut=C", viewport=viewport)
    page.locator(".st-key-block_diagram svg[data-direction]").wait_for()
    boxes = page.locator(".st-key-block_diagram .node .shape").evaluate_all(
        "shapes => shapes.map(each => { const { left, right, top, bottom } = each.getBoundingClientRect();"
        " return [left, right, top, bottom]; })"
    )
    assert len(boxes) == 10  # x, three of H, two of the gate, two of the shortcut, the blend, y
    for one, two in combinations(boxes, 2):
        assert one[0] >= two[1] or two[0] >= one[1] or one[2] >= two[3] or two[2] >= one[3], (one, two)
