"""The names of a net's classes in the reader's language."""

from functools import lru_cache

from resnet_edu.nets import imagenet, tiny_imagenet
from resnet_edu.ui.text.language import current, name_of, translated
from resnet_edu.vision.catalogue import Net

NAMED = {tuple(each.en for each in classes): classes for classes in (imagenet.CLASSES, tiny_imagenet.CLASSES)}


def class_name(net: Net, name: str) -> str:
    """Return a class's name; the same English word can differ between nets (a crane is a machine or a bird)."""
    return class_names(net)[name]


def class_names(net: Net) -> dict[str, str]:
    """All its classes, by their source names."""
    return names_in(net, current())


def names_in(net: Net, language: str) -> dict[str, str]:
    """The same in a language of the app's; whoever taught a net in this session has named its classes."""
    return {name: name for name in net.classes} if net.learned else _names(net.classes, language)


@lru_cache(maxsize=64)
def _names(classes: tuple[str, ...], language: str) -> dict[str, str]:
    if classes in NAMED:
        return {each.en: name_of(each, language) for each in NAMED[classes]}
    return {name: translated(name, language) for name in classes}
