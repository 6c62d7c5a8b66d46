"""The shipped training records, how they are read, and how the depth page uses them."""

import json
import shutil
import statistics
from pathlib import Path

import pytest
import torch

from resnet_edu.figures.training_curves import QUANTITIES, published_error, training_curves
from resnet_edu.nets.card import ModelCard, load_card
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.paths import RUNS, WEIGHTS
from resnet_edu.plain_values import from_plain
from resnet_edu.training.estimate import TRAIN_PICTURES, StepTime, count_times, time_steps, whole_run
from resnet_edu.training.recipe import Recipe
from resnet_edu.training.record import ProbeRecord, RunRecord, load_records

RECORDS = {
    name: each
    for name, each in load_records(RUNS).records.items()
    if name.startswith("cifar10-") and each.recipe["seed"] == 0  # weights of other seeds are not shipped
}
JPEG_BOUNDS = {"cifar10-residual-20": 0.135, "cifar10-residual-56": 0.125}


def card_of(record: RunRecord) -> ModelCard:
    return load_card(WEIGHTS / f"{record.name}.safetensors")


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_belongs_to_the_weights_that_ship(name: str) -> None:
    record, card = RECORDS[name], card_of(RECORDS[name])
    assert card.architecture == record.architecture
    assert {**record.recipe} == {key: card.recipe[key] for key in record.recipe}
    test, train = (1 - card.metrics[f"{split}_accuracy"] for split in ("test", "train"))
    assert test == pytest.approx(record.epochs[-1].test_error, abs=0.002)  # float32, bfloat16
    assert train == pytest.approx(record.epochs[-1].train_error, abs=0.006)  # all pictures, a sample


def test_all_runs_have_one_recipe() -> None:
    assert len({json.dumps([each.recipe, each.data, each.train_sample]) for each in RECORDS.values()}) == 1
    assert next(iter(RECORDS.values())).recipe["epochs"] >= 30


def test_the_deeper_plain_net_is_worse_on_its_own_training_pictures_and_the_deeper_residual_net_is_better() -> None:
    """He15 figures 1 and 6."""
    ends = {name.removeprefix("cifar10-"): record.epochs[-1] for name, record in RECORDS.items()}
    assert ends["plain-56"].train_error > ends["plain-20"].train_error
    assert ends["plain-56"].test_error > ends["plain-20"].test_error
    assert ends["residual-56"].train_error < ends["residual-20"].train_error
    assert ends["residual-56"].test_error < ends["residual-20"].test_error


@pytest.mark.parametrize("name", JPEG_BOUNDS)
def test_the_residual_nets_are_as_good_as_they_should_be(name: str) -> None:
    assert 1 - card_of(RECORDS[name]).metrics["test_accuracy"] <= JPEG_BOUNDS[name]


def test_every_epoch_and_about_ten_probes_are_recorded() -> None:
    for record in RECORDS.values():
        assert [each.epoch for each in record.epochs] == list(range(1, record.recipe["epochs"] + 1))
        assert record.probes[0].epoch == 0
        assert record.probes[-1].epoch == record.recipe["epochs"]
        assert 10 <= len(record.probes) <= 13
        assert all(len(probe.signals.layers) == record.architecture["depth"] - 1 for probe in record.probes)


def test_the_curves_are_the_records_numbers() -> None:
    for curve, record in zip(training_curves(RECORDS.values()), RECORDS.values(), strict=True):
        assert curve["train"] == pytest.approx([100 * epoch.train_error for epoch in record.epochs], abs=1e-3)
        assert curve["test"] == pytest.approx([100 * epoch.test_error for epoch in record.epochs], abs=1e-3)
        for probe in record.probes:
            for quantity in QUANTITIES:
                expected = [getattr(layer, quantity) for layer in probe.signals.layers]
                assert curve["probes"][str(probe.epoch)][quantity] == pytest.approx(expected, rel=5e-3)


def test_the_papers_final_errors_are_those_of_table_6() -> None:
    found = {each["depth"]: each["paper"] for each in training_curves(RECORDS.values()) if each["family"] == "residual"}
    assert found == {depth: {20: 8.75, 56: 6.97, 110: 6.43}[depth] for depth in found}
    plain = next(each for each in RECORDS.values() if each.architecture["family"] == "plain")
    assert published_error(plain) is None


def test_a_file_that_is_no_record_is_named_and_the_others_are_there(tmp_path: Path) -> None:
    shutil.copy(RUNS / "cifar10-residual-20.json", tmp_path)
    (tmp_path / "half.json").write_text((RUNS / "cifar10-residual-20.json").read_text()[:5000])
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "other.json").write_text('{"epochs": [], "probes": [], "name": "x"}')
    shelf = load_records(tmp_path)
    assert list(shelf.records) == ["cifar10-residual-20"]
    assert shelf.unreadable == ("half.json", "list.json", "other.json")


def test_the_time_of_a_run_comes_from_real_steps() -> None:
    before = torch.random.get_rng_state()
    recipe = Recipe(batch_size=4)
    times = dict(time_steps(CifarSpec(Family.PLAIN, 8), recipe))
    assert list(times) == list(range(count_times()))
    assert {each.precision for each in times.values()} == {"float32", "bfloat16"}
    assert all(each.seconds > 0 for each in times.values())
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_whole_run_is_the_fastest_step_times_all_steps() -> None:
    times = [StepTime("float32", 0.3), StepTime("bfloat16", 0.2), StepTime("bfloat16", 0.9)]
    assert whole_run(times, Recipe()) == StepTime("bfloat16", pytest.approx(0.2 * 40 * (TRAIN_PICTURES // 128)))


def test_after_an_epoch_the_plain_nets_first_stage_moves_four_times_slower() -> None:
    """After one epoch .0065 against .025 of the weights, according to an independent run over the same records."""
    moved = {}
    for net in ("plain", "residual"):
        values = json.loads((RUNS / f"cifar10-{net}-56.json").read_text(encoding="utf-8"))
        probe = next(each for each in from_plain(values["probes"], list[ProbeRecord]) if each.epoch == 1)
        stage = [layer for layer in probe.signals.layers if layer.stage == 1]
        moved[net] = statistics.mean(layer.relative_gradient for layer in stage)
    assert moved["plain"] == pytest.approx(0.0065, abs=0.0002)
    assert moved["residual"] == pytest.approx(0.0254, abs=0.0005)
