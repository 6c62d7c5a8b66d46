"""The classes of a data set, with an everyday name each."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from resnet_edu.paths import CLASSES


@dataclass(frozen=True)
class NamedClass:
    """A class by its WordNet id, and the everyday English name that nets and model cards use for it.

    The id is the context of the name's translation, because a crane is a machine or a bird.
    """

    wnid: str
    en: str


def named_classes(data_set: str) -> tuple[NamedClass, ...]:
    """Read ``assets/classes/DATA_SET.json``, in the order of a net's outputs: by WordNet id."""
    rows = json.loads((CLASSES / f"{data_set}.json").read_text(encoding="utf-8"))
    return tuple(NamedClass(**row) for row in rows)


def extract(file: BinaryIO, *asked: object, **options: object) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """Yield every class of such a file, with its context, for Babel."""
    for row in json.load(file):
        yield 0, "pgettext", (row["wnid"], row["en"]), []
