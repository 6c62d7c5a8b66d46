"""The lecture's right answers agree with what the app computes, has recorded or quotes."""

import pytest

from resnet_edu.lecture.plan import LONG, Stop, load_plan
from resnet_edu.measure.backbones import levels
from resnet_edu.measure.counting import count
from resnet_edu.measure.identity import MOST, Insert, load_identity
from resnet_edu.measure.knockout import load_knockout
from resnet_edu.measure.memory import training_step
from resnet_edu.measure.steps import STEPS, load_refined
from resnet_edu.measure.sweeps import load_sweep
from resnet_edu.nets.published import BY_ID
from resnet_edu.paths import (
    BEYOND,
    CONTEXT,
    GRADIENTS,
    IDENTITY,
    KNOCKOUT,
    PROBES,
    RACES,
    REVERSAL,
    RUNS,
)
from resnet_edu.teaching.context import load_context
from resnet_edu.teaching.probes import ProbeQuestion, ProbeReading, load_probes
from resnet_edu.training.race import RaceSpec
from resnet_edu.training.race_record import load_record
from resnet_edu.training.record import load_records
from resnet_edu.training.reversal import load_reversal
from resnet_edu.vision.context import Part

GIB = 2**30


def stop(stop_id: str) -> Stop:
    return next(each for each in load_plan(LONG).stops if each.id == stop_id)


def right(stop_id: str) -> str | None:
    question = stop(stop_id).question
    assert question
    return question.right


def lowest_training_error(family: str) -> str:
    records = load_records(RUNS).records
    errors = {depth: records[f"cifar10-{family}-{depth}"].epochs[-1].train_error for depth in ("20", "56")}
    return min(errors, key=errors.__getitem__)


def test_which_net_has_the_lower_training_error() -> None:
    assert right("deeper") == lowest_training_error("plain")
    assert right("runs") == lowest_training_error("residual")


def test_which_net_survives_what_is_inserted() -> None:
    recorded = load_identity(IDENTITY / "stage-2.json")
    zero, layers = (recorded.curves[insert].errors for insert in (Insert.ZERO, Insert.FRESH_LAYERS))
    assert max(zero[MOST]) == max(zero[0])
    assert min(layers[1]) > 0.5
    assert right("identity") == "shortcuts"


@pytest.mark.parametrize("stop_id", ["textbook", "paper", "sigmoid"])
def test_what_the_gradient_does_on_its_way_back(stop_id: str) -> None:
    setting = stop(stop_id).setting
    pair = load_sweep(GRADIENTS / f"{setting['preset']}.json").pairs[int(setting["depth"])]
    plain, residual = (each.weight_gradient[0] / each.weight_gradient[-1] for each in (pair.plain, pair.residual))
    if stop_id == "sigmoid":
        assert max(plain, residual) < 1e-3
        assert right(stop_id) == "no"
    else:
        assert right(stop_id) == ("shrinks" if plain < 0.1 else "grows" if plain > 10 else "level")


def test_who_wins_the_race() -> None:
    outcomes = load_record(RACES).of(RaceSpec(), RaceSpec().depth)
    wins = sum(each.residual.accuracy > each.plain.accuracy for each in outcomes)
    assert wins > len(outcomes) / 2
    assert right("race") == "residual"


def test_how_many_times_fewer_weights_the_bottleneck_has() -> None:
    channels, width = (int(stop("bottleneck").setting[name]) for name in ("channels", "width"))
    factor = 2 * 9 * channels**2 / (2 * channels * width + 9 * width**2)
    assert right("bottleneck") == str(round(factor))


def test_where_the_weights_of_vgg_16_sit() -> None:
    rows = count(BY_ID[stop("where").setting["net"]].plan(), (3, 224, 224)).rows
    most = max(rows, key=lambda row: row.cost.parameters)
    assert most.name == "classifier.0"
    assert most.cost.parameters > sum(row.cost.parameters for row in rows) / 2
    assert right("where") == "linear"


def test_whether_a_training_step_fits() -> None:
    setting = stop("fit").setting
    peak = training_step(BY_ID[setting["net"]].plan().graph, (3, 32, 32)).peak(int(setting["batch"]))
    assert peak.total > int(setting["memory"]) * GIB
    assert right("fit") == "no"


def test_which_net_suffers_more_without_a_block() -> None:
    harm = {}
    for family in ("plain", "residual"):
        recorded = load_knockout(KNOCKOUT / f"cifar10-{family}-20.json")
        harm[family] = sum(recorded.single.values()) / len(recorded.single) - recorded.error
    assert right("knockout") == max(harm, key=harm.__getitem__)


def test_which_depth_has_the_lower_published_error() -> None:
    errors = {depth: BY_ID[f"resnet-{depth}"].printed[0].error for depth in ("110", "1202")}
    assert right("deeper-still") == min(errors, key=errors.__getitem__)


def test_which_encoder_reverses_more() -> None:
    depth = int(stop("reversal").setting["reversal_depth"])
    races = [race for race in load_reversal(REVERSAL).races if race.spec.depth == depth]
    assert len(races) >= 5
    assert all(race.shortcuts[-1].accuracy > race.without[-1].accuracy for race in races)
    assert right("reversal") == "with"


def test_what_a_small_object_covers_of_the_last_map() -> None:
    level = next(each for each in levels() if each.name == stop("detection").setting["level"])
    assert level.covered(16) == 0.5
    assert right("detection") == "half"


def test_which_stage_a_probe_reads_the_place_from() -> None:
    stages = load_probes(PROBES).scores[ProbeQuestion.PLACE][ProbeReading(stop("probes").setting["probe"])]
    names = list(stages)
    best = max(stages, key=lambda name: stages[name].share)
    assert 2 <= names.index(best) < len(names) - 1
    assert stages[best].interval[0] > max(stages[names[0]].interval[1], stages[names[-1]].interval[1])
    assert right("probes") == "middle"


def test_what_a_disc_of_half_the_area_leaves() -> None:
    recorded = load_context(CONTEXT)
    radius = int(stop("context").setting["radius"])
    assert recorded.areas[radius] == pytest.approx(0.5, abs=0.01)
    assert recorded.parts[Part.DISC][radius].share < recorded.scales[1.0].share / 2
    assert right("context") == "less"


def test_what_half_steps_do_to_the_shallow_net() -> None:
    low, high = load_refined(BEYOND / "steps-cifar10-residual-20.json").change(STEPS[1])[1:]
    assert low < high < -0.05
    assert right("half-steps") == "falls"
