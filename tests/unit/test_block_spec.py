"""Blocks: module, shapes, costs and repairs all follow from one specification."""

from dataclasses import fields, replace

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torchvision.models import resnet

from resnet_edu.errors import UserError
from resnet_edu.nets import blocks
from resnet_edu.nets.block_options import Order, StrideOn
from resnet_edu.nets.block_presets import PRESETS, BlockPreset
from resnet_edu.nets.block_repairs import is_legal, repairs
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Activation, LayerOptions, Normalisation, Shortcut
from resnet_edu.nets.graph_net import GraphNet
from resnet_edu.nets.kinds import KINDS, graph_of, problems_of
from resnet_edu.nets.kinds.kind import BlockKind
from resnet_edu.nets.layers import Activate, Conv, Shape
from resnet_edu.nets.operations import Operation, Role, chain
from resnet_edu.nets.source_keras import keras_source
from resnet_edu.nets.source_pytorch import pytorch_source
from resnet_edu.nets.stack import StackSpec
from resnet_edu.nets.vocabulary import SHAPE_CHANGING
from tests.unit.specifications import module_of, shake, sizes, specs

modest = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.filter_too_much])


@modest
@given(specs, sizes)
def test_every_operation_has_the_predicted_shape_and_parameters(spec: BlockSpec, size: tuple[int, int]) -> None:
    x = (spec.channels_in, *size)
    assume(is_legal(spec, x))
    graph = graph_of(spec)
    net = GraphNet(graph).eval()
    seen: dict[str, Shape] = {}

    def watch(name: str) -> None:
        net.get_submodule(name).register_forward_hook(lambda _m, _i, out: seen.update({name: tuple(out.shape[1:])}))

    for operation in graph.operations:
        watch(operation.name)
        parameters = sum(p.numel() for p in net.get_submodule(operation.name).parameters())
        assert parameters == operation.layer.parameters
    with torch.no_grad():
        out = net(torch.randn(1, *x))
    prediction = graph.predict(x)
    assert {"x": x} | seen == prediction.shapes
    assert tuple(out.shape[1:]) == prediction.output
    assert sum(p.numel() for p in net.parameters()) == graph.parameters


@modest
@given(specs, specs, st.integers(1, 9))
def test_a_field_that_the_kind_does_not_use_makes_no_difference(spec: BlockSpec, other: BlockSpec, size: int) -> None:
    assume(not problems_of(spec))
    uses = KINDS[spec.kind].uses
    ignored = {f.name: getattr(other, f.name) for f in fields(BlockSpec) if f.name not in (*uses, "kind")}
    assert graph_of(replace(spec, **ignored)) == graph_of(spec)


def test_a_new_kind_is_one_registration(monkeypatch: pytest.MonkeyPatch) -> None:
    def operations(spec: BlockSpec) -> tuple[Operation, ...]:
        return chain(
            "x", [("conv1", Conv(spec.channels_in, spec.channels_out, 5, spec.stride, 2)), ("act1", Activate())]
        )

    kind = BlockKind("Single", "One.", "none", ("channels_in", "channels_out", "stride"), operations)
    monkeypatch.setitem(KINDS, "single", kind)
    spec = BlockSpec("single", 4, 8, 2)
    assert module_of(spec)(torch.randn(1, 4, 8, 8)).shape == (1, 8, 4, 4)
    assert "nn.Conv2d(4, 8, 5, stride=2, padding=2, bias=False)" in pytorch_source(spec, (4, 8, 8))
    assert "layers.Conv2D(8, 5, strides=2, use_bias=False" in keras_source(spec, (4, 8, 8))
    assert StackSpec(spec, (1, 1), (8, 16)).build()(torch.randn(1, 3, 32, 32)).shape == (1, 10)
    assert repairs(spec, (3, 8, 8))[0].spec.channels_in == 3


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_that_a_kind_uses_makes_a_difference(kind: str) -> None:
    base = BlockSpec(kind, 8, 16, 2, 2, 1, Shortcut.B)
    other = BlockSpec(
        kind,
        4,
        32,
        1,
        4,
        2,
        Shortcut.A,
        Order.FULL_PRE_ACTIVATION,
        StrideOn.FIRST_1X1,
        Normalisation.NONE,
        Activation.TANH,
    )
    for name in KINDS[kind].uses:
        assert graph_of(replace(base, **{name: getattr(other, name)})) != graph_of(base), name


def published(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.replace("downsample", "shortcut"): tensor for name, tensor in state.items()}


