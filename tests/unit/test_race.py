"""The race: its nets, points and steps, each compared with torch's own or with a closed form."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.cifar import Family
from resnet_edu.nets.fully_connected import FullyConnectedNet, FullyConnectedSpec, LinearStart
from resnet_edu.seeding import seeded
from resnet_edu.training.points import COUNT, SIDE, PointSet, _digits, draw
from resnet_edu.training.race import (
    FULL,
    GRID,
    NOT_A_NUMBER,
    Race,
    RaceSpec,
    Standing,
    as_bytes,
    boundary,
    confusion,
    grid,
)

FAMILIES = (Family.PLAIN, Family.RESIDUAL)
BATCH = Normalisation.BATCH


def net(family: Family, depth: int = 8, **options: object) -> FullyConnectedNet:
    with seeded(0):
        return FullyConnectedNet(FullyConnectedSpec(family, depth, **options))


def first_to_last(standing: Standing) -> float:
    return standing.gradients[0] / standing.gradients[-1]


def raced(spec: RaceSpec, steps: int) -> Race:
    race = Race(spec)
    for _ in range(steps):
        race.advance()
    return race


@pytest.mark.parametrize("depth", [2, 8, 32])
@pytest.mark.parametrize("normalisation", Normalisation)
def test_plain_and_residual_nets_have_the_same_layers_and_start_with_the_same_weights(
    depth: int, normalisation: Normalisation
) -> None:
    plain, residual = (net(family, depth, normalisation=normalisation) for family in FAMILIES)
    assert len(plain.layers()) == depth
    for ours, theirs in zip(plain.state_dict().items(), residual.state_dict().items(), strict=True):
        assert ours[0] == theirs[0]
        assert torch.equal(ours[1], theirs[1])
    assert torch.equal(plain(grid()), residual(grid())) == (depth == 2)


def test_the_residual_net_adds_each_blocks_input_before_its_last_rectifier() -> None:
    first, *inner, last = net(Family.RESIDUAL, 6).layers()
    x = torch.randn(5, 2)
    hidden = first(x).relu()
    for one, two in zip(inner[::2], inner[1::2], strict=True):
        hidden = (two(one(hidden).relu()) + hidden).relu()
    torch.testing.assert_close(net(Family.RESIDUAL, 6)(x), last(hidden))


@pytest.mark.parametrize(("start", "variance"), [(LinearStart.TORCH, 1 / 3), (LinearStart.HE, 2)])
def test_weights_start_with_the_variance_that_is_told(start: LinearStart, variance: float) -> None:
    layer = net(Family.PLAIN, 4, width=64, start=start).layers()[1]
    assert float(layer.weight.detach().var()) * 64 == pytest.approx(variance, rel=0.06)


@pytest.mark.parametrize("depth", [0, 3, -2])
def test_a_depth_is_even_and_at_least_2(depth: int) -> None:
    with pytest.raises(ValueError, match="depth"):
        FullyConnectedSpec(Family.PLAIN, depth)


def test_only_plain_and_residual_nets_race() -> None:
    with pytest.raises(ValueError, match="neither"):
        FullyConnectedSpec(Family.HIGHWAY, 4)


@pytest.mark.parametrize("kind", PointSet)
def test_the_seed_determines_the_points(kind: PointSet) -> None:
    points, again, others = draw(kind, 3), draw(kind, 3), draw(kind, 4)
    assert points.inputs.shape[0] == len(points.labels) == COUNT
    assert torch.equal(points.inputs, again.inputs)
    assert torch.equal(points.labels, again.labels)
    assert not torch.equal(points.inputs, others.inputs)
    assert points.labels.unique().tolist() == list(range(points.classes))
    assert points.guessing_loss == pytest.approx(
        float(F.cross_entropy(torch.zeros(COUNT, points.classes), points.labels))
    )
    assert points.guessing_accuracy >= 1 / points.classes


@pytest.mark.parametrize("kind", [PointSet.SPIRAL, PointSet.RINGS, PointSet.MOONS])
def test_points_in_the_plane_are_of_two_equal_classes_within_the_square(kind: PointSet) -> None:
    points = draw(kind, 0)
    assert points.are_in_the_plane
    assert points.labels.bincount().tolist() == [COUNT // 2] * 2
    assert (points.inputs.abs() <= SIDE).double().mean() > 0.99


def test_the_digits_are_those_of_scikit_learn() -> None:
    """1797 pictures with as many of each digit as the data set's documentation states; load_digits()[0] is a zero."""
    pixels, labels = _digits()
    assert pixels.shape == (1797, 64)
    assert labels.bincount().tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert pixels[0].view(8, 8)[:2].tolist() == [[0, 0, 5, 13, 9, 1, 0, 0], [0, 0, 13, 15, 10, 15, 5, 0]]
    drawn = draw(PointSet.DIGITS, 0)
    assert not drawn.are_in_the_plane
    assert (drawn.inputs.min(), drawn.inputs.max()) == (-1, 1)


