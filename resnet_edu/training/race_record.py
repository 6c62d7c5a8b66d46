"""Since one seed is no evidence: the results of races with twenty seeds."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.fully_connected import LinearStart
from resnet_edu.plain_values import read_json
from resnet_edu.training.points import PointSet
from resnet_edu.training.race import LAP, Race, Racer, RaceSpec
from resnet_edu.versions import versions

SEEDS = tuple(range(20))
DEPTHS = (16, 32, 64)
LEARNT = 0.95
"""The accuracy from which a net counts as having learnt."""
SETTINGS = (
    RaceSpec(),
    RaceSpec(PointSet.RINGS),
    RaceSpec(PointSet.MOONS),
    RaceSpec(PointSet.DIGITS),
    RaceSpec(start=LinearStart.HE),
    RaceSpec(normalisation=Normalisation.BATCH),
    RaceSpec(normalisation=Normalisation.BATCH, start=LinearStart.HE),
)


@dataclass(frozen=True)
class Finish:
    """A net after ``LAP`` steps: its accuracy, and the first step at which it reached ``LEARNT``, if any."""

    accuracy: float
    learnt: int | None

    @property
    def has_learnt(self) -> bool:
        """Whether the final accuracy is sufficient; some nets reach it and lose it again."""
        return self.accuracy >= LEARNT


@dataclass(frozen=True)
class Outcome:
    """The result of a race for both nets."""

    spec: RaceSpec
    plain: Finish
    residual: Finish


@dataclass(frozen=True)
class RaceRecord:
    """Recorded races, and the software versions they were run with."""

    versions: dict[str, str]
    outcomes: tuple[Outcome, ...]

    def of(self, setting: RaceSpec, depth: int) -> list[Outcome]:
        """Return the races of a setting at a depth, one per seed."""
        specs = [replace(setting, depth=depth, seed=seed) for seed in SEEDS]
        return [self._by_spec[spec] for spec in specs if spec in self._by_spec]

    @cached_property
    def _by_spec(self) -> dict[RaceSpec, Outcome]:
        return {outcome.spec: outcome for outcome in self.outcomes}


def recorded_specs() -> Iterator[RaceSpec]:
    """Yield every setting at every depth with every seed."""
    for setting in SETTINGS:
        for depth in DEPTHS:
            for seed in SEEDS:
                yield replace(setting, depth=depth, seed=seed)


def run(spec: RaceSpec, steps: int = LAP) -> Outcome:
    """Run a race without an audience."""
    race = Race(spec)
    learnt: dict[Racer, int] = {}
    for step in range(steps + 1):
        if step:
            race.advance()
        for racer in (race.plain, race.residual):
            if racer not in learnt and racer.accuracy >= LEARNT:
                learnt[racer] = step
    return Outcome(spec, *(Finish(racer.accuracy, learnt.get(racer)) for racer in (race.plain, race.residual)))


def save_record(path: Path, outcomes: list[Outcome]) -> None:
    """Write the outcomes as JSON, one race per line."""
    rows = ",\n  ".join(json.dumps(asdict(outcome)) for outcome in outcomes)
    head = json.dumps({"steps": LAP, "learnt": LEARNT, "versions": versions()}, indent=1).removesuffix("\n}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{head},\n "outcomes": [\n  {rows}\n ]\n}}\n', encoding="utf-8")


def load_record(path: Path) -> RaceRecord:
    """What ``save_record`` wrote."""
    return read_json(path, RaceRecord)
