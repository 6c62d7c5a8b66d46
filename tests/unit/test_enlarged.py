"""A lecture's charts: all text grows, and nothing else does."""

from unicodedata import east_asian_width

import pytest

from resnet_edu.figures.knockout import several_deletions
from resnet_edu.figures.net_comparison import Point, net_comparison
from resnet_edu.figures.palette import LARGER, SMALL, TEXT, enlarged
from resnet_edu.measure.knockout import DRAWS
from resnet_edu.nets.published import Series
from resnet_edu.ui.text.language import LANGUAGES, translated

PHONE = 280
"""Pixels of a title below the figure's middle, on a phone 390 pixels wide."""
LINE = 1.3
"""Height of a line, in ems."""


def test_type_and_margins_grow_and_the_data_stay() -> None:
    points = [
        Point("ResNet-18", Series.RESNET, 11.7, 69.8, "torchvision"),
        Point("VGG-16", Series.VGG, 138.4, 71.6, ""),
    ]
    figure = net_comparison(points, "cost", "accuracy", str, str)
    larger = enlarged(figure)
    assert larger.layout.font.size == pytest.approx(LARGER * TEXT)
    assert larger.layout.legend.font.size == pytest.approx(LARGER * SMALL)
    assert larger.layout.margin.l == pytest.approx(LARGER * figure.layout.margin.l)
    for before, after in zip(figure.data, larger.data, strict=True):
        assert after.textfont.size == pytest.approx(LARGER * before.textfont.size)
        assert after.textposition == before.textposition
        assert (after.x, after.y, after.marker.size) == (before.x, before.y, before.marker.size)
    assert figure.layout.font.size == TEXT


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "title",
    [
        "The one block that is deleted: stage.block",
        "Blocks deleted at random; mean and range of {draws} draws",
        "Kendall's τ of the blocks' order with the net's own",
        "Residual branches on the path",
    ],
)
def test_the_knockout_figures_axis_titles_fit_a_phone(title: str, language: str) -> None:
    said = translated(title, language).format(draws=DRAWS)
    figure = enlarged(several_deletions([], (said, ""), dark=False))
    drawn = figure.layout.xaxis.title
    lines = drawn.text.split("<br>")
    assert "".join(lines).replace(" ", "") == said.replace(" ", "")
    em = max(sum(1.0 if east_asian_width(letter) == "W" else 0.5 for letter in line) for line in lines)
    assert em * drawn.font.size <= PHONE
    assert (len(lines) + 1) * LINE * drawn.font.size <= figure.layout.margin.b
