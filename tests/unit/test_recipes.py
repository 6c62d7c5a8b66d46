"""The recipes' schedules, and values that every run rejects."""

from dataclasses import asdict, replace

import pytest
import torch

from resnet_edu.errors import UserError
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.training.cifar10 import build_seeded, run_name
from resnet_edu.training.hyperparameters import (
    CIFAR10,
    Cifar10Recipe,
    Hyperparameters,
    OutlierHyperparameters,
    TinyHyperparameters,
    cifar10_hyperparameters,
)
from resnet_edu.training.outlier_exposure import OutlierRecipe
from resnet_edu.training.recipe import PaperRecipe, Recipe, cifar10_recipe, make_optimizer
from resnet_edu.training.tiny_recipe import TinyRecipe

PER_EPOCH = 390
"""Full batches of 128 in 50,000 pictures."""


def test_the_papers_schedule_falls_at_32000_and_48000_updates() -> None:
    """He15 section 4.2."""
    recipe = cifar10_hyperparameters(Cifar10Recipe.PAPER, depth=56)
    rates = [recipe.learning_rate_at(step, PER_EPOCH) for step in range(recipe.epochs * PER_EPOCH)]
    assert len(rates) == pytest.approx(64_000, rel=0.002)
    falls = [step for step in range(1, len(rates)) if rates[step] < rates[step - 1]]
    assert falls == [82 * PER_EPOCH, 123 * PER_EPOCH]
    assert falls == pytest.approx([32_000, 48_000], rel=0.002)
    assert [rates[0], rates[falls[0]], rates[falls[1]]] == pytest.approx([0.1, 0.01, 0.001])
    assert recipe.weight_decay == 1e-4


def test_the_paper_warms_up_110_layers_alone() -> None:
    deep, shallow = (cifar10_hyperparameters(Cifar10Recipe.PAPER, depth) for depth in (110, 56))
    assert [deep.learning_rate_at(step, PER_EPOCH) for step in (0, 399, 400)] == pytest.approx([0.01, 0.01, 0.1])
    assert shallow.learning_rate_at(0, PER_EPOCH) == 0.1
    assert cifar10_hyperparameters(Cifar10Recipe.SHORT, 110) == Hyperparameters()


def test_given_values_take_the_place_of_both_recipes_own() -> None:
    for recipe, values in CIFAR10.items():
        found = cifar10_hyperparameters(recipe, 20, epochs=8, weight_decay=None, seed=3)
        assert found == values(epochs=8, seed=3)
    short = cifar10_hyperparameters(Cifar10Recipe.PAPER, 20, epochs=8)
    assert [short.learning_rate_at(epoch * 10, 10) for epoch in (3, 4, 6)] == pytest.approx([0.1, 0.01, 0.001])


def test_only_the_papers_momentum_is_the_ordinary_one() -> None:
    net = build_seeded(CifarSpec(depth=8, width=4), 0)
    ours, papers = (make_optimizer(net, recipe).param_groups[0] for recipe in (Recipe(), PaperRecipe()))
    assert (ours["nesterov"], papers["nesterov"]) == (True, False)
    assert ours["momentum"] == papers["momentum"] == 0.9


def test_a_recipe_has_the_values_that_the_command_line_read() -> None:
    for each in CIFAR10.values():
        values = each(epochs=3, seed=5)
        recipe = cifar10_recipe(values)
        assert (recipe.name, asdict(recipe)) == (values.name, asdict(values))
        assert recipe.learning_rate_at(7, 5) == values.learning_rate_at(7, 5)
    assert asdict(TinyRecipe()) == asdict(TinyHyperparameters())
    assert asdict(OutlierRecipe()) == asdict(OutlierHyperparameters())


def test_checkpoints_of_the_short_recipe_from_before_there_were_two_still_fit() -> None:
    before = {
        "epochs": 40,
        "batch_size": 128,
        "learning_rate": 0.1,
        "momentum": 0.9,
        "weight_decay": 5e-4,
        "warmup_epochs": 1,
        "seed": 0,
    }
    assert asdict(Recipe()) == before
    assert asdict(PaperRecipe()).keys() != before.keys()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("momentum", 1.5),
        ("weight_decay", -1e-4),
        ("weight_decay", float("nan")),
        ("seed", -1),
    ],
)
def test_values_that_no_run_can_have_are_refused(field: str, value: float) -> None:
    with pytest.raises(UserError, match=f"--{field.replace('_', '-')} must"):
        replace(Recipe(), **{field: value})


def test_seeds_lie_beside_each_other() -> None:
    spec = CifarSpec(Family.RESIDUAL, 20)
    assert [run_name(spec, seed) for seed in (0, 1)] == ["cifar10-residual-20", "cifar10-residual-20-seed-1"]


def test_pictures_are_augmented_where_they_are() -> None:
    """On a device without data, from which nothing can be copied to the CPU."""
    pictures = torch.zeros(4, 3, 32, 32, dtype=torch.uint8, device="meta")
    inputs = Recipe().training_inputs(pictures, 0, torch.Generator(), torch.device("meta"))
    assert (inputs.device.type, inputs.shape) == ("meta", (4, 3, 32, 32))
