"""The hyperparameters of every training recipe and their schedules; importing them doesn't import torch.

The command line takes its defaults from here and rejects bad values before anything is loaded.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from resnet_edu.errors import UserError, mark

SMALLEST = 0.35
WARMUP_DEPTH, WARMUP_STEPS, WARMUP_FACTOR = 110, 400, 0.1
"""He15 section 4.2: the smallest depth that needs warm-up, its number of updates, its learning rate factor."""
NOT_NEGATIVE = mark("{name} must be finite and not negative, not {value}.")


class Cifar10Recipe(StrEnum):
    """The two recipes for CIFAR-10; records that don't name one were made with the first."""

    SHORT = "short"
    PAPER = "paper"


@dataclass(frozen=True)
class Hyperparameters:
    """CIFAR-10 in a quarter of the paper's time: one warm-up epoch, then a cosine to zero.

    Most of the accuracy of He15 section 4.2 (``PaperHyperparameters``) is reached in 40 epochs with this
    schedule, Nesterov momentum and a larger weight decay. The fields identify a run: checkpoints with other
    values are rejected. Raises ``UserError`` for impossible values.
    """

    name: ClassVar[str] = Cifar10Recipe.SHORT.value
    nesterov: ClassVar[bool] = True

    epochs: int = 40
    batch_size: int = 128
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    warmup_epochs: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        at_least_1 = mark("{name} must be at least 1, not {value}.")
        _check("epochs", self.epochs, self.epochs >= 1, at_least_1)
        _check("batch size", self.batch_size, self.batch_size >= 1, at_least_1)
        _check("seed", self.seed, self.seed >= 0, NOT_NEGATIVE)
        positive = mark("{name} must be finite and greater than 0, not {value}.")
        _check("learning rate", self.learning_rate, 0 < self.learning_rate < math.inf, positive)
        for name, value in self._fractions().items():
            _check(name, value, 0 <= value <= 1, mark("{name} must be between 0 and 1, not {value}."))

    def _fractions(self) -> dict[str, float]:
        return {"momentum": self.momentum, "weight decay": self.weight_decay}

    def learning_rate_at(self, step: int, steps_per_epoch: int) -> float:
        """Return the learning rate of update ``step``, counted from 0 over the whole run."""
        warmup = self.warmup_epochs * steps_per_epoch
        if step < warmup:
            return self.learning_rate * (step + 1) / warmup
        done = (step - warmup) / max(1, self.epochs * steps_per_epoch - warmup)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


@dataclass(frozen=True)
class PaperHyperparameters(Hyperparameters):
    """He15 section 4.2: 64,000 updates (164 epochs), the learning rate divided by 10 at 32,000 and 48,000.

    That is at half and three quarters of the run, whatever its ``epochs``. The momentum is the
    ordinary one. The paper warms a net of 110 layers up at a rate of 0.01 until its training error
    is below 80%, "about 400 iterations"; here it is ``warmup_steps``, so that a run can resume
    anywhere.
    """

    name: ClassVar[str] = Cifar10Recipe.PAPER.value
    nesterov: ClassVar[bool] = False

    epochs: int = 164
    weight_decay: float = 1e-4
    warmup_epochs: int = 0
    warmup_steps: int = 0

    def learning_rate_at(self, step: int, steps_per_epoch: int) -> float:
        """Return the learning rate of update ``step``, counted from 0 over the whole run."""
        if step < self.warmup_steps:
            return self.learning_rate * WARMUP_FACTOR
        passed = sum(step >= share * self.epochs * steps_per_epoch for share in (1 / 2, 3 / 4))
        return self.learning_rate / (1, 10, 100)[passed]


CIFAR10: dict[Cifar10Recipe, type[Hyperparameters]] = {
    Cifar10Recipe.SHORT: Hyperparameters,
    Cifar10Recipe.PAPER: PaperHyperparameters,
}


def cifar10_hyperparameters(recipe: Cifar10Recipe, depth: int, **given: float | None) -> Hyperparameters:
    """Return the values of ``recipe`` for a net of ``depth`` layers; ``given`` values override the defaults."""
    chosen = CIFAR10[recipe]
    values = {name: value for name, value in given.items() if value is not None}
    if chosen is PaperHyperparameters and depth >= WARMUP_DEPTH:
        values["warmup_steps"] = WARMUP_STEPS
    make: Callable[..., Hyperparameters] = chosen
    return make(**values)


