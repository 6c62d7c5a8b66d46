"""Turns the plain values on a model card into a net's specification. A new kind of net is one line here."""

from typing import Any

from resnet_edu.nets.cifar import CifarSpec
from resnet_edu.nets.imagenet import ImagenetSpec

Architecture = CifarSpec | ImagenetSpec

KINDS: dict[str, type[CifarSpec] | type[ImagenetSpec]] = {
    "cifar": CifarSpec,
    "torchvision": ImagenetSpec,
}


def architecture_from_dict(values: dict[str, Any]) -> Architecture:
    """Return the specification that a card describes; raises ``KeyError`` for an unknown kind."""
    return KINDS[values["kind"]].from_dict(values)
