"""Every class of ImageNet and Tiny ImageNet has a unique name in each language."""

import re

import pytest

from resnet_edu.nets import imagenet, tiny_imagenet
from resnet_edu.nets.imagenet import NAMES, pretrained_weights
from resnet_edu.nets.named_classes import NamedClass
from resnet_edu.ui.text.language import LANGUAGES, name_of

DATA_SETS = [imagenet.CLASSES, tiny_imagenet.CLASSES]
IN_BRACKETS = re.compile(r"（([^（）]+)）$")
"""The English word next to a Chinese one that could mean another class."""


@pytest.mark.parametrize(("classes", "count"), list(zip(DATA_SETS, (1000, 200), strict=True)))
def test_the_classes_are_in_the_order_of_their_wordnet_ids(classes: tuple[NamedClass, ...], count: int) -> None:
    wnids = [each.wnid for each in classes]
    assert len(wnids) == count
    assert wnids == sorted(set(wnids))


def test_imagenet_is_named_as_torchvision_names_it() -> None:
    names = [each.en for each in imagenet.CLASSES]
    assert all(weights.meta["categories"] == names for net in NAMES for weights in pretrained_weights(net))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("classes", DATA_SETS)
def test_every_name_is_one_everyday_name_of_its_own(classes: tuple[NamedClass, ...], language: str) -> None:
    names = [name_of(each, language) for each in classes]
    assert len(set(names)) == len(names)
    assert not any(mark in IN_BRACKETS.sub("", name) for name in names for mark in ",;/，、；（(")
    assert all(name == name.strip() and name for name in names)


@pytest.mark.parametrize("classes", DATA_SETS)
def test_chinese_names_are_chinese(classes: tuple[NamedClass, ...]) -> None:
    names = {name_of(each, "zh") for each in classes}
    assert {name for name in names if not re.search("[一-鿿]", name)} == {"iPod"}
    latin = {name for name in names if re.search("[A-Za-z]", IN_BRACKETS.sub("", name))}
    assert latin <= {"iPod", "CD 播放机", "福特 T 型车"}


def test_a_word_beside_a_chinese_name_is_the_english_name_of_its_class() -> None:
    doubtful = {each.en: found[1] for each in imagenet.CLASSES if (found := IN_BRACKETS.search(name_of(each, "zh")))}
    assert doubtful
    assert all(beside == name for name, beside in doubtful.items())


def test_what_english_calls_by_one_word_is_two_things_in_chinese() -> None:
    """A bird and a machine, an animal and a device: names follow the WordNet id, not the English word."""
    named = {each.wnid: name_of(each, "zh") for each in imagenet.CLASSES}
    assert (named["n02012849"], named["n03126707"]) == ("鹤", "起重机")  # crane
    assert (named["n02879718"], named["n02883205"]) == ("弓", "领结")  # bow, bow tie
    assert (named["n02108089"], named["n03793489"]) == ("拳师犬", "鼠标")  # boxer, mouse
    assert (named["n01608432"], named["n01847000"]) == ("鸢", "公鸭")  # kite, drake
    assert (named["n03782006"], named["n03947888"]) == ("显示器", "海盗船")  # monitor, pirate
    assert (named["n03954731"], named["n03991062"]) == ("刨子", "花盆")  # plane, pot


def test_a_class_that_both_data_sets_call_the_same_has_one_chinese_name() -> None:
    of_imagenet = {each.wnid: name_of(each, "zh") for each in imagenet.CLASSES}
    shared = [each for each in tiny_imagenet.CLASSES if each.wnid in of_imagenet]
    other = {each.en for each in shared if name_of(each, "zh") != of_imagenet[each.wnid]}
    assert len(shared) == 200
    assert other == {"missile"}  # ImageNet has projectile and missile, and one of them is 导弹
