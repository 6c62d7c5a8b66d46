"""From a model card's plain values to the specification of a net; a new kind is one line here."""

from typing import Any

from resnet_edu.nets.cifar import CifarSpec
from resnet_edu.nets.imagenet import ImagenetSpec

Architecture = CifarSpec | ImagenetSpec

KINDS: dict[str, type[CifarSpec] | type[ImagenetSpec]] = {
    "cifar": CifarSpec,
    "torchvision": ImagenetSpec,
}


def architecture_from_dict(values: dict[str, Any]) -> Architecture:
    """The specification a card describes; raises ``KeyError`` for an unknown kind."""
    return KINDS[values["kind"]].from_dict(values)
