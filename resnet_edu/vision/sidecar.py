"""A small file next to a weights file, in which its owner states what weights files don't contain."""

import json
import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from resnet_edu.errors import Listed, UserError, mark
from resnet_edu.nets.card import card_path
from resnet_edu.vision.names import plain

CHANNELS = 3


@dataclass(frozen=True)
class Sidecar:
    """What is stated about a net; None for anything that isn't.

    ``mean`` and ``std`` are per colour channel of the training pictures, for values in [0, 1]. ``accuracy``
    is a top-1 fraction on ``data``.
    """

    classes: tuple[str, ...] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    accuracy: float | None = None
    data: str = ""


KEYS = tuple(field.name for field in fields(Sidecar))


def read_sidecar(weights: Path, classes: int) -> Sidecar | None:
    """Read what is stated about a net with ``classes`` classes; None if the file is a model card instead.

    Raises ``UserError`` that says what doesn't fit. Names are stripped of markup.
    """
    path = card_path(weights)
    if not path.is_file():
        return Sidecar()
    values = _object(path)
    if "architecture" in values:
        return None
    name = plain(path.name)
    for key in values:
        if key not in KEYS:
            raise UserError(
                mark("{file} has an unknown entry, {key}. Allowed: {keys}."),
                file=name,
                key=plain(key),
                keys=Listed(KEYS),
            )
    return Sidecar(
        classes=_classes(name, values["classes"], classes) if "classes" in values else None,
        mean=_colour(name, "mean", values["mean"]) if "mean" in values else None,
        std=_colour(name, "std", values["std"]) if "std" in values else None,
        accuracy=_accuracy(name, values["accuracy"]) if "accuracy" in values else None,
        data=plain(str(values.get("data", ""))),
    )


def _object(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise UserError(
            mark("{file} cannot be read. It should be a model card, or as little as {example}."),
            file=plain(path.name),
            example='{"classes": ["cat", "dog"]}',
        )
    return values


def _classes(file: str, names: object, expected: int) -> tuple[str, ...]:
    if not isinstance(names, list) or len(names) != expected or len(set(map(str, names))) != expected:
        raise UserError(
            mark("{file} should name {expected} different classes, as many as the net has."),
            file=file,
            expected=expected,
        )
    return tuple(plain(str(name)) for name in names)


def _colour(file: str, key: str, values: object) -> tuple[float, ...]:
    numbers = tuple(values) if isinstance(values, list) else ()
    if len(numbers) != CHANNELS or not all(_is_share(value) for value in numbers) or (key == "std" and 0 in numbers):
        raise UserError(
            mark("{key} in {file} should be three numbers, for red, green and blue between 0 and 1."),
            key=key,
            file=file,
        )
    return tuple(map(float, numbers))


def _accuracy(file: str, value: object) -> float:
    if not _is_share(value):
        raise UserError(mark("accuracy in {file} should be a number between 0 and 1, such as 0.92."), file=file)
    return float(value)  # type: ignore[arg-type]  # checked just above


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 1
