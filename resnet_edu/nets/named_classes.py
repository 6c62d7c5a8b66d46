"""The classes of a data set, with an everyday name in each of the app's languages."""

import json
from dataclasses import dataclass

from resnet_edu.paths import CLASSES


@dataclass(frozen=True)
class NamedClass:
    """A class by its WordNet id, with an everyday name in each of the app's languages."""

    wnid: str
    names: dict[str, str]

    @property
    def en(self) -> str:
        """The English name, which nets and model cards use for the class."""
        return self.names["en"]


def named_classes(data_set: str) -> tuple[NamedClass, ...]:
    """Read ``assets/classes/DATA_SET.json``, in the order of a net's outputs: by WordNet id."""
    rows = json.loads((CLASSES / f"{data_set}.json").read_text(encoding="utf-8"))
    return tuple(NamedClass(row.pop("wnid"), row) for row in rows)
