"""The loss landscape: its directions, comparison with weights set by hand, its record in pieces."""

import copy
import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typer.testing import CliRunner

from resnet_edu import cli, recording
from resnet_edu.measure.landscape import (
    GridRow,
    Landscape,
    coordinates,
    count,
    directions,
    folded,
    load_landscape,
    measure_row,
    minima,
    moved,
    save_landscape,
)
from resnet_edu.nets.cifar import CIFAR10_CLASSES, CifarNet, CifarSpec, Family
from resnet_edu.seeding import seeded
from resnet_edu.training.data import Dataset, Split, normalize, stratified

Data = tuple[Tensor, Tensor]


def cifar(family: Family = Family.RESIDUAL, depth: int = 8) -> CifarNet:
    """Return a net with batch normalisation as after some training: no value is 0 or 1."""
    with seeded(0):
        net = CifarNet(CifarSpec(family, depth))
        for norm in net.modules():
            if isinstance(norm, nn.BatchNorm2d):
                for each in (norm.running_mean, norm.bias):
                    nn.init.normal_(each, std=0.1)
                for each in (norm.running_var, norm.weight):
                    nn.init.uniform_(each, 0.5, 2)
    return net.eval()


@pytest.fixture(scope="module")
def data() -> Data:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(12, 3, 32, 32, generator=generator), torch.arange(12) % 10


@torch.no_grad()
def plainly(net: nn.Module, data: Data) -> tuple[float, float]:
    pictures, labels = data
    logits = net(pictures)
    return float(F.cross_entropy(logits, labels)), float((logits.argmax(1) != labels).double().mean())


def test_each_filter_of_a_direction_is_as_long_as_the_nets_own() -> None:
    net = cifar()
    for direction in directions(net, seed=0):
        for name, weights in net.named_parameters():
            if weights.dim() > 1:
                own, drawn = (each.detach().flatten(1).norm(dim=1) for each in (weights, direction[name]))
                assert torch.allclose(own, drawn, rtol=1e-5), name
            else:
                assert not direction[name].any(), name


def test_a_net_with_larger_weights_gets_larger_directions() -> None:
    """This is the purpose of filter normalisation: otherwise large weights would look flat (Li17 section 3)."""
    net, larger = cifar(), cifar()
    with torch.no_grad():
        larger.layer1[0].conv1.weight *= 7
    for own, other in zip(directions(net, 3), directions(larger, 3), strict=True):
        assert torch.allclose(7 * own["layer1.0.conv1.weight"], other["layer1.0.conv1.weight"])
        assert torch.equal(own["layer1.0.conv2.weight"], other["layer1.0.conv2.weight"])


def test_the_seed_determines_both_directions_and_they_differ() -> None:
    net = cifar()
    first, second = directions(net, 0)
    again, _ = directions(net, 0)
    other, _ = directions(net, 1)
    name = "layer2.0.conv1.weight"
    assert torch.equal(first[name], again[name])
    overlap = F.cosine_similarity(first[name].flatten(), second[name].flatten(), dim=0)
    assert abs(float(overlap)) < 0.1
    assert not torch.equal(first[name], other[name])


def test_in_the_middle_there_is_the_net_itself(data: Data) -> None:
    net = cifar()
    row = measure_row(net, *data, seed=0, second=0.0, points=3)
    assert (row.losses[1], row.errors[1]) == pytest.approx(plainly(net, data), rel=1e-4)
    assert min(abs(row.losses[at] - row.losses[1]) for at in (0, 2)) > 1e-3


@pytest.mark.parametrize("family", [Family.PLAIN, Family.RESIDUAL])
def test_a_point_is_what_weights_set_by_hand_give(data: Data, family: Family) -> None:
    net = cifar(family)
    before = copy.deepcopy(net.state_dict())
    row = measure_row(net, *data, seed=5, second=-0.5, points=5)
    first, second = directions(net, 5)
    state = {name: values + 0.5 * first[name] - 0.5 * second[name] if name in first else values
             for name, values in net.state_dict().items()}  # fmt: skip
    other = CifarNet(net.spec).eval()
    other.load_state_dict(state)
    assert (row.losses[3], row.errors[3]) == pytest.approx(plainly(other, data), rel=1e-4)
    assert all(torch.equal(before[name], values) for name, values in net.state_dict().items())


