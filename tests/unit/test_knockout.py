"""Deleting blocks: compared with nets built by hand, hooks and autograd; records compared with new measurements."""

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
    movable,
    save_knockout,
    wrong_without,
)
from resnet_edu.measure.paths import FEW, PathGradients, batch_means, choose_paths, gathered, path_norms
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


@pytest.mark.parametrize("family", [Family.RESIDUAL, Family.PLAIN])
def test_swapped_blocks_answer_like_a_net_swapped_by_hand(images: Tensor, family: Family) -> None:
    net, by_hand = cifar(family), cifar(family)
    stage = by_hand.layer2
    stage[1], stage[2] = stage[2], stage[1]
    with torch.inference_mode():
        swapped = forward_without(net, images, frozenset(), ("layer2.1", "layer2.2"))
        assert torch.equal(swapped, by_hand(images))
        assert not torch.allclose(swapped, net(images))
        deleted = forward_without(net, images, frozenset({"layer2.1"}), ("layer2.1", "layer2.2"))
        assert torch.equal(deleted, forward_without(by_hand, images, frozenset({"layer2.2"})))


def test_only_blocks_of_one_shape_can_be_swapped(images: Tensor) -> None:
    net = cifar(Family.RESIDUAL)
    assert movable(net) == tuple(f"layer{stage}.{block}" for stage in (1, 2, 3) for block in (1, 2))
    with pytest.raises(ValueError, match="layer3"):
        forward_without(net, images, frozenset(), ("layer2.1", "layer3.1"))


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
    """The same as setting its last scale to zero."""
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
    assert len(set(several[3])) == 1  # deleting all three leaves only one choice
    assert batch_means(net, images, labels, seed=0)[0] > 0  # the net's weights still require gradients


@pytest.mark.parametrize("path", [frozenset[int](), frozenset({1}), frozenset({0, 2}), frozenset({0, 1, 2})])
def test_the_gradient_along_a_path_is_what_hooks_on_autograd_say(images: Tensor, path: frozenset[int]) -> None:
    """Whatever a path does not take is detached: a block's shortcut if it takes the branch, else its branch."""
    net = cifar(Family.RESIDUAL, 8)
    labels = torch.tensor([0, 1, 2, 3])
    x = images.clone().requires_grad_()

    def cut(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
        return output.detach()

    blocks = (net.layer1[0], net.layer2[0], net.layer3[0])
    hooks = [
        (block.shortcut if index in path else block.bn2).register_forward_hook(cut)
        for index, block in enumerate(blocks)
    ]
    F.cross_entropy(net(x), labels).backward()
    for hook in hooks:
        hook.remove()
    assert x.grad is not None
    everything = path_norms(net, images, labels, [route for few in choose_paths(3, 0).values() for route in few])
    assert len(everything) == 2**3
    assert everything[path] == pytest.approx(x.grad.norm().item(), rel=1e-4)


def test_norms_are_summed_in_double_precision(images: Tensor) -> None:
    """The squares of a gradient of 1e-30 are 0 in float32."""
    net = cifar(Family.RESIDUAL, 8)
    with torch.no_grad():
        net.linear.weight *= 1e-30
    labels = torch.tensor([0, 1, 2, 3])
    assert all(
        0 < norm < 1e-20 for norm in path_norms(net, images, labels, [frozenset(), frozenset({0, 1, 2})]).values()
    )


def test_few_paths_are_all_taken_and_many_drawn_without_repetition() -> None:
    nine = choose_paths(9, seed=0)
    assert sum(map(len, nine.values())) == 2**9
    assert len({path for paths in nine.values() for path in paths}) == 2**9
    many = choose_paths(27, seed=0, draws=50)
    for length, paths in many.items():
        assert all(len(path) == length for path in paths)
        assert len(set(paths)) == len(paths) == (math.comb(27, length) if math.comb(27, length) <= FEW else 50)
    assert choose_paths(27, seed=0, draws=50) == many
    assert choose_paths(27, seed=1, draws=50)[9] != many[9]


def test_path_lengths_are_binomial_and_shares_sum_to_one() -> None:
    norms = {length: (2.0**-length, 3 * 2.0**-length) for length in range(55)}
    paths = PathGradients(54, 20, dict.fromkeys(norms, 100), norms)
    assert sum(paths.counts.values()) == 2**54
    assert sum(share.mean for share in paths.lengthwise.values()) == pytest.approx(1)
    # binomial times 2^-k is a binomial distribution with p = 1/3
    assert max(paths.lengthwise, key=lambda length: paths.lengthwise[length].mean) == 18
    assert paths.lengthwise[18].mean == pytest.approx(math.comb(54, 18) * (1 / 3) ** 18 * (2 / 3) ** 36)
    assert [paths.single[length].mean for length in (0, 1, 54)] == pytest.approx([1, 0.5, 2.0**-54])


def test_intervals_come_from_how_the_batches_differ() -> None:
    """Batches that differ only by a factor agree on the shape; other batches do not."""
    agreeing = PathGradients(2, 20, {0: 1, 1: 2, 2: 1}, {0: (1.0, 9.0, 3.0), 1: (2.0, 18.0, 6.0), 2: (1.0, 9.0, 3.0)})
    assert all(each.low == pytest.approx(each.high) for each in agreeing.single.values())
    assert agreeing.is_whole
    norms = {0: (1.0, 1.0, 1.0), 1: (4.0, 4.0, 4.0), 2: (1.0, 3.0, 2.0)}
    differing = PathGradients(2, 20, {0: 1, 1: 1, 2: 1}, norms).single[2]
    assert (differing.low, differing.mean, differing.high) == pytest.approx((0.25, 0.5, 0.75))


def test_what_was_measured_of_each_length_is_counted(images: Tensor) -> None:
    net = cifar(Family.RESIDUAL, 8)
    labels = torch.tensor([0, 1, 2, 3])
    whole = gathered(net, [batch_means(net, images, labels, seed) for seed in (0, 1)])
    assert whole.is_whole
    assert (whole.batches, whole.measured) == (2, {0: 1, 1: 3, 2: 3, 3: 1})
    some = gathered(cifar(Family.RESIDUAL, 56), [dict.fromkeys(range(28), 1.0)] * 20)
    assert not some.is_whole
    assert (some.measured[1], some.measured[9]) == (27, 1000)


def test_a_record_survives_the_file(tmp_path: Path) -> None:
    paths = PathGradients(3, 20, {0: 1, 1: 3}, {0: (1.0, 2.0), 1: (0.5, 0.25)})
    recorded = Knockout("net", "0" * 64, "data", 0.1, {"layer1.0": 0.2}, {1: (0.2, 0.3)}, paths, {"torch": "2"})
    save_knockout(tmp_path / "k.json", recorded)
    assert load_knockout(tmp_path / "k.json") == recorded
    assert json.loads((tmp_path / "k.json").read_text())["error"] == 0.1