@pytest.mark.parametrize(("channels_in", "planes", "stride"), [(16, 16, 1), (16, 32, 2)])
def test_the_basic_block_is_torchvisions(channels_in: int, planes: int, stride: int) -> None:
    downsample = None if stride == 1 else nn.Sequential(resnet.conv1x1(channels_in, planes, 2), nn.BatchNorm2d(planes))
    theirs = shake(resnet.BasicBlock(channels_in, planes, stride, downsample))
    ours = module_of(BlockSpec("basic", channels_in, planes, stride, shortcut=Shortcut.B)).eval()
    ours.load_state_dict(published(theirs.state_dict()))
    x = torch.randn(2, channels_in, 14, 14)
    torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("stride_on", StrideOn)
@pytest.mark.parametrize("groups", [1, 4])
def test_the_bottleneck_is_torchvisions_with_either_stride(stride_on: StrideOn, groups: int) -> None:
    downsample = nn.Sequential(resnet.conv1x1(32, 64, 2), nn.BatchNorm2d(64))
    theirs = shake(resnet.Bottleneck(32, 16, 2, downsample, groups=groups, base_width=64 // groups))
    if stride_on is StrideOn.FIRST_1X1:
        theirs.conv1.stride, theirs.conv2.stride = (2, 2), (1, 1)
    spec = BlockSpec("resnext", 32, 64, 2, 4, groups, Shortcut.B, stride_on=stride_on)
    ours = module_of(spec).eval()
    ours.load_state_dict(published(theirs.state_dict()))
    x = torch.randn(2, 32, 14, 14)
    torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-6)
    if groups == 1:
        assert graph_of(replace(spec, kind="bottleneck")) == graph_of(spec)


# Without normalisation the CIFAR nets' projections still have it, unlike ours.
CIFAR_BLOCKS = [(shortcut, Normalisation.BATCH) for shortcut in (Shortcut.NONE, *SHAPE_CHANGING)]
CIFAR_BLOCKS += [(shortcut, Normalisation.NONE) for shortcut in (Shortcut.NONE, Shortcut.A)]


@pytest.mark.parametrize(("shortcut", "normalisation"), CIFAR_BLOCKS)
def test_the_blocks_of_the_cifar_nets_are_these(shortcut: Shortcut, normalisation: Normalisation) -> None:
    layers = LayerOptions(normalisation, Activation.TANH)
    pairs = [(blocks.BasicBlock(8, 16, 2, shortcut, layers), Order.ORIGINAL)]
    if shortcut is not Shortcut.NONE:
        pairs.append((blocks.PreActivationBlock(8, 16, 2, shortcut, layers), Order.FULL_PRE_ACTIVATION))
    for theirs, order in pairs:
        spec = BlockSpec("basic", 8, 16, 2, shortcut=shortcut, order=order, normalisation=normalisation)
        ours = module_of(replace(spec, activation=Activation.TANH)).eval()
        ours.load_state_dict(shake(theirs).state_dict())
        x = torch.randn(2, 8, 9, 9)
        torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-6)


def test_two_highway_layers_are_the_highway_block() -> None:
    theirs = shake(blocks.HighwayBlock(8, 8, 1, LayerOptions()))
    x = torch.randn(2, 8, 9, 9)
    out = x
    for number in "12":
        layer = module_of(BlockSpec("highway", 8, 8)).eval()
        state = {n.replace(number, "1", 1): t for n, t in theirs.state_dict().items() if number in n.split(".")[0]}
        layer.load_state_dict(state)
        out = layer(out)
    torch.testing.assert_close(out, theirs(x), rtol=0, atol=1e-6)


def test_a_highway_gate_starts_by_carrying() -> None:
    bias = module_of(BlockSpec("highway", 8, 8)).get_submodule("gate1.0").bias
    assert set(bias.tolist()) == {blocks.HighwayBlock.GATE_BIAS}


def names(spec: BlockSpec) -> list[str]:
    return [operation.name for operation in graph_of(spec).operations]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.ORIGINAL, "conv1 bn1 act1 conv2 bn2 add act2"),
        (Order.BN_AFTER_ADDITION, "conv1 bn1 act1 conv2 add bn2 act2"),
        (Order.RELU_BEFORE_ADDITION, "conv1 bn1 act1 conv2 bn2 act2 add"),
        (Order.RELU_ONLY_PRE_ACTIVATION, "act1 conv1 bn1 act2 conv2 bn2 add"),
        (Order.FULL_PRE_ACTIVATION, "bn1 act1 conv1 bn2 act2 conv2 add"),
    ],
)
def test_the_five_orders_are_the_papers(order: Order, expected: str) -> None:
    """He16 figure 4, from top to bottom."""
    spec = BlockSpec(order=order)
    assert names(spec) == expected.split()
    without = replace(spec, normalisation=Normalisation.NONE)
    assert names(without) == [name for name in expected.split() if not name.startswith("bn")]
    assert all(op.layer.bias for op in graph_of(without).operations if op.name.startswith("conv"))


