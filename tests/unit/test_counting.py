"""Counting: columns sum to totals, and costs scale as they should."""

import pytest

from resnet_edu.measure.counting import Cost, Count, count
from resnet_edu.measure.memory import Precision, training_step
from resnet_edu.nets.block_presets import BASIC, BOTTLENECK, PRESETS, BlockPreset
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import graph_of
from resnet_edu.nets.layers import Shape
from resnet_edu.nets.plan import Plan, Section
from resnet_edu.nets.published import BY_ID, COUNTED, PublishedNet

COUNTED_NETS = pytest.mark.parametrize("net", COUNTED.values(), ids=lambda net: net.id)


@COUNTED_NETS
@pytest.mark.parametrize("precision", Precision)
def test_rows_blocks_and_stages_sum_to_the_total(net: PublishedNet, precision: Precision) -> None:
    assert net.spec
    counted = count(net.plan(), net.spec.shape, batch=3, precision=precision)
    for parts in (counted.rows, counted.blocks(), counted.stages()):
        assert sum((part.cost for part in parts), Cost()) == counted.total
    assert len(counted.rows) == 1 + len(net.plan().graph.operations)
    assert counted.total.parameters == net.plan().graph.parameters


@COUNTED_NETS
def test_what_is_kept_is_what_waits_between_the_two_passes(net: PublishedNet) -> None:
    assert net.spec
    counted = count(net.plan(), net.spec.shape, batch=4)
    last = [m for m in training_step(net.plan().graph, net.spec.shape).moments if not m.backward][-1]
    assert counted.total.kept == 4 * last.kept + last.fixed


def test_weights_stay_and_the_rest_grows_with_batch_and_area() -> None:
    net = BY_ID["resnet-18"]
    small = count(net.plan(), (3, 224, 224))
    batch = count(net.plan(), (3, 224, 224), batch=8)
    large = count(net.plan(), (3, 448, 448))
    assert small.total.parameters == batch.total.parameters == large.total.parameters
    assert batch.total.multiply_adds == 8 * small.total.multiply_adds
    assert batch.forward == 8 * small.forward
    assert large.forward == 4 * small.forward
    classifier = 512 * 1000
    assert large.total.multiply_adds - classifier == 4 * (small.total.multiply_adds - classifier)


def of_block(spec: BlockSpec, x: Shape) -> Count:
    graph = graph_of(spec)
    return count(Plan(graph, (Section("", "", tuple(each.name for each in graph.operations)),)), x)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_a_block_is_counted_like_a_net(preset: BlockPreset) -> None:
    counted = of_block(preset.spec, preset.shape)
    assert sum((row.cost for row in counted.rows), Cost()) == counted.total
    assert counted.total.parameters == graph_of(preset.spec).parameters


def test_the_papers_example_of_256_channels() -> None:
    """He15 figure 5 and section 4.1, convolution weights only; the two blocks of figure 5 cost about the same."""
    bottleneck, basic_64 = (of_block(spec, (c, 56, 56)) for spec, c in ((BOTTLENECK, 256), (BASIC, 64)))
    weights = sum(row.cost.parameters for row in bottleneck.rows if row.name.startswith("conv"))
    assert weights == 69_632
    assert bottleneck.total.multiply_adds == 69_632 * 56 * 56
    assert basic_64.total.multiply_adds == 73_728 * 56 * 56


def test_a_picture_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="fit"):
        count(BY_ID["vgg-16"].plan(), (3, 8, 8))