@dataclass(frozen=True)
class Phase:
    """``epochs`` at ``side`` x ``side`` pixels, with crops of at least the fraction ``smallest`` of the picture."""

    side: int
    epochs: int
    smallest: float = SMALLEST

    def __str__(self) -> str:
        """Format the phase the way ``parse_schedule`` reads it."""
        return f"{self.side}:{self.epochs}" + ("" if self.smallest == SMALLEST else f":{self.smallest:g}")


DEFAULT_PHASES = (
    Phase(64, 10),
    Phase(80, 4),
    Phase(96, 4),
    Phase(112, 3),
    Phase(128, 2),
    Phase(128, 2, 0.7),
)


def parse_schedule(text: str) -> tuple[Phase, ...]:
    """``64:20,96:4,128:3:0.7`` is twenty epochs at 64 px, four at 96, three at 128 with crops of 70 to 100%."""
    try:
        phases = tuple(_phase(*part.split(":")) for part in text.split(","))
    except (ValueError, TypeError):
        phases = ()
    if not phases or any(phase.side < 32 or phase.epochs < 1 or not 0 < phase.smallest <= 1 for phase in phases):
        raise UserError(
            mark("{schedule} is not a schedule. Write resolution:epochs, with commas, such as 64:20,96:4,128:3."),
            schedule=text,
        )
    return phases


def _phase(side: str, epochs: str, smallest: str = str(SMALLEST)) -> Phase:
    return Phase(int(side), int(epochs), float(smallest))


@dataclass(frozen=True)
class TinyHyperparameters(Hyperparameters):
    """The values for Tiny ImageNet; ``TinyRecipe`` describes their effect."""

    name: ClassVar[str] = "tiny-imagenet"

    epochs: int = sum(phase.epochs for phase in DEFAULT_PHASES)
    phases: tuple[Phase, ...] = DEFAULT_PHASES
    label_smoothing: float = 0.1
    averaging: float = 0.999
    softened: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.epochs != sum(phase.epochs for phase in self.phases):
            raise ValueError(f"{self.epochs} epochs, but {self.phases}")

    def _fractions(self) -> dict[str, float]:
        return {
            **super()._fractions(),
            "label smoothing": self.label_smoothing,
            "averaging": self.averaging,
            "softened": self.softened,
        }


@dataclass(frozen=True)
class OutlierHyperparameters(TinyHyperparameters):
    """A short run of the last stage with synthetic outliers; ``OutlierRecipe`` describes the values' effect."""

    name: ClassVar[str] = "outlier-exposure"

    epochs: int = 1
    phases: tuple[Phase, ...] = (Phase(128, 1, 0.7),)
    learning_rate: float = 0.002
    warmup_epochs: int = 0
    averaging: float = 0.0
    outliers: float = 0.25
    """Synthetic images per training picture."""
    outlier_weight: float = 0.3
    trained: tuple[str, ...] = ("layer4", "fc")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check("outlier weight", self.outlier_weight, 0 <= self.outlier_weight < math.inf, NOT_NEGATIVE)

    def _fractions(self) -> dict[str, float]:
        return {**super()._fractions(), "outliers": self.outliers}


class TunedPart(StrEnum):
    """How much of a trained net continues to learn: the new classifier, the last stage with it, or everything."""

    HEAD = "head"
    LAST_STAGE = "last-stage"
    ALL = "all"


HEAD_LEARNING_RATE = 0.03
"""Where the classifier learns alone. From 0.1 on the held-out loss of the page's example rises from the first epoch."""


@dataclass(frozen=True)
class FineTuning(Hyperparameters):
    """Continues to train a net on new classes; ``teaching.fine_tuning`` describes the fields' effect."""

    name: ClassVar[str] = "fine-tuning"
    nesterov: ClassVar[bool] = False

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 0.02
    weight_decay: float = 1e-4
    part: TunedPart = TunedPart.ALL
    augmented: bool = True
    balanced: bool = True


def _check(name: str, value: float, is_legal: bool, message: str) -> None:
    if not is_legal:
        raise UserError(message, name=f"--{name.replace(' ', '-')}", value=value)
