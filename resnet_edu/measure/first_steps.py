"""What the first steps of training do to the learning signal (Yang19 section 5; He15 section 4.1)."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.measure.gradients import build, make_batch, measure_net
from resnet_edu.measure.sweeps import Curve, Pair, Setting, curve_of, pair_from, rounded
from resnet_edu.versions import versions

STEPS = (0, 1, 2, 3, 5, 8, 12, 20)
RECORDED_DEPTHS = (20, 56, 110)
BATCH_SIZE = 16
LEARNING_RATE = 0.01
"""He15 section 4.2: 0.1 is too large for the 110-layer residual net to start with; 0.01 warms it up."""
MOMENTUM = 0.9


SEEDS = (0, 1, 2)
"""The seeds whose ends are recorded; the first one is recorded step by step."""


@dataclass(frozen=True)
class Moment:
    """Both nets after some steps, and the L2 norm of every convolution's weights at that moment."""

    pair: Pair
    plain_norms: tuple[float, ...]
    residual_norms: tuple[float, ...]


@dataclass(frozen=True)
class Ending:
    """Where both nets are after the last step: their loss, and the first weight gradient by the last one."""

    plain_loss: float
    plain_ratio: float
    residual_loss: float
    residual_ratio: float


@dataclass(frozen=True)
class RecordedSteps:
    """A preset's record: the moments of the first seed by depth and step, the endings by depth and seed."""

    moments: dict[int, dict[int, Moment]]
    endings: dict[int, dict[int, Ending]]

    def __or__(self, other: "RecordedSteps") -> "RecordedSteps":
        return RecordedSteps(self.moments | other.moments, self.endings | other.endings)


def first_steps(
    setting: Setting, depth: int, pool: Tensor | None = None, learning_rate: float = LEARNING_RATE
) -> Iterator[tuple[int, Moment]]:
    """Train both nets on one batch of 16 by SGD with a momentum of 0.9; measure after each of ``STEPS``."""
    setting = replace(setting, batch_size=BATCH_SIZE)
    experiments = setting.experiments(depth)
    images, labels = make_batch(experiments[0], pool)
    nets = [build(experiment) for experiment in experiments]
    optimizers = [torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=MOMENTUM) for net in nets]
    for step in range(STEPS[-1] + 1):
        if step in STEPS:
            plain, residual = (measure_net(net, images, labels) for net in nets)
            norms = (tuple(layer.weight_norm for layer in signals.layers) for signals in (plain, residual))
            yield step, Moment(Pair(curve_of(plain), curve_of(residual)), *norms)
        for net, optimizer in zip(nets, optimizers, strict=True):
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(net.train()(images), labels).backward()  # type: ignore[no-untyped-call]  # torch has no annotation
            optimizer.step()


def ending_of(moment: Moment) -> Ending:
    """The end of a training as four numbers."""
    plain, residual = moment.pair.plain, moment.pair.residual
    return Ending(plain.loss, _first_to_last(plain), residual.loss, _first_to_last(residual))


def record_depth(setting: Setting, depth: int, learning_rate: float = LEARNING_RATE) -> RecordedSteps:
    """Train at one depth with every seed."""
    runs = [dict(first_steps(replace(setting, seed=seed), depth, learning_rate=learning_rate)) for seed in SEEDS]
    endings = {seed: ending_of(moments[STEPS[-1]]) for seed, moments in zip(SEEDS, runs, strict=True)}
    return RecordedSteps({depth: runs[0]}, {depth: endings})


def record_at(piece: tuple[Setting, int, float]) -> RecordedSteps:
    """A setting at a depth and with a learning rate: a piece of a record that needs no other."""
    return record_depth(*piece)


def save_steps(path: Path, setting: Setting, recorded: RecordedSteps) -> None:
    """Write a preset's first steps as JSON, a moment a line, every number to four digits."""
    endings = {depth: {seed: asdict(each) for seed, each in ends.items()} for depth, ends in recorded.endings.items()}
    values = {"setting": asdict(setting), "versions": versions(), "endings": rounded(endings)}
    head = json.dumps(values, indent=1).removesuffix("\n}")
    blocks = []
    for depth, moments in recorded.moments.items():
        rows = ",\n   ".join(f'"{step}": {json.dumps(rounded(asdict(moment)))}' for step, moment in moments.items())
        blocks.append(f'"{depth}": {{\n   {rows}\n  }}')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + ',\n "depths": {\n  ' + ",\n  ".join(blocks) + "\n }\n}\n", encoding="utf-8")


def load_steps(path: Path) -> RecordedSteps:
    """The inverse of ``save_steps``."""
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    moments = {
        int(depth): {
            int(step): Moment(pair_from(row["pair"]), tuple(row["plain_norms"]), tuple(row["residual_norms"]))
            for step, row in rows.items()
        }
        for depth, rows in values["depths"].items()
    }
    endings = {
        int(depth): {int(seed): Ending(**row) for seed, row in rows.items()}
        for depth, rows in values["endings"].items()
    }
    return RecordedSteps(moments, endings)


def _first_to_last(curve: Curve) -> float:
    first, last = curve.weight_gradient[0], curve.weight_gradient[-1]
    return first / last if last else math.nan
