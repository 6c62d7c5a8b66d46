"""A lecture's charts: all text grows, and nothing else does."""

import pytest

from resnet_edu.figures.net_comparison import Point, net_comparison
from resnet_edu.figures.palette import LARGER, SMALL, TEXT, enlarged
from resnet_edu.nets.published import Series


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
