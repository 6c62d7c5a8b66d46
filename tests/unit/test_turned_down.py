"""A block taken apart on real feature maps: equal to the shipped net's own blocks, and bit for bit at F = 0."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.errors import UserError
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.cifar import CifarNet
from resnet_edu.nets.graph_net import GraphNet
from resnet_edu.nets.kinds import graph_of
from resnet_edu.nets.vocabulary import Shortcut
from resnet_edu.seeding import seeded
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.samples import sample_picture
from resnet_edu.vision.turned_down import POSITIONS, Branches, channels_at, enter, fitted, take_apart

IDENTITY = BlockSpec()
DOWN = BlockSpec(channels_out=128, stride=2, shortcut=Shortcut.A)
AFTER = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


@pytest.fixture(scope="module")
def net() -> CifarNet:
    model = load(catalogue().nets["cifar10-residual-20"])
    assert isinstance(model, CifarNet)
    return model


@pytest.fixture(scope="module")
def image() -> Tensor:
    seen = catalogue().nets["cifar10-residual-20"].preprocessing
    return seen.tensor(seen.view(sample_picture("cat").image))


def put_together(branches: Branches, share: float = 1.0, *, with_shortcut: bool = True) -> Tensor:
    """Compute what the page computes in the browser."""
    values = share * branches.residual + (branches.shortcut if with_shortcut else 0)
    for name in branches.tail:
        values = F.batch_norm(values[None], None, None, training=True)[0] if name == "norm" else AFTER[name](values)
    return values


@pytest.mark.parametrize("position", POSITIONS)
def test_a_block_of_the_net_is_taken_apart_with_its_own_weights(
    net: CifarNet, image: Tensor, position: tuple[int, int]
) -> None:
    spec = DOWN if position in ((2, 0), (3, 0)) else IDENTITY
    with torch.inference_mode():
        x, own = enter(net, image, position)
        assert x.shape[1] == channels_at(position)
        branches = take_apart(x, own, fitted(spec, x.shape[1]))
        assert branches.trained
        assert torch.allclose(put_together(branches), own(x)[0], atol=1e-6)
        assert torch.equal(branches.shortcut, own.shortcut(x)[0] if own.shortcut else x[0])


def test_the_maps_that_enter_are_those_of_the_whole_net(net: CifarNet, image: Tensor) -> None:
    entered: list[Tensor] = []
    hook = net.layer2[1].register_forward_pre_hook(lambda module, inputs: entered.append(inputs[0]))
    with torch.inference_mode():
        net(image)
        hook.remove()
        x, _ = enter(net, image, (2, 1))
    assert torch.equal(x, entered[0])


def test_at_zero_the_output_is_the_shortcut_bit_for_bit_and_the_twin_has_nothing(net: CifarNet, image: Tensor) -> None:
    with torch.inference_mode():
        x, own = enter(net, image, (1, 1))
        branches = take_apart(x, own, fitted(IDENTITY, 16))
    assert branches.tail == ("relu",)
    assert torch.equal(put_together(branches, 0.0), x[0])  # a ReLU leaves another ReLU's output unchanged
    assert put_together(branches, 0.0, with_shortcut=False).abs().max() == 0
    assert put_together(branches).sub(x[0]).abs().max() > 0.1


@pytest.mark.parametrize(
    ("order", "tail"),
    [
        (Order.ORIGINAL, ("relu",)),
        (Order.BN_AFTER_ADDITION, ("norm", "relu")),
        (Order.RELU_BEFORE_ADDITION, ()),
        (Order.RELU_ONLY_PRE_ACTIVATION, ()),
        (Order.FULL_PRE_ACTIVATION, ()),
    ],
)
def test_another_block_runs_with_fresh_weights_and_comes_to_the_same_output(
    net: CifarNet, image: Tensor, order: Order, tail: tuple[str, ...]
) -> None:
    spec = BlockSpec(channels_out=128, stride=2, shortcut=Shortcut.B, order=order)
    with torch.inference_mode():
        x, own = enter(net, image, (1, 2))
        branches = take_apart(x, own, fitted(spec, 16))
        with seeded(0):
            whole = GraphNet(graph_of(fitted(spec, 16)))
        expected = whole.train()(x)[0]
    assert not branches.trained
    assert branches.tail == tail
    assert branches.residual.shape == (32, 16, 16)
    assert torch.allclose(put_together(branches), expected, atol=1e-5)


def test_a_block_keeps_its_proportions_on_other_maps() -> None:
    bottleneck = BlockSpec("bottleneck", 256, 512, stride=2, shortcut=Shortcut.B)
    assert fitted(bottleneck, 16) == replace(bottleneck, channels_in=16, channels_out=32)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (BlockSpec("plain"), "nothing to turn down"),
        (BlockSpec("highway"), "nothing to turn down"),
        (BlockSpec("dense", 64, 96, expansion=4), "nothing to turn down"),
        (BlockSpec(shortcut=Shortcut.NONE), "nothing to turn down"),
        (BlockSpec("resnext", 256, 256, expansion=2, groups=32), "16 channels"),
        (BlockSpec(stride=2), "Repair the block"),
    ],
)
def test_a_block_without_a_possible_addition_is_refused_with_a_reason(spec: BlockSpec, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        fitted(spec, 16)
