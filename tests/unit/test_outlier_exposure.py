"""Outlier exposure: synthetic outliers, the recipe, and a net that becomes unsure of pictures without an object."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.errors import UserError
from resnet_edu.nets.card import load_card
from resnet_edu.paths import WEIGHTS
from resnet_edu.training.hyperparameters import Phase
from resnet_edu.training.loop import train
from resnet_edu.training.outlier_exposure import (
    STEP,
    OutlierRecipe,
    outlier_inputs,
    outlier_share,
    publish,
    shipped_net,
)
from resnet_edu.training.outliers import PATCHES, blobs, coloured_noise, made_outliers, shuffled_patches
from resnet_edu.training.target import Target

from ..support.bright_pictures import bright_pictures, generator, small_net, split
from ..support.made_net import NAME

CPU = torch.device("cpu")
RECIPE = OutlierRecipe(phases=(Phase(32, 1, 0.7),), batch_size=16, learning_rate=0.05, trained=("5",))


def test_outliers_are_pictures_and_always_the_same() -> None:
    pictures = split(30, 0).images
    found = made_outliers(pictures, generator())
    assert found.shape == pictures.shape
    assert found.dtype == torch.float32
    assert found.min() >= 0
    assert found.max() <= 255
    assert torch.equal(found, made_outliers(pictures, generator()))
    assert not torch.equal(found, made_outliers(pictures, generator(1)))
    for count in range(4):
        assert made_outliers(pictures[:count], generator()).shape == (count, 3, 64, 64)


def test_shuffling_keeps_the_pixels_and_whole_patches() -> None:
    pictures = torch.arange(8 * 3 * 64 * 64, dtype=torch.float32).reshape(8, 3, 64, 64)  # all values differ
    for old, new in zip(pictures, shuffled_patches(pictures, generator()), strict=True):
        assert torch.equal(new.flatten(1).sort(1).values, old.flatten(1))
        assert not torch.equal(new, old)
        smallest = PATCHES[0]
        corner = new[:, :smallest, :smallest]
        assert torch.equal(corner - corner[:, :1, :1], old[:, :smallest, :smallest] - old[:, :1, :1])


def roughness(pictures: Tensor) -> Tensor:
    """Return how much neighbouring pixels differ, relative to the spread of the whole picture."""
    return (pictures.diff(dim=3).std((1, 2, 3)) / pictures.std((1, 2, 3))).sort().values


def test_noise_goes_from_static_to_clouds_and_blobs_from_few_to_many() -> None:
    rough = roughness(coloured_noise(60, generator()))
    assert rough[0] < 0.2
    assert rough[-1] > 1
    colours = [len(each.flatten(1).round().unique(dim=1)[0]) for each in blobs(40, generator())]
    assert min(colours) < 300
    assert max(colours) > 2000


def test_an_outlier_costs_what_is_missing_to_equal_shares() -> None:
    logits, labels = torch.randn(20, 200, generator=generator()), torch.arange(16)
    recipe = OutlierRecipe()
    pictures = F.cross_entropy(logits[:16], labels, label_smoothing=recipe.label_smoothing)
    equal = torch.full((4, 200), 1 / 200)
    outliers = F.cross_entropy(logits[16:], equal)
    assert recipe.loss(logits, labels) == pytest.approx(float(pictures + recipe.outlier_weight * outliers))
    assert recipe.loss(logits[:16], labels) == pytest.approx(float(pictures))


def test_a_batch_holds_pictures_and_then_outliers() -> None:
    pictures = split(16, 0).images
    inputs = RECIPE.training_inputs(pictures, 0, generator(), CPU)
    assert inputs.shape == (20, 3, 32, 32)
    without = replace(RECIPE, outliers=0.0).training_inputs(pictures, 0, generator(), CPU)
    assert torch.equal(inputs[:16], without)


def test_only_the_last_stage_learns_and_it_learns_to_be_unsure(tmp_path: Path) -> None:
    net, dataset = small_net(), bright_pictures()
    with torch.no_grad():
        net[5].weight.mul_(30)  # makes it sure of everything
    before = {name: value.clone() for name, value in net.state_dict().items()}
    was_sure = outlier_share(net.eval(), dataset, 32, CPU)
    recipe = replace(RECIPE, epochs=12, phases=(Phase(32, 12, 0.7),), outliers=1.0, outlier_weight=1.0)
    train(net, dataset, recipe, tmp_path / "c.pt", device=CPU, precision=torch.float32)
    changed = {name for name, value in net.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"5.weight", "5.bias"}
    assert outlier_share(net.eval(), dataset, 32, CPU) < was_sure - 0.1
    assert not net.training


def test_a_finished_run_takes_the_nets_place_and_cannot_be_run_twice(shipped: Path, tmp_path: Path) -> None:
    weights = tmp_path / f"{NAME}.safetensors"
    for path in shipped.glob(f"{NAME}.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    dataset = bright_pictures()
    net, before = shipped_net(weights)
    recipe = replace(OutlierRecipe(), phases=(Phase(32, 1, 0.7),), batch_size=40)
    result = train(net, dataset, recipe, tmp_path / "c.pt", device=CPU, precision=torch.float32)
    card = publish(
        net, before, dataset, recipe, result,
        command="python -m resnet_edu again", device=CPU, weights=weights,
        target=Target(weights, tmp_path / "runs" / f"{NAME}-outliers.json"),
    )  # fmt: skip
    assert load_card(weights).sha256 == card.sha256 != before.sha256
    assert card.command == "drawn && python -m resnet_edu again"
    assert card.recipe[STEP]["learning_rate"] == recipe.learning_rate
    for when in ("before", "after"):
        assert set(card.tried[f"{when} {STEP}"]) == {"held_out_accuracy", "held_out_loss", "outlier_share"}
    assert card.calibration is not None
    assert card.calibration.pictures == 30
    assert (tmp_path / "runs" / f"{NAME}-outliers.json").is_file()
    with pytest.raises(UserError, match="already"):
        shipped_net(weights)


def test_outliers_are_enlarged_as_pictures_are() -> None:
    inputs = outlier_inputs(torch.full((1, 3, 64, 64), 128.0), 96)
    assert inputs.shape == (1, 3, 96, 96)
    assert inputs.std((2, 3)).max() < 1e-6


def test_the_shipped_net_became_unsure_of_outliers_at_little_cost() -> None:
    card = json.loads((WEIGHTS / f"{NAME}.json").read_text())
    before, after = (card["tried"][f"{when} {STEP}"] for when in ("before", "after"))
    assert after["outlier_share"] < before["outlier_share"] / 2
    assert after["held_out_accuracy"] > before["held_out_accuracy"] - 0.01
