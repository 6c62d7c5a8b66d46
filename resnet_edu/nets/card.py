"""A net's weights as safetensors, with a JSON model card beside them that says what they are."""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.architecture import architecture_from_dict

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelCard:
    """What a weights file is. ``metrics`` are fractions in [0, 1] unless their name says otherwise."""

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


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def card_path(weights: Path) -> Path:
    """The card's place: beside the weights, with ``.json`` for ``.safetensors``."""
    return weights.with_suffix(".json")


def save_weights(weights: Path, state: dict[str, Tensor], card: ModelCard) -> ModelCard:
    """Write the weights and their card; returns the card with the file's SHA-256 filled in."""
    weights.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}, weights)
    weights.chmod(0o644)  # safetensors makes it readable by its owner alone
    card = ModelCard(**{**vars(card), "sha256": sha256_of(weights)})
    card_path(weights).write_text(json.dumps(asdict(card), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return card


def load_card(weights: Path) -> ModelCard:
    """Read the card beside ``weights``; raises ``UserError`` when it is missing or not a model card."""
    try:
        values = json.loads(card_path(weights).read_text(encoding="utf-8"))
        card = ModelCard(**{**values, "classes": tuple(map(str, values["classes"]))})
        architecture_from_dict(card.architecture)
        float(card.metrics["test_accuracy"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        log.info("A model card could not be read: %s", type(error).__name__)
        raise UserError(
            mark("The model card beside {name} is missing or damaged. Copy both again."), name=weights.stem
        ) from None
    return card


def load_weights(weights: Path, card: ModelCard) -> dict[str, Tensor]:
    """The tensors of a file whose SHA-256 is the card's; raises ``UserError`` when it is not."""
    if sha256_of(weights) != card.sha256:
        raise UserError(
            mark("The weights file {name} is damaged: its checksum is not the one on its card. Fetch it again."),
            name=weights.name,
        )
    return load_file(weights)