def test_lanes_are_the_figures() -> None:
    def lanes(spec: BlockSpec) -> dict[str, Role]:
        return {o.name: o.role for o in graph_of(spec).operations if o.role is not Role.MAIN}

    dashed = BlockSpec("basic", 64, 128, 2, shortcut=Shortcut.B)
    assert lanes(dashed) == {"shortcut.0": Role.SHORTCUT, "shortcut.1": Role.SHORTCUT}
    assert lanes(replace(dashed, shortcut=Shortcut.A)) == {"shortcut": Role.SHORTCUT}
    assert lanes(BlockSpec("highway")) == {"gate1.0": Role.GATE, "gate1.1": Role.GATE}


def test_a_wide_block_projects_what_is_activated_by_a_convolution_alone() -> None:
    spec = BlockSpec("wide", 16, 160, shortcut=Shortcut.B, order=Order.FULL_PRE_ACTIVATION)
    graph = graph_of(spec)
    assert graph["shortcut.0"].inputs == ("act1",)
    assert graph.parameters == 2 * 16 + 9 * 16 * 160 + 2 * 160 + 9 * 160 * 160 + 16 * 160


def test_an_identity_over_a_change_of_shape_is_a_fault_at_the_addition() -> None:
    (fault,) = graph_of(BlockSpec("basic", 64, 128, 2)).predict((64, 56, 56)).faults
    assert (fault.operation, fault.left, fault.right) == ("add", (128, 28, 28), (64, 56, 56))
    assert fault.differing == ("channels", "height", "width")


@pytest.mark.parametrize(
    ("spec", "part"),
    [
        (BlockSpec("bottleneck", 64, 66), "66"),
        (BlockSpec("resnext", 64, 64, groups=3), "3 groups"),
        (BlockSpec("dense", 64, 64), "more than the 64"),
        (BlockSpec("basic", 64, 32, shortcut=Shortcut.A), "64 channels into 32"),
    ],
)
def test_a_block_that_cannot_be_says_why(spec: BlockSpec, part: str) -> None:
    assert [part in str(problem.sentence) for problem in problems_of(spec)] == [True]
    with pytest.raises(UserError, match=part):
        graph_of(spec)


@pytest.mark.parametrize("field", ["channels_in", "channels_out", "stride", "expansion", "groups"])
def test_numbers_below_one_are_refused(field: str) -> None:
    with pytest.raises(UserError, match="at least 1"):
        BlockSpec(**{field: 0})


@modest
@given(specs, st.tuples(st.integers(1, 12), st.integers(1, 9), st.integers(1, 9)))
def test_an_impossible_block_has_repairs_and_every_one_is_legal(spec: BlockSpec, x: Shape) -> None:
    found = repairs(spec, x)
    assert bool(found) is not is_legal(spec, x)
    for repair in found:
        assert is_legal(repair.spec, x)
        assert repair.spec != spec
        assert repair.spec.kind == spec.kind
        assert all(str(sentence).endswith(".") for sentence in repair.sentences)


def test_the_papers_repairs_of_the_dashed_shortcut_come_first() -> None:
    found = repairs(BlockSpec("basic", 64, 128, 2), (64, 56, 56))
    assert [repair.spec.shortcut for repair in found[:2]] == [Shortcut.B, Shortcut.A]
    assert [str(*repair.sentences) for repair in found[2:]] == [
        "Keep 64 channels and use a stride of 1.",
        "Leave the shortcut out.",
    ]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_presets_are_legal_blocks(preset: BlockPreset) -> None:
    assert is_legal(preset.spec, preset.shape)
    assert preset.shape[0] == preset.spec.channels_in


def test_resnext_costs_what_its_bottleneck_costs() -> None:
    """Xie16 section 3.3: about 70k weights each, counting only convolutions."""
    weights = {
        preset.id: sum(o.layer.parameters for o in graph_of(preset.spec).operations if o.name.startswith("conv"))
        for preset in PRESETS
    }
    assert weights["bottleneck"] == 69_632
    assert weights["resnext"] == 256 * 128 + 32 * 4 * 4 * 9 + 128 * 256 == 70_144
