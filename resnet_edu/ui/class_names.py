"""The names of a net's classes in the reader's language."""

from functools import cache

from resnet_edu.nets.tiny_imagenet import CLASSES
from resnet_edu.ui.language import _, current
from resnet_edu.vision.catalogue import Net


def class_name(net: Net, name: str) -> str:
    """A class of a net; the same English word may mean another thing to another net (a crane lifts, or flies)."""
    if net.classes == tuple(each.en for each in CLASSES):
        return _tiny_imagenet(current())[name]
    return _(name)


@cache
def _tiny_imagenet(language: str) -> dict[str, str]:
    return {each.en: getattr(each, language) for each in CLASSES}
