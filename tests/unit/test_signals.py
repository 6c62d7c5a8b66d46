"""Layer signals, compared with plain autograd on a net built by hand."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from resnet_edu.measure.signals import measure_signals, norm
from resnet_edu.nets.blocks import Shortcut
from resnet_edu.nets.cifar import CifarNet, CifarSpec, Family


class Hand(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.linear = nn.Linear(4, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.conv2(self.bn1(self.conv1(x)).relu()).mean((2, 3)))


def test_signals_are_those_of_plain_autograd() -> None:
    torch.manual_seed(0)
    net, x, y = Hand(), torch.randn(6, 3, 8, 8), torch.randint(0, 5, (6,))
    signals = measure_signals(net, x, y)

    x = x.clone().requires_grad_()
    a = net.conv1(x)
    n = net.bn1(a)
    h = n.relu()
    h.retain_grad()
    b = net.conv2(h)
    loss = F.cross_entropy(net.linear(b.mean((2, 3))), y)
    loss.backward()

    assert signals.loss == loss.item()
    first, second = signals.layers
    assert (first.name, second.name) == ("conv1", "conv2")
    assert first.weight_gradient == pytest.approx(net.conv1.weight.grad.norm().item(), rel=1e-5)
    assert second.weight_gradient == pytest.approx(net.conv2.weight.grad.norm().item(), rel=1e-5)
    assert first.input_gradient == pytest.approx(x.grad.norm().item(), rel=1e-5)
    assert second.input_gradient == pytest.approx(h.grad.norm().item(), rel=1e-5)
    ratio = net.conv1.weight.grad.norm() / net.conv1.weight.norm()
    assert first.relative_gradient == pytest.approx(ratio.item(), rel=1e-5)
    assert first.output_std == pytest.approx(a.std().item(), rel=1e-5)
    assert first.response_std == pytest.approx(n.std().item(), rel=1e-5)
    assert second.output_std == second.response_std == pytest.approx(b.std().item(), rel=1e-5)
    assert first.weight_shape == (4, 3, 3, 3)


def test_measuring_leaves_the_net_untouched() -> None:
    net = CifarNet(CifarSpec(depth=8)).eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    net.layer2.train()
    measure_signals(net, torch.randn(4, 3, 32, 32), torch.arange(4))
    assert not net.training
    assert net.layer2[0].bn1.training
    assert not net.layer1[0].bn1.training
    assert not any(module._forward_hooks for module in net.modules())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(parameter.grad is None for parameter in net.parameters())


def test_projections_count_as_convolutions_with_their_own_normalisation() -> None:
    net = CifarNet(CifarSpec(depth=8, shortcut=Shortcut.B))
    signals = measure_signals(net, torch.randn(4, 3, 32, 32), torch.arange(4))
    names = [layer.name for layer in signals.layers]
    assert len(names) == 7 + 2
    projection = next(layer for layer in signals.layers if layer.name == "layer2.0.shortcut.0")
    assert abs(projection.response_std - 1) < 0.01  # batch normalisation at initialisation
    assert projection.output_std != projection.response_std


def test_plain_gradient_explodes_towards_the_input_with_batch_norm() -> None:
    """Yang et al. 2019: about 1.2 per layer, so 1e4 over 56 layers; far less in the residual net."""
    torch.manual_seed(0)
    x, y = torch.randn(16, 3, 32, 32), torch.randint(0, 10, (16,))
    ratio = {}
    for family in (Family.PLAIN, Family.RESIDUAL):
        layers = measure_signals(CifarNet(CifarSpec(family, 56)), x, y).layers
        ratio[family] = layers[0].weight_gradient / layers[-1].weight_gradient
    assert 1e3 < ratio[Family.PLAIN] < 1e5
    assert 2 < ratio[Family.RESIDUAL] < 200


def test_a_pass_that_fails_leaves_the_net_as_it_was() -> None:
    net = CifarNet(CifarSpec(depth=8)).eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.raises(RuntimeError):
        measure_signals(net, torch.randn(4, 5, 32, 32), torch.arange(4))
    assert not net.training
    assert not any(module._forward_hooks for module in net.modules())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


@given(exponent=st.integers(-44, 37), count=st.integers(1, 50))
@settings(deadline=None)
def test_no_norm_of_float32_numbers_is_lost_or_overflows(exponent: int, count: int) -> None:
    """The square of 1e-23 is 0 in float32 and that of 1e20 infinite, but the norm is neither."""
    size = torch.tensor(10.0**exponent)
    assert norm(size.repeat(count)) == pytest.approx(size.item() * count**0.5, rel=1e-6)


def test_the_deviation_of_huge_activations_is_a_number() -> None:
    net, x, y = Hand(), torch.randn(6, 3, 8, 8), torch.randint(0, 5, (6,))
    with torch.no_grad():
        net.conv1.weight.mul_(1e25)
    first, _ = measure_signals(net, x, y).layers
    assert 1e23 < first.output_std < 1e26


@pytest.mark.parametrize("family", [Family.PLAIN, Family.RESIDUAL, Family.PRE_ACTIVATION, Family.HIGHWAY])
def test_the_trunk_gradient_is_that_of_plain_autograd_at_every_blocks_input(family: Family) -> None:
    torch.manual_seed(0)
    net, x, y = CifarNet(CifarSpec(family, 14, width=4)), torch.randn(4, 3, 32, 32), torch.arange(4)
    trunk = measure_signals(net, x, y).trunk
    net.train()
    places = [net.act1(net.bn1(net.conv1(x)))]
    for block in (*net.layer1, *net.layer2, *net.layer3):
        places.append(block(places[-1]))
    loss = F.cross_entropy(net.linear(net.pool(net.act2(net.bn2(places[-1]))).flatten(1)), y)
    expected = [each.double().norm().item() for each in torch.autograd.grad(loss, places[:-1])]
    assert trunk == pytest.approx(expected, rel=1e-4)
    assert len(trunk) == 6
