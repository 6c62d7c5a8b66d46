"""Heads on frozen features: compared with scikit-learn, and their results on pictures they have not seen."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from resnet_edu.teaching.head import PENALTY, fit_heads
from resnet_edu.teaching.held_out import FOLDS, LEAVE_ONE_OUT_UP_TO, folds, held_out, learning_curve, wilson


def made(pictures: int, features: int, classes: int, distance: float = 0.3) -> tuple[Tensor, Tensor]:
    """Return features like those of a rectified layer, uncentred and of different sizes, and labels."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(pictures) % classes
    centres = distance * torch.randn(classes, features, generator=generator)
    sizes = torch.rand(features, generator=generator) * 5
    return (torch.randn(pictures, features, generator=generator) + centres[labels]).relu() * sizes + 1, labels


@pytest.mark.parametrize(("pictures", "features", "classes"), [(200, 64, 3), (60, 512, 4), (90, 30, 6)])
def test_a_head_says_what_scikit_learns_logistic_regression_says(pictures: int, features: int, classes: int) -> None:
    x, labels = made(pictures, features, classes)
    scale = (x.double() - x.double().mean(0)).square().mean().sqrt()
    scaled = (x.double() / scale).numpy()
    reference = LogisticRegression(C=1 / PENALTY, tol=1e-8, max_iter=10_000).fit(scaled, labels.numpy())
    ours = fit_heads(x, labels, classes).logits(x)[0].softmax(1)
    assert ours.numpy() == pytest.approx(reference.predict_proba(scaled), abs=1e-4)


def test_many_heads_fitted_together_are_those_fitted_one_by_one() -> None:
    x, labels = made(50, 20, 3)
    chosen = torch.rand(4, 50, generator=torch.Generator().manual_seed(1)) < 0.7
    together = fit_heads(x, labels, 3, chosen).logits(x)
    for row, mine in enumerate(chosen):
        alone = fit_heads(x, labels, 3, mine.unsqueeze(0)).logits(x)[0]
        assert together[row].numpy() == pytest.approx(alone.numpy(), abs=1e-3)


def test_a_picture_left_out_changes_nothing_of_its_head() -> None:
    x, labels = made(30, 12, 3)
    other = x.clone()
    other[7] = -x[7]
    chosen = torch.ones(1, 30, dtype=torch.bool)
    chosen[0, 7] = False
    before, after = (fit_heads(each, labels, 3, chosen, penalty=0.5) for each in (x, other))
    scale = [(each.double() - each.double().mean(0)).square().mean() for each in (x, other)]
    assert scale[0] != scale[1]  # all features are divided by one number, computed from all pictures
    same = fit_heads(other, labels, 3, chosen, penalty=0.5 * float(scale[0] / scale[1]))
    assert same.weight.numpy() == pytest.approx(before.weight.numpy(), abs=1e-4)
    assert after.weight.shape == before.weight.shape


def test_features_without_any_difference_give_the_classes_their_shares() -> None:
    labels = torch.tensor([0, 0, 0, 1])
    shares = fit_heads(torch.ones(4, 5), labels, 2).logits(torch.ones(1, 5))[0, 0].softmax(0)
    assert shares.tolist() == pytest.approx([0.75, 0.25], abs=1e-4)


@given(counts=st.lists(st.integers(2, 60), min_size=2, max_size=6), seed=st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_each_fold_has_as_many_of_each_class_as_any_other(counts: list[int], seed: int) -> None:
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    fold = folds(labels, seed)
    if len(labels) <= LEAVE_ONE_OUT_UP_TO:
        assert fold.tolist() == list(range(len(labels)))
        return
    for label in range(len(counts)):
        found = torch.bincount(fold[labels == label], minlength=FOLDS)
        assert found.max() - found.min() <= 1
    assert torch.bincount(fold).max() - torch.bincount(fold).min() <= 1


def test_labels_drawn_at_random_are_not_known() -> None:
    x, _ = made(120, 200, 2, distance=0)
    labels = (torch.rand(120, generator=torch.Generator().manual_seed(3)) < 0.5).long()
    found = held_out(x, labels, 2)
    assert 0.35 < found.accuracy < 0.65
    assert found.interval[0] < 0.5 < found.interval[1]
    fitted = fit_heads(x, labels, 2).logits(x)[0].argmax(1)
    assert (fitted == labels).all(), "the head knows by heart what it was fitted on"


def test_the_confusion_table_counts_every_picture_once() -> None:
    x, labels = made(70, 10, 3, distance=0.5)
    found = held_out(x, labels, 3)
    table = found.confusion()
    assert table.sum(1).tolist() == torch.bincount(labels).tolist()
    assert int(table.diagonal().sum()) == found.right
    doubtful = found.most_doubtful()
    assert sorted(doubtful) == list(range(70))
    own = [float(found.shares[index, labels[index]]) for index in doubtful]
    assert own == sorted(own)


def test_more_pictures_teach_more() -> None:
    x, labels = made(150, 40, 3)
    curve = learning_curve(x, labels, 3)
    assert [point.pictures for point in curve] == [1, 2, 3, 5, 8, 13, 21, 34]
    assert curve[-1].mean > curve[0].mean + 0.1
    assert all(point.worst <= point.mean <= point.best for point in curve)


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [(0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)],
)
def test_the_interval_is_wilsons(right: int, total: int, low: float, high: float) -> None:
    """The last two are from Newcombe 1998, table I, method 3."""
    assert wilson(right, total) == pytest.approx((low, high), abs=1e-4)
