"""Whole nets from blocks, compared with torchvision, the paper's tables and our own CIFAR nets."""

import time
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torchvision.models import get_model, get_model_weights

from resnet_edu.errors import UserError
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.nets.graph_net import GraphNet
from resnet_edu.nets.kinds import KINDS
from resnet_edu.nets.stack import StackSpec, Stem
from resnet_edu.nets.stack_presets import BASIC_A, BY_NAME, STACKS, StackPreset, cifar
from resnet_edu.nets.vocabulary import Shortcut
from resnet_edu.paths import ASSETS

# He15 section 4.2 with option A, as in the published implementation
CIFAR = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962, 1202: 19_421_274}
TORCHVISION = {
    "resnet18": "ResNet-18",
    "resnet34": "ResNet-34",
    "resnet50": "ResNet-50 (v1.5)",
    "resnet101": "ResNet-101 (v1.5)",
    "resnet152": "ResNet-152 (v1.5)",
    "resnext50_32x4d": "ResNeXt-50 32×4d",
    "densenet121": "DenseNet-121",
}
HE15_BILLIONS = {
    "ResNet-18": 1.8,
    "ResNet-34": 3.6,
    "ResNet-50 (v1)": 3.8,
    "ResNet-101 (v1)": 7.6,
    "ResNet-152 (v1)": 11.3,
}


def count(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


def spec_of(name: str) -> StackSpec:
    return BY_NAME[name].spec


@pytest.mark.parametrize("model", TORCHVISION)
def test_parameters_and_multiply_adds_are_torchvisions(model: str) -> None:
    spec = spec_of(TORCHVISION[model])
    graph = spec.stack().graph
    (meta,) = {(w.meta["num_params"], w.meta["_ops"]) for w in get_model_weights(model) if w.name == "IMAGENET1K_V1"}
    with torch.device("meta"):
        assert count(GraphNet(graph)) == graph.parameters == meta[0]
    assert round(sum(graph.multiply_adds(spec.shape).values()) / 1e9, 3) == meta[1]


@pytest.mark.parametrize("name", HE15_BILLIONS)
def test_multiply_adds_are_the_papers(name: str) -> None:
    """He15 table 1, which truncates instead of rounding; the bottlenecks are the paper's own, v1."""
    spec = spec_of(name)
    billions = sum(spec.stack().graph.multiply_adds(spec.shape).values()) / 1e9
    assert billions == pytest.approx(HE15_BILLIONS[name], abs=0.07)


def test_no_plain_net_of_1202_layers_is_offered_as_published() -> None:
    assert "residual-1202" in BY_NAME
    assert "plain-1202 (CIFAR)" not in BY_NAME


@pytest.mark.parametrize("depth", CIFAR)
def test_cifar_nets_have_the_papers_parameters_plain_or_residual(depth: int) -> None:
    names = [f"residual-{depth}", f"plain-{depth} (CIFAR)"]
    for name in names if depth < 1202 else names[:1]:
        graph = spec_of(name).stack().graph
        with torch.device("meta"):
            assert count(GraphNet(graph)) == graph.parameters == CIFAR[depth]


def test_relatives_have_the_papers_parameters() -> None:
    """Zagoruyko16 has 36.5M; Huang16 table 2 has 0.8M."""
    assert round(spec_of("WRN-28-10").stack().graph.parameters / 1e6, 1) == 36.5
    assert round(spec_of("DenseNet-BC-100, k = 12").stack().graph.parameters / 1e6, 1) == 0.8


@pytest.mark.parametrize("model", ["resnet18", "resnet50"])
def test_a_torchvision_checkpoint_fits_and_gives_its_outputs(model: str) -> None:
    torch.manual_seed(0)
    theirs = get_model(model).eval()
    ours = spec_of(TORCHVISION[model]).build().eval()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


def test_the_shipped_weights_give_the_cifar_nets_outputs() -> None:
    state = load_file(ASSETS / "weights" / "cifar10-residual-20.safetensors")
    theirs, ours = CifarSpec().build().eval(), spec_of("residual-20").build().eval()
    assert list(theirs.state_dict()) == list(ours.state_dict())
    theirs.load_state_dict(state)
    ours.load_state_dict(state)
    x = torch.randn(4, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-5)


def test_a_pre_activation_net_is_the_cifar_families() -> None:
    theirs = CifarSpec(Family.PRE_ACTIVATION, 20).build().eval()
    ours = cifar(replace(BASIC_A, order=Order.FULL_PRE_ACTIVATION), 20).build().eval()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-5)


@pytest.mark.parametrize("preset", STACKS, ids=lambda preset: preset.name)
def test_every_shape_of_a_published_net_fits(preset: StackPreset) -> None:
    stack = preset.spec.stack()
    prediction = stack.graph.predict(preset.spec.shape)
    assert not prediction.faults
    assert prediction.output == (preset.spec.classes, 1, 1)


@pytest.mark.parametrize("preset", STACKS, ids=lambda preset: preset.name)
def test_the_outline_has_every_operation_once_and_in_order(preset: StackPreset) -> None:
    stack = preset.spec.stack()
    names = list(stack.stem)
    for stage in stack.stages:
        names += stage.transition
        for block in stage.blocks:
            assert all(name.startswith(f"{block.name}.") for name in block.operations)
            names += block.operations
    assert [*names, *stack.head] == [operation.name for operation in stack.graph.operations]
    assert [len(stage.blocks) for stage in stack.stages] == list(preset.spec.blocks)


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stem", Stem)
def test_every_kind_stacks_in_every_order(kind: str, order: Order, stem: Stem) -> None:
    block = BlockSpec(kind, 8, 12, expansion=2, groups=2, shortcut=Shortcut.B, order=order)
    spec = StackSpec(block, (2, 1), (8, 16), 8, stem, classes=5, size=16)
    out = spec.build().eval()(torch.randn(2, *spec.shape))
    assert out.shape == (2, 5)


def test_the_deepest_net_is_drawn_quickly() -> None:
    spec = spec_of("residual-1202")
    started = time.process_time()
    spec.stack().graph.predict(spec.shape)
    assert time.process_time() - started < 0.3


def test_stages_without_blocks_or_channels_are_refused() -> None:
    for blocks, channels in [((), ()), ((1, 0), (8, 8)), ((1, 1), (8,))]:
        with pytest.raises(UserError):
            StackSpec(BASIC_A, blocks, channels)


@pytest.mark.parametrize(("name", "solid"), [("ResNet-18", True), ("ResNet-34", True), ("ResNet-50 (v1.5)", False)])
def test_the_first_shortcut_of_conv2_x_is_solid_up_to_34_layers_and_dashed_from_50_on(name: str, solid: bool) -> None:
    """The block page's lesson says so, and also that the dashed one has no stride."""
    first, *others = spec_of(name).stack().stages[0].blocks
    assert first.spec.keeps_shape == solid
    assert first.spec.stride == 1
    assert all(block.spec.keeps_shape for block in others)


def test_resnet_34_has_16_blocks_and_resnet_110_has_54() -> None:
    """The reason why 1×1 shortcuts do no harm in one and ruin the other (He16 section 3.1)."""
    for name, blocks in (("ResNet-34", 16), ("residual-110", 54)):
        assert sum(len(stage.blocks) for stage in spec_of(name).stack().stages) == blocks
