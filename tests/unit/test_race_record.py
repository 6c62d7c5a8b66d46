"""The shipped record of races: complete, reproducible, and consistent with the lesson."""

from dataclasses import replace
from pathlib import Path

import pytest

from resnet_edu.nets.blocks import Normalisation
from resnet_edu.paths import RACES
from resnet_edu.training.points import PointSet
from resnet_edu.training.race import RaceSpec
from resnet_edu.training.race_record import (
    LEARNT,
    SEEDS,
    Finish,
    Outcome,
    load_record,
    recorded_specs,
    run,
    save_record,
)

RECORD = load_record(RACES)
BATCH = RaceSpec(normalisation=Normalisation.BATCH)


def test_the_record_holds_every_setting_at_every_depth_with_every_seed() -> None:
    assert [outcome.spec for outcome in RECORD.outcomes] == list(recorded_specs())


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    outcome = Outcome(replace(BATCH, points=PointSet.DIGITS, depth=8, seed=4), Finish(0.5, None), Finish(1.0, 17))
    save_record(tmp_path / "races.json", [outcome])
    again = load_record(tmp_path / "races.json")
    assert again.outcomes == (outcome,)
    assert again.versions.keys() == {"python", "torch"}


def test_a_race_run_again_learns_as_recorded() -> None:
    """Machines round differently, so it may happen a few steps earlier or later."""
    spec = RaceSpec(PointSet.RINGS, depth=16)
    [recorded] = [outcome for outcome in RECORD.outcomes if outcome.spec == spec]
    assert recorded.residual.learnt is not None
    again = run(spec, steps=60)
    assert again.residual.learnt == pytest.approx(recorded.residual.learnt, abs=3)
    assert again.residual.accuracy == pytest.approx(recorded.residual.accuracy, abs=0.01)


def test_the_step_is_kept_at_which_a_net_first_got_so_far() -> None:
    spec = RaceSpec(PointSet.RINGS, depth=8, width=32)
    step = run(spec, steps=60).residual.learnt
    assert step is not None
    before, after = (run(spec, steps).residual for steps in (step - 1, step))
    assert (before.accuracy < LEARNT, before.learnt) == (True, None)
    assert (after.accuracy >= LEARNT, after.learnt) == (True, step)


@pytest.mark.parametrize("points", PointSet)
@pytest.mark.parametrize("depth", [32, 64])
def test_with_torchs_first_weights_every_deep_plain_net_stays_at_chance(points: PointSet, depth: int) -> None:
    chance = 0.2 if points is PointSet.DIGITS else 0.55
    ends = [outcome.plain for outcome in RECORD.of(RaceSpec(points), depth)]
    assert len(ends) == len(SEEDS)
    assert max(finish.accuracy for finish in ends) < chance


def test_a_net_has_learnt_by_how_it_ends() -> None:
    """A net that was right in between and lost it again has not learnt."""
    assert Finish(LEARNT, 10).has_learnt
    assert not Finish(LEARNT - 0.01, 10).has_learnt


def test_shortcuts_make_learning_far_more_frequent() -> None:
    """The page counts both; this only checks that they are far apart."""
    plain, residual = (
        sum(not getattr(outcome, net).has_learnt for outcome in RECORD.outcomes) for net in ("plain", "residual")
    )
    assert residual < plain / 4
