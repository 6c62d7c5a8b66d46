"""A net's weights as safetensors, with a JSON model card beside them that says what they are."""

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
"""How a weights file may end, in capitals too."""
OPTIONAL = ("resolution", "given", "calibration", "strangers", "tried", "confusion")
"""A card leaves out what it has nothing to say of."""


@dataclass(frozen=True)
class Resolution:
    """What a net is given: pictures reduced to ``detail`` pixels a side, then enlarged to ``side``."""

    detail: int
    side: int


@dataclass(frozen=True)
class Given:
    """What a net is given, where its architecture doesn't say: ``resize``, then a central ``crop``, then normalised."""

    resize: int
    crop: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True)
class Calibration:
    """What the net's shares are worth for pictures of its classes that it was not trained on.

    Divided by ``temperature``, its outputs become shares that are as often right as they say (Guo et
    al. 2017). An answer whose share is below ``doubtful_below`` is more likely wrong than right. Both
    were fitted on ``pictures``. Of ``measured`` others the share ``doubtful_wrong`` of the answers
    below the bound was wrong, and the share ``sure_right`` of the rest was right.
    """

    temperature: float
    doubtful_below: float
    doubtful_wrong: float
    sure_right: float
    pictures: int
    measured: int


@dataclass(frozen=True)
class Strangers:
    """Photos of things that no class of the net names; of ``pictures`` so many were ``doubtful``.

    ``what`` says what they show, in words for the reader.
    """

    what: str
    pictures: int
    doubtful: int


@dataclass(frozen=True)
class ModelCard:
    """What a weights file is. ``metrics`` are fractions in [0, 1] unless their name says otherwise.

    ``tried`` are figures of what was not taken, by its name; whoever trains may add to them.
    ``confusion`` counts test pictures: a row for each class, in it a number for each class that was said.
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
    """The SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def weights_suffix(path: Path) -> str:
    """By which ending a file is one of weights; empty if by none."""
    return next((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), "")


def weights_stem(path: Path) -> str:
    """A weights file's name without that ending."""
    return path.name.removesuffix(path.name[len(path.name) - len(weights_suffix(path)) :])


def card_path(weights: Path) -> Path:
    """The card's place beside the weights: ``NAME.pth.json`` if it is there, else ``NAME.json``."""
    own = weights.with_name(f"{weights.name}.json")
    return own if is_readable(own) else weights.with_name(f"{weights_stem(weights)}.json")


def save_weights(weights: Path, state: dict[str, Tensor], card: ModelCard) -> ModelCard:
    """Write the weights and their card; returns the card with the file's SHA-256 filled in."""
    weights.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}, weights)
    weights.chmod(0o644)  # safetensors makes it readable by its owner alone
    card = ModelCard(**{**vars(card), "sha256": sha256_of(weights)})
    save_card(weights, card)
    return card


def save_card(weights: Path, card: ModelCard) -> None:
    """Write the card beside ``weights``."""
    card_path(weights).write_text(card_text(card), encoding="utf-8")


def card_text(card: ModelCard) -> str:
    """The card as JSON."""
    values = {name: value for name, value in asdict(card).items() if value or name not in OPTIONAL}
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def load_card(weights: Path) -> ModelCard:
    """Read the card beside ``weights``; raises ``UserError`` when it is missing or not a model card."""
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
    """Weights of convolutions and linear layers in float16, which halves a file; all else as it is.

    Biases and what batch normalisation keeps are few, and its variances may be very small.
    """
    return {name: value.half() if value.ndim > 1 else value for name, value in state.items()}


def load_weights(weights: Path, card: ModelCard) -> dict[str, Tensor]:
    """The tensors of a file whose SHA-256 is the card's, in float32; raises ``UserError`` when it is not."""
    if sha256_of(weights) != card.sha256:
        raise UserError(
            mark("The weights file {name} is damaged: its checksum is not the one on its card. Fetch it again."),
            name=weights.name,
        )
    return {name: value.float() if value.is_floating_point() else value for name, value in load_file(weights).items()}
