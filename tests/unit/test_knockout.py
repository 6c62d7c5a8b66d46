"""Deleting blocks: against nets built by hand, hooks and autograd; the records against what is measured again."""

import json
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import densenet121, resnet18, resnet50

from resnet_edu.errors import UserError
from resnet_edu.measure.knockout import (
    DRAWS,
    Knockout,
    block_names,
    choices,
    counts,
    errors_of,
    forward_without,
    load_knockout,
    save_knockout,
    wrong_without,
)
from resnet_edu.measure.paths import PathGradients, measure_paths
from resnet_edu.nets.cifar import CifarNet, CifarSpec, Family
from resnet_edu.seeding import seeded


def cifar(family: Family, depth: int = 20) -> CifarNet:
    with seeded(0):
        return CifarNet(CifarSpec(family, depth)).eval()


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("family", Family)
def test_with_nothing_deleted_it_is_the_net(images: Tensor, family: Family) -> None:
    net = cifar(family)
    with torch.inference_mode():
        assert torch.equal(forward_without(net, images, frozenset()), net(images))


@pytest.mark.parametrize("build", [resnet18, resnet50])
def test_torchvisions_nets_work_too_and_stay_as_they_are(build: object) -> None:
    with seeded(0):
        net = build().eval()
    x = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = net(x)
        assert torch.allclose(forward_without(net, x, frozenset()), expected, atol=1e-6)
        block = net.layer2[1]
        hook = block.register_forward_hook(lambda module, inputs, output: torch.relu(inputs[0]))
        skipped = net(x)
        hook.remove()
        assert torch.allclose(forward_without(net, x, frozenset({"layer2.1"})), skipped, atol=1e-6)
        assert torch.equal(net(x), expected)
    assert len(block_names(net)) == sum(len(stage) for stage in (net.layer1, net.layer2, net.layer3, net.layer4))


def test_a_deleted_residual_block_says_zero(images: Tensor) -> None:
    """The same as weights of zero in its last scale."""
    net = cifar(Family.RESIDUAL)
    with torch.inference_mode():
        for name in ("layer1.1", "layer2.0", "layer3.2"):
            deleted = forward_without(net, images, frozenset({name}))
            block = net.get_submodule(name)
            kept = {key: value.clone() for key, value in block.bn2.state_dict().items()}
            nn.init.zeros_(block.bn2.weight)
            nn.init.zeros_(block.bn2.bias)
            assert torch.allclose(deleted, net(images), atol=1e-6)
            block.bn2.load_state_dict(kept)


def test_a_deleted_plain_block_is_left_out(images: Tensor) -> None:
    net = cifar(Family.PLAIN)
    shorter = cifar(Family.PLAIN)
    del shorter.layer2[1]
    with torch.inference_mode():
        deleted = forward_without(net, images, frozenset({"layer2.1"}))
        assert torch.allclose(deleted, shorter(images), atol=1e-6)
        assert forward_without(net, images, frozenset({"layer3.0"})).shape == (4, 10)


def test_a_net_without_additions_has_nothing_to_delete() -> None:
    with seeded(0):
        net = densenet121().eval()
    assert block_names(net) == ()
    with pytest.raises(UserError, match=r"layer1\.0"):
        forward_without(net, torch.zeros(1, 3, 64, 64), frozenset({"layer1.0"}))


def test_the_random_choices_are_the_same_for_every_net_and_of_the_right_size() -> None:
    names = block_names(cifar(Family.PLAIN))
    assert names == block_names(cifar(Family.RESIDUAL))
    drawn = dict(choices(names))
    assert drawn == dict(choices(names))
    assert tuple(drawn) == tuple(range(1, 10)) == counts(9)
    assert all(len(sets) == DRAWS and all(len(each) == count for each in sets) for count, sets in drawn.items())
    assert counts(27) == (3, 6, 9, 12, 15, 18, 21, 24, 27)


def test_errors_are_those_of_a_plain_loop(images: Tensor) -> None:
    net = cifar(Family.RESIDUAL, 8)
    labels = torch.tensor([0, 1, 2, 3])
    halves = [wrong_without(net, images[half], labels[half]) for half in (slice(0, 2), slice(2, 4))]
    whole, single, several = errors_of(block_names(net), halves[0] + halves[1], 4)
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        assert whole == (net(images).argmax(1) != labels).float().mean().item()
        for name, error in single.items():
            assert error == (forward_without(net, images, frozenset({name})).argmax(1) != labels).float().mean().item()
        for count, drawn in choices(block_names(net)):
            for deleted, error in zip(drawn, several[count], strict=True):
                assert error == (forward_without(net, images, deleted).argmax(1) != labels).float().mean().item()
    assert list(single) == list(block_names(net)) == ["layer1.0", "layer2.0", "layer3.0"]
    assert len(set(several[3])) == 1  # all three blocks: there is but one choice
    assert measure_paths(net, images, labels, draws=1).norms[0][0] > 0  # the net's weights still take gradients


def test_a_path_through_every_branch_is_the_gradient_of_the_branches_alone(images: Tensor) -> None:
    """Length 0: only shortcuts; length n: only residual branches; hooks on autograd say the same."""
    net = cifar(Family.RESIDUAL, 8)
    labels = torch.tensor([0, 1, 2, 3])
    measured = measure_paths(net, images, labels, draws=2)
    assert list(measured.norms) == [0, 1, 2, 3]
    for through, length in ((False, 0), (True, 3)):
        x = images.clone().requires_grad_()
        hooks = []
        for block in (net.layer1[0], net.layer2[0], net.layer3[0]):
            closed = block.shortcut if through else block.bn2

            def close(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
                return output.detach()

            hooks.append(closed.register_forward_hook(close))
        F.cross_entropy(net(x), labels).backward()
        for hook in hooks:
            hook.remove()
        assert x.grad is not None
        expected = x.grad.norm().item()
        assert measured.norms[length] == pytest.approx((expected, expected), rel=1e-4)


def test_path_lengths_are_binomial_and_shares_sum_to_one() -> None:
    paths = PathGradients(54, {length: (2.0**-length, 2.0**-length) for length in range(55)})
    assert sum(paths.counts.values()) == 2**54
    assert sum(paths.shares.values()) == pytest.approx(1)
    # binomial times 2^-k is a binomial distribution of p = 1/3
    assert max(paths.shares, key=paths.shares.__getitem__) == 18
    assert paths.shares[18] == pytest.approx(math.comb(54, 18) * (1 / 3) ** 18 * (2 / 3) ** 36)


def test_a_record_survives_the_file(tmp_path: Path) -> None:
    paths = PathGradients(3, {0: (1.0, 2.0), 1: (0.5, 0.25)})
    recorded = Knockout("net", "data", 0.1, {"layer1.0": 0.2}, {1: (0.2, 0.3)}, paths, {"torch": "2"})
    save_knockout(tmp_path / "k.json", recorded)
    assert load_knockout(tmp_path / "k.json") == recorded
    assert json.loads((tmp_path / "k.json").read_text())["error"] == 0.1
