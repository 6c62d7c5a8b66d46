"""The CIFAR family, compared with the paper, published checkpoints and torchvision's parts."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from resnet_edu.errors import UserError
from resnet_edu.nets.blocks import Activation, HighwayBlock, Normalisation, PreActivationBlock, Shortcut, ZeroPadding
from resnet_edu.nets.cifar import CifarNet, CifarSpec, Family, Initialisation
from resnet_edu.nets.vocabulary import SHAPE_CHANGING

PUBLISHED = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962, 1202: 19_421_274}


def count(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


@pytest.mark.parametrize("depth", PUBLISHED)
def test_parameter_counts_are_the_published_ones(depth: int) -> None:
    with torch.device("meta"):
        assert count(CifarNet(CifarSpec(depth=depth))) == PUBLISHED[depth]


@pytest.mark.parametrize("depth", [8, 20, 56])
def test_plain_and_residual_nets_have_equal_parameters(depth: int) -> None:
    plain, residual = (CifarNet(CifarSpec(family, depth)) for family in (Family.PLAIN, Family.RESIDUAL))
    assert [(n, p.shape) for n, p in plain.named_parameters()] == [(n, p.shape) for n, p in residual.named_parameters()]


def test_layers_carry_the_published_names() -> None:
    names = {name.rpartition(".")[0] for name, _ in CifarNet(CifarSpec(depth=20)).named_parameters()}
    blocks = {f"layer{s}.{b}.{part}" for s in (1, 2, 3) for b in range(3) for part in ("conv1", "bn1", "conv2", "bn2")}
    assert names == blocks | {"conv1", "bn1", "linear"}


@pytest.mark.parametrize("depth", [0, 2, 19, 21, 57])
def test_depths_other_than_6n_plus_2_are_refused(depth: int) -> None:
    with pytest.raises(UserError, match=str(depth)):
        CifarSpec(depth=depth)


@pytest.mark.parametrize("option", SHAPE_CHANGING)
@pytest.mark.parametrize("depth", [8, 20])
def test_depth_counts_the_weighted_layers_without_projections(option: Shortcut, depth: int) -> None:
    net = CifarNet(CifarSpec(depth=depth, shortcut=option))
    layers = [n for n, m in net.named_modules() if isinstance(m, nn.Conv2d | nn.Linear) and "shortcut" not in n]
    assert len(layers) == depth


def test_shortcut_options_cost_what_the_paper_says() -> None:
    a, b, c = (count(CifarNet(CifarSpec(depth=20, shortcut=option))) for option in SHAPE_CHANGING)
    projections_b = 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64
    same_shape_c = 3 * (16 * 16 + 2 * 16) + 2 * (32 * 32 + 2 * 32) + 2 * (64 * 64 + 2 * 64)
    assert (b - a, c - b) == (projections_b, same_shape_c)


def test_zero_padding_keeps_every_second_pixel_between_equal_zeros() -> None:
    x = torch.randn(2, 16, 32, 32)
    out = ZeroPadding(16, 32, stride=2)(x)
    assert torch.equal(out[:, 8:24], x[:, :, ::2, ::2])
    assert not out[:, :8].any()
    assert not out[:, 24:].any()


def published_forward(state: dict[str, torch.Tensor], x: torch.Tensor, blocks: int, residual: bool) -> torch.Tensor:
    """Compute the published implementation's arithmetic, written out with functions only."""

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        return F.batch_norm(
            x,
            state[f"{name}.running_mean"],
            state[f"{name}.running_var"],
            state[f"{name}.weight"],
            state[f"{name}.bias"],
        )

    x = F.relu(norm(F.conv2d(x, state["conv1.weight"], padding=1), "bn1"))
    for stage in (1, 2, 3):
        for block in range(blocks):
            name, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            out = F.relu(norm(F.conv2d(x, state[f"{name}.conv1.weight"], stride=stride, padding=1), f"{name}.bn1"))
            out = norm(F.conv2d(out, state[f"{name}.conv2.weight"], padding=1), f"{name}.bn2")
            if residual:
                pad = (out.shape[1] - x.shape[1]) // 2
                out = out + F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, pad, pad))
            x = F.relu(out)
    return F.linear(x.mean((2, 3)), state["linear.weight"], state["linear.bias"])


