"""Published nets: the printed figures and torchvision's weights agree with their plans."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import get_model, get_model_weights

from resnet_edu.measure.counting import count
from resnet_edu.nets.graph_net import GraphNet
from resnet_edu.nets.layers import Linear
from resnet_edu.nets.published import BY_ID, COUNTED, NETS, Protocol, PublishedNet, Series

COUNTED_NETS = pytest.mark.parametrize("net", COUNTED.values(), ids=lambda net: net.id)


def numel(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


def flops(net: nn.Module, shape: tuple[int, ...]) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net.eval()(torch.empty(2, *shape, device="meta"))
    return int(counter.get_total_flops()) // 2


@COUNTED_NETS
def test_closed_forms_and_built_module_agree(net: PublishedNet) -> None:
    """torch's FLOP counter counts a multiply-add as two operations."""
    assert net.spec
    counted = count(net.plan(), net.spec.shape, batch=2)
    with torch.device("meta"):
        built = GraphNet(net.plan().graph)
    assert numel(built) == counted.total.parameters
    assert flops(built, net.spec.shape) == counted.total.multiply_adds


@pytest.mark.parametrize("net", [net for net in COUNTED.values() if net.torchvision], ids=lambda net: net.id)
def test_torchvisions_own_module_and_metadata_agree(net: PublishedNet) -> None:
    assert net.spec
    total = count(net.plan(), net.spec.shape).total
    with torch.device("meta"):
        theirs = get_model(net.torchvision)
    assert numel(theirs) == total.parameters
    assert flops(theirs, net.spec.shape) == 2 * total.multiply_adds
    weights = next(iter(get_model_weights(net.torchvision)))
    assert weights.meta["num_params"] == total.parameters
    assert weights.meta["_ops"] == round(total.multiply_adds / 1e9, 3)
    assert weights.transforms().crop_size == [net.spec.size]
    one_crop = next(result for result in net.results if result.protocol is Protocol.ONE_CROP)
    assert one_crop.error == pytest.approx(100 - weights.meta["_metrics"]["ImageNet-1K"]["acc@1"])


@pytest.mark.parametrize("net", [net for net in NETS if net.claim.parameters and net.spec], ids=lambda net: net.id)
def test_the_printed_number_of_parameters_is_ours_rounded(net: PublishedNet) -> None:
    printed = net.claim.parameters.removesuffix("M")
    decimals = len(printed.partition(".")[2])
    assert f"{net.plan().graph.parameters / 1e6:.{decimals}f}" == printed


@pytest.mark.parametrize("net", [net for net in NETS if net.claim.billions], ids=lambda net: net.id)
def test_the_printed_multiply_adds_are_ours_rounded(net: PublishedNet) -> None:
    """He15 table 1 prints 3.8 for 3.858, the only figure that is truncated instead of rounded."""
    assert net.spec
    billions = sum(net.plan().graph.multiply_adds(net.spec.shape).values()) / 1e9
    assert (f"{billions:.1f}" if net.name != "ResNet-50 (v1)" else "3.8") == net.claim.billions
    assert billions == pytest.approx(float(net.claim.billions), abs=0.06)


def test_plain_and_residual_nets_of_a_depth_have_equal_parameters() -> None:
    for net in NETS:
        if net.series is Series.PLAIN:
            twin = f"resnet-{net.depth}" if net.data == "CIFAR-10" else f"resnet-{net.depth}-a"
            assert net.plan().graph.parameters == BY_ID[twin].plan().graph.parameters


def test_the_catalogue_is_whole_and_every_figure_has_a_citation() -> None:
    assert len(BY_ID) == len(NETS)
    for net in NETS:
        assert all(result.citation and 0 < result.error < 100 for result in net.results)
        assert bool(net.claim.citation) == bool(net.claim.parameters or net.claim.billions)
        assert net.results or net.series is Series.PLAIN  # the paper shows these as curves, without a number
        assert all(result.note for result in net.results if result.is_bound)
        assert {result.protocol is Protocol.CIFAR10 for result in net.results} <= {net.data == "CIFAR-10"}
    assert {net.name for net in NETS if not net.spec} == {
        *("Highway-19", "Highway-32"),
        *("AlexNet", "SE-ResNet-50", "ConvNeXt-T", "LeNet-5"),
    }
    with pytest.raises(ValueError, match="Highway-19"):
        BY_ID["highway-19"].plan()


def test_a_figure_of_several_runs_says_which_of_them_it_is() -> None:
    """He15 table 6 prints "6.43 (6.61±0.16)" for ResNet-110 and "7.54 (7.72±0.16)" for Highway-19."""
    for net, best, mean in (("resnet-110", 6.43, "6.61 ± 0.16"), ("highway-19", 7.54, "7.72 ± 0.16")):
        [result] = BY_ID[net].results
        assert result.error == best
        assert "best" in result.note
        assert mean in result.note


def test_plain_110_errs_above_60_per_cent_and_is_the_deepest_plain_net() -> None:
    [result] = BY_ID["plain-110"].results
    assert (result.error, result.is_bound, result.citation) == (60, True, "He et al. 2015, fig. 6")
    assert max(net.depth for net in NETS if net.series is Series.PLAIN) == 110


@COUNTED_NETS
def test_the_outline_has_every_operation_once_and_in_order(net: PublishedNet) -> None:
    plan = net.plan()
    names = [name for section in plan.sections for name in section.operations]
    assert names == [operation.name for operation in plan.graph.operations]


def test_vgg_takes_torchvisions_weights_and_gives_its_outputs() -> None:
    torch.manual_seed(0)
    with torch.device("meta"):
        theirs, ours = get_model("vgg16_bn"), GraphNet(BY_ID["vgg-16-bn"].plan().graph)
    assert {k: v.shape for k, v in theirs.state_dict().items()} == {k: v.shape for k, v in ours.state_dict().items()}
    assert sum(isinstance(o.layer, Linear) for o in ours.graph.operations) == 3
