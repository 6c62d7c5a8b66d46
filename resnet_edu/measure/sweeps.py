"""Gradients over a whole range of depths: the lesson's presets and their records."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch

from resnet_edu.errors import mark
from resnet_edu.measure.gradients import DEPTHS, Experiment, Pictures, first_to_last, measure_gradients
from resnet_edu.measure.signals import NetSignals
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.cifar import CifarSpec, Family, Initialisation
from resnet_edu.plain_values import from_plain
from resnet_edu.versions import versions

DEEPEST = 1202
RECORDED_DEPTHS = (*DEPTHS, DEEPEST)
SEEDS = tuple(range(5))
"""One run says little: in plain nets, the ratio of first to last layer varies tenfold between seeds."""
DEEPEST_SEEDS = SEEDS[:1]
"""A net of 1202 layers takes as long as all the others together."""
DIGITS = 4
BAND_DIGITS = 3
QUANTITIES = ("weight_gradient", "relative_gradient", "trunk_gradient", "input_gradient", "output_std")


@dataclass(frozen=True)
class Setting:
    """What a plain and a residual net have in common in a comparison; ``residual`` is the latter's family.

    ``zero_last`` applies to the residual net only, since it would make a plain net compute nothing.
    """

    residual: Family = Family.RESIDUAL
    normalisation: Normalisation = Normalisation.BATCH
    initialisation: Initialisation = Initialisation.HE
    sigma: float = 0.01
    activation: Activation = Activation.RELU
    zero_last: bool = False
    width: int = 16
    batch_size: int = 8
    pictures: Pictures = Pictures.NOISE
    seed: int = 0

    def experiments(self, depth: int) -> tuple[Experiment, Experiment]:
        """Return the experiments of the plain and the residual net."""
        spec = CifarSpec(
            Family.PLAIN,
            depth,
            width=self.width,
            normalisation=self.normalisation,
            activation=self.activation,
            initialisation=self.initialisation,
            sigma=self.sigma,
        )
        plain = Experiment(spec, self.batch_size, self.pictures, self.seed)
        return plain, replace(plain, net=replace(spec, family=self.residual, zero_last=self.zero_last))


@dataclass(frozen=True)
class Preset:
    """A recorded setting: its name, what to look for, and a citation, all source strings.

    ``is_cure`` marks presets that change one thing at a time, to show what keeps the signal level.
    """

    id: str
    title: str
    look_for: str
    citation: str
    setting: Setting
    is_cure: bool = False


PRESETS = (
    Preset(
        "textbook",
        mark("Textbook"),
        mark("The plain net's gradient shrinks by powers of ten on its way to the input; the shortcuts carry it past."),
        "He et al. 2015, § 1; Glorot and Bengio 2010",
        Setting(normalisation=Normalisation.NONE, initialisation=Initialisation.XAVIER),
    ),
    Preset(
        "paper",
        mark("The paper's setting"),
        mark("With batch normalisation nothing vanishes: the plain net's gradient explodes towards the input instead."),
        "He et al. 2015, § 4.1; Yang et al. 2019",
        Setting(),
    ),
    Preset(
        "sigmoid",
        mark("Sigmoid era"),
        mark(
            "The shortcut slows the decay and cannot stop it: after every addition the signal still passes through a"
            " sigmoid."
        ),
        "He et al. 2016, § 4",
        Setting(
            normalisation=Normalisation.NONE,
            initialisation=Initialisation.XAVIER,
            activation=Activation.SIGMOID,
        ),
    ),
    Preset(
        "unnormalised",
        mark("No normalisation"),
        mark(
            "He initialisation holds the plain net's gradient for a hundred layers (not for 1202); in the residual net"
            " every addition makes the signal grow."
        ),
        "Zhang et al. 2019 (Fixup)",
        Setting(normalisation=Normalisation.NONE),
    ),
    Preset(
        "orthogonal",
        mark("Orthogonal start"),
        mark(
            "No shortcut, no normalisation: with tanh and delta-orthogonal weights the **plain** net carries its"
            " gradient, even through 1202 layers."
        ),
        "Xiao et al. 2018",
        Setting(
            normalisation=Normalisation.NONE,
            initialisation=Initialisation.ORTHOGONAL,
            activation=Activation.TANH,
        ),
        is_cure=True,
    ),
    Preset(
        "pre-activation",
        mark("BN + pre-activation"),
        mark(
            "Identity shortcuts with nothing after the addition, and yet the trunk gradient of the residual net is not"
            " level: every branch adds to it."
        ),
        "He et al. 2016",
        Setting(residual=Family.PRE_ACTIVATION),
        is_cure=True,
    ),
    Preset(
        "zero-start",
        mark("Zero start"),
        mark(
            "No normalisation and no pre-activation, only the last convolution of each block starts at zero: the trunk"
            " gradient is level."
        ),
        "Zhang et al. 2019 (Fixup); De and Smith 2020 (SkipInit); Bachlechner et al. 2020 (ReZero)",
        Setting(normalisation=Normalisation.NONE, zero_last=True),
        is_cure=True,
    ),
    Preset(
        "zero-start-bn",
        mark("Zero start + BN"),
        mark("The last scale γ of each block starts at zero; the order inside the block is the original one."),
        "De and Smith 2020",
        Setting(zero_last=True),
        is_cure=True,
    ),
    Preset(
        "cures",
        mark("Zero start + BN + pre-activation"),
        mark("All three at once: the trunk gradient is as level as with the zero start alone."),
        "He et al. 2016; De and Smith 2020",
        Setting(residual=Family.PRE_ACTIVATION, zero_last=True),
        is_cure=True,
    ),
)


@dataclass(frozen=True)
class Curve:
    """One net at one depth: its loss and each quantity from input to output.

    ``trunk_gradient`` has one value per block input, the others one per convolution.
    """

    loss: float
    weight_gradient: tuple[float, ...] = ()
    relative_gradient: tuple[float, ...] = ()
    trunk_gradient: tuple[float, ...] = ()
    input_gradient: tuple[float, ...] = ()
    output_std: tuple[float, ...] = ()


Each = TypeVar("Each")


@dataclass(frozen=True)
class Pair(Generic[Each]):
    """The plain and the residual net at one depth."""

    plain: Each
    residual: Each


Range = tuple[float, float, float]
"""The lowest value, the median and the highest; overflow counts as higher than anything."""


@dataclass(frozen=True)
class Spread:
    """One net with several seeds: the lowest, the median and the highest value at each layer.

    ``ratios`` gives, by quantity, the range over runs of the first layer's value divided by the last layer's.
    """

    low: Curve
    median: Curve
    high: Curve
    ratios: dict[str, Range]


@dataclass(frozen=True)
class Sweep:
    """A recorded preset: both nets' spread at every depth, and what it was recorded with."""

    setting: dict[str, Any]
    seeds: tuple[int, ...]
    versions: dict[str, str]
    spreads: dict[int, Pair[Spread]]

    @property
    def pairs(self) -> dict[int, Pair[Curve]]:
        """The medians, which are what the page plots."""
        return {depth: Pair(each.plain.median, each.residual.median) for depth, each in self.spreads.items()}