@pytest.mark.parametrize("normalisation", Normalisation)
def test_steps_are_those_of_torchs_plain_adam_on_all_points(normalisation: Normalisation) -> None:
    spec = RaceSpec(depth=6, normalisation=normalisation, seed=5)
    points = draw(spec.points, spec.seed)
    race = raced(spec, 4)
    for racer, family in ((race.plain, Family.PLAIN), (race.residual, Family.RESIDUAL)):
        with seeded(spec.seed):
            bare = FullyConnectedNet(spec.net(family, points))
        optimizer = torch.optim.Adam(bare.parameters(), spec.learning_rate)
        for _ in range(4):
            optimizer.zero_grad()
            F.cross_entropy(bare(points.inputs), points.labels).backward()
            optimizer.step()
        logits = bare(points.inputs)
        loss = F.cross_entropy(logits, points.labels)
        assert racer.loss == pytest.approx(loss.item(), rel=1e-4)
        assert racer.accuracy == pytest.approx(float((logits.argmax(1) == points.labels).float().mean()))
        gradients = torch.autograd.grad(loss, [layer.weight for layer in bare.layers()])
        norms = [float(torch.linalg.vector_norm(gradient)) for gradient in gradients]
        assert racer.standing().gradients == pytest.approx(norms, rel=1e-3)


def test_a_race_can_be_run_again() -> None:
    spec = RaceSpec(depth=4, seed=2)
    assert raced(spec, 3).snapshot() == raced(spec, 3).snapshot()
    assert raced(spec, 3).snapshot() != raced(RaceSpec(depth=4, seed=3), 3).snapshot()


@pytest.mark.parametrize("normalisation", Normalisation)
def test_the_map_is_a_direct_forward_over_the_square(normalisation: Normalisation) -> None:
    race = raced(RaceSpec(depth=4, normalisation=normalisation), 2)
    shown = torch.frombuffer(bytearray(race.snapshot().residual.picture), dtype=torch.uint8).view(GRID, GRID)
    row, column = 5, 40
    step = 2 * SIDE / GRID
    place = torch.tensor([[-SIDE + (column + 0.5) * step, SIDE - (row + 0.5) * step]])
    before = {name: value.clone() for name, value in race.residual.net.state_dict().items()}
    assert race.residual.net.training
    with torch.no_grad():
        probability = float(race.residual.net.eval()(place).softmax(1)[0, 1])
        race.residual.net.train()
    assert int(shown[row, column]) / FULL == pytest.approx(probability, abs=0.5 / FULL + 1e-6)
    after = race.residual.net.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_behind_batch_normalisation_the_map_uses_the_statistics_of_the_points() -> None:
    """In evaluation mode the net gives the points the same answers as in training."""
    race = raced(RaceSpec(depth=6, normalisation=BATCH), 3)
    inputs = draw(PointSet.SPIRAL, 0).inputs
    racer = race.residual
    with torch.no_grad():
        trained = racer.net(inputs).softmax(1)
        shown = racer.net.eval()(inputs).softmax(1)
    torch.testing.assert_close(shown, trained, atol=0.01, rtol=0)


def test_the_digits_picture_is_the_confusion_of_the_classes() -> None:
    race = raced(RaceSpec(points=PointSet.DIGITS, depth=4), 20)
    points = draw(PointSet.DIGITS, 0)
    shown = torch.frombuffer(bytearray(race.snapshot().plain.picture), dtype=torch.uint8).view(10, 10)
    with torch.no_grad():
        answers = race.plain.net(points.inputs).argmax(1)
    for digit in (0, 7):
        of_digit = points.labels == digit
        right = float((answers[of_digit] == digit).double().mean())
        assert int(shown[digit, digit]) == round(right * FULL)
    assert (shown.double().sum(1) / FULL).tolist() == pytest.approx([1] * 10, abs=0.03)


def test_confusion_counts_rows_by_class_and_columns_by_answer() -> None:
    labels, answers = torch.tensor([0, 0, 1, 1, 1]), torch.tensor([1, 0, 1, 1, 0])
    assert confusion(labels, answers, 2).tolist() == [[0.5, 0.5], [pytest.approx(1 / 3), pytest.approx(2 / 3)]]


def test_what_is_not_a_number_is_shown_as_such() -> None:
    assert list(as_bytes(torch.tensor([0.0, 0.5, 1.0, math.nan]))) == [0, 127, FULL, NOT_A_NUMBER]


def test_a_net_that_says_nan_has_no_boundary() -> None:
    dead = nn.Linear(2, 2)
    nn.init.constant_(dead.weight, math.nan)
    assert set(as_bytes(boundary(dead))) == {NOT_A_NUMBER}


def test_at_depth_32_the_plain_net_is_stuck_at_guessing_and_the_residual_one_learns() -> None:
    race = raced(RaceSpec(), 120)
    assert race.plain.loss == pytest.approx(math.log(2), abs=0.01)
    assert race.plain.accuracy < 0.6
    assert race.residual.accuracy > 0.95
    now = race.snapshot()
    assert first_to_last(now.plain) < 1e-8
    assert first_to_last(now.residual) > 1e-3


def test_gradients_too_small_for_the_square_of_a_float32_are_no_zeros() -> None:
    opening = Race(RaceSpec(depth=64)).snapshot()
    assert 0 < first_to_last(opening.plain) < 1e-20


def test_hes_start_lets_the_plain_net_of_32_layers_learn() -> None:
    assert raced(RaceSpec(start=LinearStart.HE), 120).plain.accuracy > 0.9


def test_at_depth_2_both_are_the_same_net() -> None:
    race = raced(RaceSpec(depth=2), 5)
    assert race.snapshot().plain == race.snapshot().residual
