"""Data sets as records and cards describe them, in the reader's language."""

import re

from resnet_edu.ui.text.language import _

PART = re.compile(r"(.+), ([\d,]+) of its ([\d,]+) pictures")
"""What ``Dataset.description`` says of an incomplete copy."""


def data_name(description: str) -> str:
    """Return the data set's name and, of an incomplete copy, its size."""
    part = PART.fullmatch(description)
    if part is None:
        return _(description)
    name, here, published = part.groups()
    return _("{data}, {here} of its {published} pictures", data=_(name), here=here, published=published)