def measure_pair(setting: Setting, depth: int, pool: torch.Tensor | None = None) -> Pair[Curve]:
    """Measure both nets at one depth."""
    return Pair(*(curve_of(measure_gradients(each, pool)) for each in setting.experiments(depth)))


def measure_at(experiment: Experiment) -> Curve:
    """Measure one net with one seed; each piece of a record is independent of the others."""
    return curve_of(measure_gradients(experiment))


def measure_spread(
    setting: Setting, depth: int, seeds: Sequence[int] = SEEDS, pool: torch.Tensor | None = None
) -> Pair[Spread]:
    """Measure both nets at one depth with every seed."""
    return spread_of([measure_pair(replace(setting, seed=seed), depth, pool) for seed in seeds])


def seeds_at(depth: int) -> tuple[int, ...]:
    """Return the seeds recorded at a depth."""
    return SEEDS if depth < DEEPEST else DEEPEST_SEEDS


def pieces_of(setting: Setting) -> Iterator[tuple[int, tuple[Experiment, Experiment]]]:
    """Yield depth and nets of everything in a preset's record."""
    for depth in RECORDED_DEPTHS:
        for seed in seeds_at(depth):
            yield depth, replace(setting, seed=seed).experiments(depth)


def spreads_from(setting: Setting, found: Mapping[Experiment, Curve]) -> dict[int, Pair[Spread]]:
    """Assemble a preset's record from its pieces."""
    runs: dict[int, list[Pair[Curve]]] = {depth: [] for depth in RECORDED_DEPTHS}
    for depth, experiments in pieces_of(setting):
        runs[depth].append(Pair(*(found[each] for each in experiments)))
    return {depth: spread_of(pairs) for depth, pairs in runs.items()}


