"""How the first steps of training change the learning signal (Yang19 section 5; He15 section 4.1)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.measure.gradients import Experiment, build, first_to_last, make_batch, measure_net
from resnet_edu.measure.signals import NetSignals
from resnet_edu.measure.sweeps import Curve, Pair, Preset, Setting, curve_of, rounded
from resnet_edu.plain_values import from_plain
from resnet_edu.versions import versions

STEPS = (0, 1, 2, 3, 5, 8, 12, 20)
RECORDED_DEPTHS = (20, 56, 110)
"""The last depth is left out for presets that change one thing at a time, because it takes most of the time."""
BATCH_SIZE = 16
LEARNING_RATE = 0.01
"""He15 section 4.2: 0.1 is too large at first for the 110-layer residual net, which is warmed up with 0.01."""
MOMENTUM = 0.9


SEEDS = (0, 1, 2)
"""All seeds have their endings recorded; the first one is also recorded step by step."""


@dataclass(frozen=True)
class Moment:
    """Both nets after a number of steps, with the L2 norm of every convolution's weights at that moment."""

    pair: Pair[Curve]
    plain_norms: tuple[float, ...]
    residual_norms: tuple[float, ...]


@dataclass(frozen=True)
class Ending:
    """Both nets after the last step: loss, and ratio of the first layer's weight gradient to the last layer's."""

    plain_loss: float
    plain_ratio: float
    residual_loss: float
    residual_ratio: float


@dataclass(frozen=True)
class RecordedSteps:
    """A preset's record: the first seed's moments by depth and step, and the endings by depth and seed."""

    moments: dict[int, dict[int, Moment]]
    endings: dict[int, dict[int, Ending]]


def first_steps(setting: Setting, depth: int, pool: Tensor | None = None) -> Iterator[tuple[int, Moment]]:
    """Train both nets on one batch of 16 by SGD with momentum 0.9 and yield them after each of ``STEPS``."""
    plain, residual = (steps_of(each, pool) for each in _experiments(setting, depth))
    for (step, before), (_, after) in zip(plain, residual, strict=True):
        yield step, moment_of(before, after)


def steps_of(
    experiment: Experiment, pool: Tensor | None = None, learning_rate: float = LEARNING_RATE
) -> Iterator[tuple[int, NetSignals]]:
    """Train one net the same way and yield its signals after each of ``STEPS``."""
    images, labels = make_batch(experiment, pool)
    net = build(experiment)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=MOMENTUM)
    for step in range(STEPS[-1] + 1):
        if step in STEPS:
            yield step, measure_net(net, images, labels)
        if step == STEPS[-1]:
            return
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net.train()(images), labels).backward()  # type: ignore[no-untyped-call]  # torch has no annotation
        optimizer.step()


def moment_of(plain: NetSignals, residual: NetSignals) -> Moment:
    """Combine the signals of both nets after the same number of steps."""
    norms = (tuple(layer.weight_norm for layer in signals.layers) for signals in (plain, residual))
    return Moment(Pair(curve_of(plain), curve_of(residual)), *norms)


def ending_of(moment: Moment) -> Ending:
    """Summarise the last moment of a training run in four numbers."""
    plain, residual = moment.pair.plain, moment.pair.residual
    return Ending(
        plain.loss, first_to_last(plain.weight_gradient), residual.loss, first_to_last(residual.weight_gradient)
    )


Piece = tuple[Experiment, float]
"""One net with one seed, and the learning rate."""


def record_at(piece: Piece) -> dict[int, NetSignals]:
    """Return one net's signals by step; each piece of a record is independent of the others."""
    experiment, learning_rate = piece
    return dict(steps_of(experiment, learning_rate=learning_rate))


def pieces_of(preset: Preset, learning_rate: float) -> Iterator[tuple[int, int, tuple[Piece, Piece]]]:
    """Yield depth, seed and both pieces for everything in a preset's record."""
    for depth in RECORDED_DEPTHS[:-1] if preset.is_cure else RECORDED_DEPTHS:
        for seed in SEEDS:
            plain, residual = _experiments(replace(preset.setting, seed=seed), depth)
            yield depth, seed, ((plain, learning_rate), (residual, learning_rate))


def steps_from(preset: Preset, learning_rate: float, found: Mapping[Piece, dict[int, NetSignals]]) -> RecordedSteps:
    """Assemble a preset's record from its pieces."""
    recorded = RecordedSteps({}, {})
    for depth, seed, (plain, residual) in pieces_of(preset, learning_rate):
        moments = {step: moment_of(found[plain][step], found[residual][step]) for step in STEPS}
        recorded.endings.setdefault(depth, {})[seed] = ending_of(moments[STEPS[-1]])
        if seed == SEEDS[0]:
            recorded.moments[depth] = moments
    return recorded


def _experiments(setting: Setting, depth: int) -> tuple[Experiment, Experiment]:
    return replace(setting, batch_size=BATCH_SIZE).experiments(depth)


def save_steps(path: Path, setting: Setting, recorded: RecordedSteps) -> None:
    """Write a preset's first steps as JSON, one moment per line, numbers rounded to four digits."""
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
    """Invert ``save_steps``."""
    values = json.loads(path.read_text(encoding="utf-8"))
    return from_plain({"moments": values["depths"], "endings": values["endings"]}, RecordedSteps)
