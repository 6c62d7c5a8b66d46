"""Euler's method: one step is the net, more are its blocks with smaller branches, and it converges to the flow."""

import math

import pytest
import torch
from torch import Tensor

from resnet_edu.measure.steps import STEPS, AnswersInSteps, Refined, answers_in_steps, euler, exact, forward_in_steps
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
        own = net(images).argmax(1)
    answers = answers_in_steps(net, images, labels)
    assert set(answers) == set(STEPS)
    assert answers[4] == AnswersInSteps(len(images), int((own != labels).sum()), 0)
    for found in answers.values():
        assert found.right == answers[1].right + found.gained - found.lost


def test_a_change_is_measured_on_the_pictures_whose_answer_changed() -> None:
    answers = {1: AnswersInSteps(90, 0, 0), 2: AnswersInSteps(93, 4, 1)}
    record = Refined("net", "sha", "data", 100, answers, "command", {})
    assert record.change(1) == (0, 0, 0)
    mean, low, high = record.change(2)
    differences = torch.tensor([1.0] * 4 + [-1.0] + [0.0] * 95)
    around = 1.96 * differences.std(correction=0).item() / 10
    assert (mean, low, high) == pytest.approx((0.03, 0.03 - around, 0.03 + around))


def test_the_exact_flow_of_a_rotation_is_the_rotation() -> None:
    ((x, y),) = exact(((0, -1), (1, 0)), (1, 0), (2,))
    assert (x, y) == pytest.approx((math.cos(2), math.sin(2)))


def test_eulers_error_halves_with_the_step() -> None:
    matrix, start, end = ((-0.2, -1.0), (1.0, -0.2)), (1.0, 0.0), 4.0
    (there,) = exact(matrix, start, (end,))
    errors = [math.dist(euler(matrix, start, end, steps)[-1], there) for steps in (400, 800, 1600)]
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.02)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.01)