def spread_of(runs: Sequence[Pair[Curve]]) -> Pair[Spread]:
    """Summarise runs with several seeds; for a single run, ``low`` and ``high`` are the same object."""
    return Pair(_spread([run.plain for run in runs]), _spread([run.residual for run in runs]))


def range_of(values: Iterable[float]) -> Range:
    """Return the lowest value, the median and the highest."""
    ordered = sorted(values, key=lambda each: (math.isnan(each), each))
    return ordered[0], ordered[(len(ordered) - 1) // 2], ordered[-1]


def layer_names(depth: int) -> Iterator[tuple[str, int, int]]:
    """Yield (name, stage, stride) of the ``depth - 1`` convolutions of a net of the family."""
    yield "conv1", 0, 1
    for stage in (1, 2, 3):
        for block in range((depth - 2) // 6):
            yield f"layer{stage}.{block}.conv1", stage, 2 if stage > 1 and block == 0 else 1
            yield f"layer{stage}.{block}.conv2", stage, 1


def save_sweep(path: Path, setting: Setting, spreads: dict[int, Pair[Spread]]) -> None:
    """Write a sweep as JSON, one depth per line: medians and ratios to four digits, the band to three."""
    values = {"setting": asdict(setting), "seeds": SEEDS, "versions": versions()}
    head = json.dumps(values, indent=1).removesuffix("\n}")
    rows = ",\n  ".join(
        f'"{depth}": {json.dumps({net: _rounded_spread(each) for net, each in vars(pair).items()})}'
        for depth, pair in spreads.items()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{head},\n "spreads": {{\n  {rows}\n }}\n}}\n', encoding="utf-8")


def load_sweep(path: Path) -> Sweep:
    """Invert ``save_sweep``."""
    values = json.loads(path.read_text(encoding="utf-8"))
    spreads = {
        int(depth): Pair(_spread_from(pair["plain"]), _spread_from(pair["residual"]))
        for depth, pair in values["spreads"].items()
    }
    return Sweep(values["setting"], tuple(values["seeds"]), values["versions"], spreads)


def curve_of(signals: NetSignals) -> Curve:
    """Return the curve of a measured net."""
    columns = {
        name: tuple(getattr(layer, name) for layer in signals.layers) for name in QUANTITIES if name != "trunk_gradient"
    }
    return Curve(loss=signals.loss, trunk_gradient=signals.trunk, **columns)


def _spread(runs: Sequence[Curve]) -> Spread:
    if len(runs) == 1:
        alone = {name: first_to_last(getattr(runs[0], name)) for name in QUANTITIES}
        return Spread(runs[0], runs[0], runs[0], {name: (each, each, each) for name, each in alone.items()})
    losses = range_of(run.loss for run in runs)
    columns = {
        name: [range_of(values) for values in zip(*(getattr(run, name) for run in runs), strict=True)]
        for name in QUANTITIES
    }
    ratios = {name: range_of(first_to_last(getattr(run, name)) for run in runs) for name in QUANTITIES}
    low, median, high = (
        Curve(losses[part], **{name: tuple(each[part] for each in ranges) for name, ranges in columns.items()})
        for part in range(3)
    )
    return Spread(low, median, high, ratios)


def _rounded_spread(spread: Spread) -> dict[str, Any]:
    values = {"median": rounded(asdict(spread.median)), "ratios": rounded(spread.ratios)}
    if spread.low is spread.high:
        return values
    return values | {name: rounded(asdict(getattr(spread, name)), BAND_DIGITS) for name in ("low", "high")}


def _spread_from(values: dict[str, Any]) -> Spread:
    median = from_plain(values["median"], Curve)
    low, high = (from_plain(values[name], Curve) if name in values else median for name in ("low", "high"))
    return Spread(low, median, high, from_plain(values["ratios"], dict[str, Range]))


def rounded(value: Any, digits: int = DIGITS) -> Any:
    """Round floats to ``digits`` significant digits; NaN and infinity are unchanged."""
    if isinstance(value, float):
        return float(f"{value:.{digits - 1}e}")
    if isinstance(value, dict):
        return {key: rounded(each, digits) for key, each in value.items()}
    return [rounded(each, digits) for each in value]
