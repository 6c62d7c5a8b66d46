"""Figures of costs: amounts, labels that do not overlap, the course of a training step."""

import json
from itertools import combinations

import pytest

from resnet_edu.figures.amounts import amount, as_printed, memory
from resnet_edu.figures.layer_table import describe
from resnet_edu.figures.net_comparison import HEIGHT, WIDTH, Point, net_comparison
from resnet_edu.figures.training_memory import MOMENTS, training_memory
from resnet_edu.figures.where_it_sits import heaviest, where_it_sits
from resnet_edu.measure.counting import count
from resnet_edu.measure.memory import Optimiser, training_step
from resnet_edu.nets.layers import Conv, Linear, MaxPool
from resnet_edu.nets.published import BY_ID, COUNTED, Series
from resnet_edu.ui.text.language import CHINESE, ENGLISH

WORDS = dict.fromkeys(("weights", "optimiser", "gradients", "kept", "passing", "limit", "forward", "backward"), "word")


@pytest.mark.parametrize(
    ("quantity", "value", "text"),
    [
        ("parameters", 269_722, "270 k"),
        ("parameters", 25_557_032, "25.6 M"),
        ("multiply_adds", 4_089_184_256, "4.09 G"),
        ("multiply_adds", 0, "0"),
        ("kept", 2**20, "1.00 MiB"),
        ("kept", 17 * 2**30, "17.0 GiB"),
        ("kept", 512, "512 B"),
    ],
)
def test_amounts_have_three_digits_and_a_unit(quantity: str, value: int, text: str) -> None:
    assert amount(quantity, value, ENGLISH.units) == text


def test_chinese_counts_in_myriads() -> None:
    assert amount("multiply_adds", 4_089_184_256, CHINESE.units) == "40.9 亿"
    assert amount("parameters", 25_557_032, CHINESE.units) == "2556 万"
    assert [as_printed(19.4e6, each.units) for each in (ENGLISH, CHINESE)] == ["19.4 M", "1940 万"]
    assert [as_printed(3.8e9, each.units) for each in (ENGLISH, CHINESE)] == ["3.8 G", "38 亿"]


def test_layers_are_told_in_a_few_signs() -> None:
    assert describe(Conv(64, 128, stride=2)) == "3×3 conv, 64 → 128, /2"
    assert describe(Conv(128, 128, groups=32)) == "3×3 conv, 128 → 128, 32 groups"
    assert describe(Linear(512, 1000)) == "linear, 512 → 1000"
    assert describe(MaxPool(3, 2, 1)) == "max pool"


def test_most_of_vggs_parameters_are_in_one_linear_layer() -> None:
    row, share = heaviest(count(BY_ID["vgg-16"].plan(), (3, 224, 224)), "parameters")
    assert row.name == "classifier.0"
    assert share == pytest.approx(0.743, abs=0.001)


@pytest.mark.parametrize("net", COUNTED.values(), ids=lambda net: net.id)
def test_an_icicle_is_small_enough_to_draw(net) -> None:
    figure = where_it_sits(net.name, count(net.plan(), net.spec.shape), "kept", memory)
    trace = figure.data[0]
    assert 0 < len(trace.ids) < 1000
    assert len(set(trace.ids)) == len(trace.ids)
    assert set(trace.parents) <= {"", *trace.ids}


def test_names_do_not_cover_each_other() -> None:
    points = [Point(f"a long name {n}", Series.RESNET, 10 ** (n / 3), 70 + n % 3, "") for n in range(6)]
    trace = net_comparison(points, "x", "y", str, str).data[0]
    boxes = []
    for n, place in enumerate(trace.textposition):
        x, y = WIDTH * n / 5, HEIGHT * (trace.y[n] - 70) / 2
        left = {"left": -1, "center": -0.5, "right": 0}[place.split()[1]] * 100
        up = {"top": 1, "middle": 0, "bottom": -1}[place.split()[0]] * 18
        boxes.append((x + left, y + up))
    for (x0, y0), (x1, y1) in combinations(boxes, 2):
        assert abs(x0 - x1) > 100 or abs(y0 - y1) > 14


@pytest.mark.parametrize("name", ["resnet-20", "resnet-1202"])
def test_the_drawn_peak_is_the_estimated_one(name: str) -> None:
    """Only a limited number of moments is drawn, but the peak is always among them."""
    step = training_step(BY_ID[name].plan().graph, (3, 32, 32))
    figure = training_memory(step, 128, Optimiser.MOMENTUM, 16 * 2**30, WORDS)
    columns = list(zip(*(trace.y for trace in figure.data), strict=True))
    assert len(columns) <= MOMENTS
    assert max(map(sum, columns)) * 2**30 == pytest.approx(step.peak(128).total)


@pytest.mark.parametrize("dark", [False, True])
def test_text_is_large_and_inked_for_the_theme(dark: bool) -> None:
    step = training_step(BY_ID["resnet-20"].plan().graph, (3, 32, 32))
    layout = training_memory(step, 8, Optimiser.ADAM, 2**30, WORDS, dark).layout
    assert layout.font.color == ("#EDEAE2" if dark else "#18212B")
    assert layout.font.size >= 16
    assert "rgba(0,0,0,0)" in json.dumps([layout.paper_bgcolor, layout.plot_bgcolor])
