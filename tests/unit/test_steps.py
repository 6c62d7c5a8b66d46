"""Euler's method: one step is the net, more are its blocks with smaller branches, and it converges to the flow."""

import math

import pytest
import torch
from torch import Tensor

from resnet_edu.measure.steps import STEPS, euler, exact, forward_in_steps, right_in_steps
from resnet_edu.nets.cifar import CifarNet, CifarSpec, Family
from resnet_edu.seeding import seeded


@pytest.fixture(scope="module")
def net() -> CifarNet:
    with seeded(0):
        return CifarNet(CifarSpec(Family.RESIDUAL, 20)).eval()


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_one_step_of_size_one_is_the_net(net: CifarNet, images: Tensor) -> None:
    with torch.inference_mode():
        assert torch.equal(forward_in_steps(net, images, 1), net(images))


def test_two_steps_are_every_identity_block_twice_with_half_its_last_scale_and_shift(
    net: CifarNet, images: Tensor
) -> None:
    with seeded(0):
        doubled = CifarNet(CifarSpec(Family.RESIDUAL, 20)).eval()
    for stage in (doubled.layer1, doubled.layer2, doubled.layer3):
        for at, block in enumerate(stage):
            if isinstance(block.shortcut, torch.nn.Identity):
                with torch.no_grad():
                    block.bn2.weight /= 2
                    block.bn2.bias /= 2
                stage[at] = torch.nn.Sequential(block, block)
    with torch.inference_mode():
        in_two = forward_in_steps(net, images, 2)
        assert torch.allclose(in_two, doubled(images), rtol=1e-4, atol=1e-5)
        assert not torch.allclose(in_two, net(images), rtol=1e-2)


def test_answers_are_counted_for_every_number_of_steps(net: CifarNet, images: Tensor) -> None:
    with torch.inference_mode():
        labels = forward_in_steps(net, images, 4).argmax(1)
    right = right_in_steps(net, images, labels)
    assert set(right) == set(STEPS)
    assert right[4] == len(images)


def test_the_exact_flow_of_a_rotation_is_the_rotation() -> None:
    ((x, y),) = exact(((0, -1), (1, 0)), (1, 0), (2,))
    assert (x, y) == pytest.approx((math.cos(2), math.sin(2)))


def test_eulers_error_halves_with_the_step() -> None:
    matrix, start, end = ((-0.2, -1.0), (1.0, -0.2)), (1.0, 0.0), 4.0
    (there,) = exact(matrix, start, (end,))
    errors = [math.dist(euler(matrix, start, end, steps)[-1], there) for steps in (400, 800, 1600)]
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.02)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.01)
