"""Gradients over a whole range of depths: the presets of the lesson, and their records."""

import json
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from resnet_edu.errors import mark
from resnet_edu.measure.gradients import DEPTHS, Experiment, Pictures, measure_gradients
from resnet_edu.measure.signals import NetSignals
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.cifar import CifarSpec, Family, Initialisation

DEEPEST = 1202
RECORDED_DEPTHS = (*DEPTHS, DEEPEST)
DIGITS = 4
QUANTITIES = ("weight_gradient", "input_gradient", "output_std")


@dataclass(frozen=True)
class Setting:
    """What a plain and a residual net have in common in a comparison; ``residual`` is the other's family.

    ``zero_last`` holds for the residual net alone: a plain net with it would compute nothing.
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
        """The plain net's experiment and the residual net's."""
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
    """A recorded setting: its name, what to look for, and who found it. Source strings."""

    id: str
    title: str
    look_for: str
    citation: str
    setting: Setting


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
        mark("Here the shortcut does not help: after every addition the signal still passes through a sigmoid."),
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
        mark("He initialisation balances the plain net; in the residual one every addition makes the signal grow."),
        "Zhang et al. 2019 (Fixup)",
        Setting(normalisation=Normalisation.NONE),
    ),
    Preset(
        "cures",
        mark("The cures"),
        mark("Batch normalisation, pre-activation and a last scale that starts at zero: the residual net is level."),
        "He et al. 2016; De and Smith 2020",
        Setting(residual=Family.PRE_ACTIVATION, zero_last=True),
    ),
)


@dataclass(frozen=True)
class Curve:
    """One net at one depth: its loss and, from the first convolution to the last, each quantity."""

    loss: float
    weight_gradient: tuple[float, ...]
    input_gradient: tuple[float, ...]
    output_std: tuple[float, ...]


@dataclass(frozen=True)
class Pair:
    """The plain and the residual net at one depth."""

    plain: Curve
    residual: Curve


@dataclass(frozen=True)
class Sweep:
    """A recorded preset: a pair for every depth, and what it was recorded with."""

    setting: dict[str, Any]
    versions: dict[str, str]
    pairs: dict[int, Pair]


def measure_pair(setting: Setting, depth: int, pool: torch.Tensor | None = None) -> Pair:
    """Both nets at one depth."""
    plain, residual = (curve_of(measure_gradients(each, pool)) for each in setting.experiments(depth))
    return Pair(plain, residual)


def layer_names(depth: int) -> Iterator[tuple[str, int, int]]:
    """(name, stage, stride) of the ``depth - 1`` convolutions of a net of the family."""
    yield "conv1", 0, 1
    for stage in (1, 2, 3):
        for block in range((depth - 2) // 6):
            yield f"layer{stage}.{block}.conv1", stage, 2 if stage > 1 and block == 0 else 1
            yield f"layer{stage}.{block}.conv2", stage, 1


def measure_at(piece: tuple[Setting, int]) -> Pair:
    """Both nets of a setting at a depth: a piece of a record that needs no other."""
    return measure_pair(*piece)


def save_sweep(path: Path, setting: Setting, pairs: dict[int, Pair]) -> None:
    """Write a sweep as JSON, a depth a line, every number to four digits."""
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    head = json.dumps({"setting": asdict(setting), "versions": versions}, indent=1).removesuffix("\n}")
    rows = ",\n  ".join(f'"{depth}": {json.dumps(rounded(asdict(pair)))}' for depth, pair in pairs.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{head},\n "pairs": {{\n  {rows}\n }}\n}}\n', encoding="utf-8")


def load_sweep(path: Path) -> Sweep:
    """The inverse of ``save_sweep``."""
    values = json.loads(path.read_text(encoding="utf-8"))
    pairs = {int(depth): pair_from(pair) for depth, pair in values["pairs"].items()}
    return Sweep(values["setting"], values["versions"], pairs)


def curve_of(signals: NetSignals) -> Curve:
    """The curve of a measured net."""
    columns = {name: tuple(getattr(layer, name) for layer in signals.layers) for name in QUANTITIES}
    return Curve(loss=signals.loss, **columns)


def pair_from(values: dict[str, Any]) -> Pair:
    """A pair from plain values, as a record holds them."""
    return Pair(_curve_from(values["plain"]), _curve_from(values["residual"]))


def _curve_from(values: dict[str, Any]) -> Curve:
    return Curve(loss=values["loss"], **{name: tuple(values[name]) for name in QUANTITIES})


def rounded(value: Any) -> Any:
    """Floats to four significant digits; NaN and infinity stay what they are."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS - 1}e}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value]