@pytest.mark.parametrize("family", [Family.PLAIN, Family.RESIDUAL])
def test_forward_is_the_arithmetic_of_the_published_implementation(family: Family) -> None:
    torch.manual_seed(0)
    net = CifarNet(CifarSpec(family, 20)).eval()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    x = torch.randn(4, 3, 32, 32)
    expected = published_forward(net.state_dict(), x, 3, family is Family.RESIDUAL)
    torch.testing.assert_close(net(x), expected, rtol=1e-5, atol=1e-5)


def test_every_relu_is_its_own_module_and_none_works_in_place() -> None:
    net = CifarNet(CifarSpec(depth=20))
    relus = [module for module in net.modules() if isinstance(module, nn.ReLU)]
    assert len(relus) == 1 + 2 * 9
    assert not any(relu.inplace for relu in relus)


def test_spec_survives_the_model_card() -> None:
    for spec in (
        CifarSpec(),
        CifarSpec(Family.PLAIN, 56),
        CifarSpec(depth=32, shortcut=Shortcut.C, classes=7, width=8),
    ):
        assert CifarSpec.from_dict(spec.as_dict()) == spec


def test_an_older_card_has_the_papers_defaults() -> None:
    values = {"kind": "cifar", "family": "plain", "depth": 20, "shortcut": "A", "classes": 10, "width": 16}
    assert CifarSpec.from_dict(values) == CifarSpec(Family.PLAIN, 20)


def test_a_pre_activation_block_with_zero_last_weights_is_the_identity() -> None:
    net = CifarNet(CifarSpec(Family.PRE_ACTIVATION, 14, zero_last=True))
    x = torch.randn(2, 16, 8, 8)
    assert isinstance(net.layer1[1], PreActivationBlock)
    assert torch.equal(net.layer1[1](x), x)


def test_a_residual_block_with_a_zero_last_scale_passes_what_is_positive() -> None:
    for normalisation in Normalisation:
        net = CifarNet(CifarSpec(depth=14, zero_last=True, normalisation=normalisation))
        x = torch.randn(2, 16, 8, 8)
        assert torch.equal(net.layer1[1](x), x.relu())


def test_a_highway_layer_mixes_its_input_and_its_transform() -> None:
    """Srivastava15 equation 3, with a gate bias that carries the input at first."""
    net = CifarNet(CifarSpec(Family.HIGHWAY, 14, normalisation=Normalisation.NONE))
    block = net.layer1[1]
    assert isinstance(block, HighwayBlock)
    x = torch.randn(2, 16, 8, 8)
    y = x
    for conv, gate in ((block.conv1, block.gate1), (block.conv2, block.gate2)):
        transform = torch.sigmoid(F.conv2d(y, gate[0].weight, gate[0].bias, padding=1))
        y = F.conv2d(y, conv.weight, conv.bias, padding=1).relu() * transform + y * (1 - transform)
    torch.testing.assert_close(block(x), y)
    assert float(block.gate1[0].bias.detach().mean()) == HighwayBlock.GATE_BIAS
    assert net.layer2[0].gate1 is None


@pytest.mark.parametrize(
    ("initialisation", "expected"),
    [
        (Initialisation.HE, (2 / (9 * 64)) ** 0.5),
        (Initialisation.XAVIER, (2 / (9 * 64 + 9 * 64)) ** 0.5),
        (Initialisation.GAUSSIAN, 0.05),
    ],
)
def test_weights_start_with_the_published_deviation(initialisation: Initialisation, expected: float) -> None:
    net = CifarNet(CifarSpec(depth=8, initialisation=initialisation, sigma=0.05))
    assert net.layer3[0].conv2.weight.std().item() == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("activation", list(Activation))
def test_the_activation_is_used_everywhere(activation: Activation) -> None:
    kinds = {Activation.RELU: nn.ReLU, Activation.TANH: nn.Tanh, Activation.SIGMOID: nn.Sigmoid}
    for family in Family:
        net = CifarNet(CifarSpec(family, 8, activation=activation, normalisation=Normalisation.NONE))
        modules = [m for name, m in net.named_modules() if name.rpartition(".")[2].startswith("act")]
        assert {type(module) for module in modules} <= {kinds[activation], nn.Identity}
        assert sum(isinstance(module, kinds[activation]) for module in modules) == 7
        assert not any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
        assert net(torch.randn(2, 3, 32, 32)).shape == (2, 10)
