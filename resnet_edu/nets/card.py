"""Stores a net's weights as safetensors, next to a JSON model card that describes them."""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.architecture import architecture_from_dict
from resnet_edu.paths import is_readable
from resnet_edu.plain_values import from_plain

log = logging.getLogger(__name__)

SUFFIXES = (".safetensors", ".pth.tar", ".pt.tar", ".pth", ".pt", ".th", ".ckpt", ".bin")
"""File name endings of weights files, in either case."""
OPTIONAL = ("resolution", "given", "calibration", "strangers", "tried", "confusion")
"""Fields that a card omits when they are empty."""


@dataclass(frozen=True)
class Resolution:
    """Input preparation: pictures are reduced to ``detail`` pixels a side, then enlarged to ``side``."""

    detail: int
    side: int


@dataclass(frozen=True)
class Given:
    """Input preparation not implied by the architecture: ``resize``, central ``crop``, normalise."""

    resize: int
    crop: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True)
class Calibration:
    """How far the net's probabilities can be trusted on unseen pictures of its classes.

    Outputs divided by ``temperature`` give calibrated probabilities (Guo et al. 2017). An answer with a
    probability below ``doubtful_below`` is more likely wrong than right. Both were fitted on ``pictures``
    pictures. On ``measured`` others, a fraction ``doubtful_wrong`` of the answers below the threshold was
    wrong, and a fraction ``sure_right`` of the rest was right.
    """

    temperature: float
    doubtful_below: float
    doubtful_wrong: float
    sure_right: float
    pictures: int
    measured: int


@dataclass(frozen=True)
class Strangers:
    """Photos of things that are none of the net's classes; ``doubtful`` of the ``pictures`` got a doubtful answer.

    ``what`` describes them for the reader.
    """

    what: str
    pictures: int
    doubtful: int


@dataclass(frozen=True)
class ModelCard:
    """Describes a weights file. ``metrics`` are fractions in [0, 1] unless their name says otherwise.

    ``tried`` holds the figures of rejected alternatives by name; training may add to them. ``confusion``
    counts test pictures: one row per true class, one column per predicted class.
    """

    name: str
    architecture: dict[str, Any]
    classes: tuple[str, ...]
    data: str
    recipe: dict[str, Any]
    command: str
    metrics: dict[str, float]
    date: str
    versions: dict[str, str]
    sha256: str
    resolution: Resolution | None = None
    given: Given | None = None
    calibration: Calibration | None = None
    strangers: Strangers | None = None
    tried: dict[str, dict[str, float]] = field(default_factory=dict)
    confusion: tuple[tuple[int, ...], ...] = ()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def weights_suffix(path: Path) -> str:
    """Return the ending that marks the file as weights, or "" if it has none of them."""
    return next((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), "")


def weights_stem(path: Path) -> str:
    """Return the name of a weights file without that ending."""
    return path.name.removesuffix(path.name[len(path.name) - len(weights_suffix(path)) :])


def card_path(weights: Path) -> Path:
    """Return the path of the card next to the weights: ``NAME.pth.json`` if it exists, else ``NAME.json``."""
    own = weights.with_name(f"{weights.name}.json")
    return own if is_readable(own) else weights.with_name(f"{weights_stem(weights)}.json")


def save_weights(weights: Path, state: dict[str, Tensor], card: ModelCard) -> ModelCard:
    """Write the weights and their card; returns the card with the file's SHA-256 filled in."""
    weights.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}, weights)
    weights.chmod(0o644)  # safetensors makes it readable by its owner only
    card = ModelCard(**{**vars(card), "sha256": sha256_of(weights)})
    save_card(weights, card)
    return card


def save_card(weights: Path, card: ModelCard) -> None:
    """Write the card next to ``weights``."""
    card_path(weights).write_text(card_text(card), encoding="utf-8")


def card_text(card: ModelCard) -> str:
    """Return the card as JSON."""
    values = {name: value for name, value in asdict(card).items() if value or name not in OPTIONAL}
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def load_card(weights: Path) -> ModelCard:
    """Read the card next to ``weights``; raises ``UserError`` if it is missing or not a model card."""
    try:
        values = json.loads(card_path(weights).read_text(encoding="utf-8"))
        if unknown := values.keys() - {each.name for each in fields(ModelCard)}:
            raise ValueError(unknown)
        card = from_plain(values, ModelCard)
        architecture_from_dict(card.architecture)
        float(card.metrics["test_accuracy"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        log.info("A model card could not be read: %s", type(error).__name__)
        raise UserError(
            mark("The model card beside {name} is missing or damaged. Copy both again."), name=weights.stem
        ) from None
    return card


def halved(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Convert convolution and linear weights to float16, which halves the file; leave the rest alone.

    Biases and batch normalisation statistics are few, and the variances may be too small for float16.
    """
    return {name: value.half() if value.ndim > 1 else value for name, value in state.items()}


def load_weights(weights: Path, card: ModelCard) -> dict[str, Tensor]:
    """Read the tensors as float32; raises ``UserError`` if the file's SHA-256 differs from the card's."""
    if sha256_of(weights) != card.sha256:
        raise UserError(
            mark("The weights file {name} is damaged: its checksum is not the one on its card. Fetch it again."),
            name=weights.name,
        )
    return {name: value.float() if value.is_floating_point() else value for name, value in load_file(weights).items()}