def test_a_net_is_the_same_with_its_normalisation_folded_in(data: Data) -> None:
    net = cifar()
    with torch.no_grad():
        expected = net(data[0])
        changed = folded(copy.deepcopy(net))
        assert torch.allclose(changed(data[0]), expected, rtol=1e-3, atol=1e-4)
    assert not any(isinstance(each, nn.BatchNorm2d) for each in changed.modules())
    with pytest.raises(ValueError, match="pre-activation"):
        folded(CifarNet(CifarSpec(Family.PRE_ACTIVATION, 8)))


def test_the_counted_parameters_are_those_of_the_paper() -> None:
    """He15 table 6 gives 0.85 million for 56 layers."""
    parameters, weights = count(CifarSpec(Family.RESIDUAL, 56).build())
    assert parameters == 853_018
    assert parameters - weights == 10 + 2 * (16 * 19 + 32 * 18 + 64 * 18)  # the linear layer's biases, and BN


def test_the_net_is_a_point_of_the_grid() -> None:
    steps = coordinates(41)
    assert (len(steps), steps[0], steps[20], steps[-1]) == (41, -1, 0, 1)


def test_a_minimum_is_lower_than_all_around_it_and_off_the_edge() -> None:
    rows = [(9, 9, 9, 9, 9), (9, 1, 9, 9, 0), (9, 9, 9, 2, 9), (9, 9, 3, 9, 9), (9, 9, 9, 9, 9)]
    assert minima([GridRow(tuple(map(float, row)), row) for row in rows]) == 1  # the 1: 2 is next to 0, 3 next to 2


def test_a_record_survives_the_file_and_losses_are_rounded(tmp_path: Path) -> None:
    row = GridRow((0.123456, 1234567.0, 1.0), (0.1, 0.2, 0.9))
    recorded = Landscape(
        "net", "data", 10, 5, 4, (-1.0, 0.0, 1.0), {0: (row,) * 3, 1: (row,) * 3}, "c", "h", {"t": "2"}
    )
    save_landscape(tmp_path / "l.json", recorded)
    found = load_landscape(tmp_path / "l.json")
    assert found.line(1) == GridRow((0.1235, 1235000.0, 1.0), (0.1, 0.2, 0.9))
    save_landscape(tmp_path / "again.json", found)
    assert load_landscape(tmp_path / "again.json") == found
    assert json.loads((tmp_path / "l.json").read_text())["parameters"] == 5


def test_the_command_leaves_a_record_of_rows_and_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "cifar10-residual-20"
    images = torch.randint(0, 256, (40, 3, 32, 32), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    split = Split(images, torch.arange(40) // 4)  # sorted by class
    dataset = Dataset("d", CIFAR10_CLASSES, split, split)
    monkeypatch.setattr("resnet_edu.training.data.load_cifar10", lambda *_: dataset)
    monkeypatch.setattr("resnet_edu.cli.record.CHECKPOINTS", tmp_path / "runs")
    done: list[tuple[int, float]] = []
    row_at = recording.row_at

    def stopped(where: recording.Where, piece: tuple[str, recording.Grid, int, float]) -> GridRow:
        done.append(piece[2:])
        if len(done) == 5:
            raise KeyboardInterrupt
        return row_at(where, piece)

    monkeypatch.setattr(recording, "row_at", stopped)
    threads = torch.get_num_threads()
    options = ["record", "landscape", "--net", name, "--points", "3", "--pictures", "10", "--out", str(tmp_path)]
    try:
        codes = [CliRunner().invoke(cli.app, [*options, *more]).exit_code for more in ([], ["--resume"])]
        net = recording.cifar_net(name)
    finally:
        torch.set_num_threads(threads)
        recording.cifar10.cache_clear()
        recording.cifar_net.cache_clear()
    assert codes == [130, 0]
    assert done == [*((0, each) for each in (-1, 0, 1)), (1, -1), (1, 0), (1, 0), (1, 1)]
    found = load_landscape(tmp_path / f"{name}.json")
    assert (found.pictures, found.data, list(found.slices), len(found.slices[1])) == (10, "d", [0, 1], 3)
    some = stratified(split, 10)
    assert sorted(some.labels.tolist()) == list(range(10))
    loss, error = plainly(net, (normalize(some.images), some.labels))
    assert found.line(0).losses[1] == found.line(1).losses[1] == pytest.approx(loss, rel=1e-3)
    assert found.line(0).errors[1] == pytest.approx(error)
    plane = directions(net, 1)
    loss, _ = plainly(moved(net, plane, (-1, 1)), (normalize(some.images), some.labels))
    assert found.slices[1][2].losses[0] == pytest.approx(loss, rel=1e-3)
