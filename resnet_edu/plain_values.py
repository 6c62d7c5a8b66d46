"""From the plain values of JSON and checkpoints to frozen dataclasses; ``dataclasses.asdict`` goes the other way."""

import json
from pathlib import Path
from typing import Any, TypeVar

from cattrs import Converter

ValueT = TypeVar("ValueT")

_CONVERTER = Converter(detailed_validation=False)


def from_plain(values: Any, kind: type[ValueT]) -> ValueT:
    """Build a ``kind`` by its type hints: tuples from lists, numbers from JSON's keys, enumerations from their values.

    A missing field takes its default, an unknown one is ignored. Raises ``TypeError``, ``ValueError``
    or ``KeyError`` where the values don't fit.
    """
    return _CONVERTER.structure(values, kind)


def read_json(path: Path, kind: type[ValueT]) -> ValueT:
    """The dataclass that a JSON file holds; raises what ``from_plain`` raises, and ``OSError``."""
    return from_plain(json.loads(path.read_text(encoding="utf-8")), kind)
