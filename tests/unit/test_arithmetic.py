"""The arithmetic of one number: the written-out terms give exactly the value in the net's map."""

import io

import pytest
import torch
from PIL import Image

from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.blocks import Shortcut
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.nets.outline import places
from resnet_edu.vision.arithmetic import Carried, Products, Summed, WorkOut, operations_of, shapes_in
from resnet_edu.vision.feature_maps import capture, place_of
from resnet_edu.vision.seen import given_to

from .test_feature_maps import CAT, random_net

KINDS = [
    CifarSpec(depth=14),
    CifarSpec(Family.PLAIN, 14),
    CifarSpec(Family.PRE_ACTIVATION, 14, shortcut=Shortcut.B),
    ImagenetSpec("resnet18"),
    ImagenetSpec("resnext50_32x4d"),
]


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.name)
def test_what_is_written_out_is_the_value_in_the_map(spec: Architecture) -> None:
    net, loaded = random_net(spec)
    shapes = shapes_in(spec, net.preprocessing.crop)
    for layer in (places(spec)[0].name, "layer1.0", "layer2.0", places(spec)[-1].name):
        for operation in operations_of(spec, layer):
            channels, height, width = shapes[operation.name]
            for unit in (None, (0, 0, 0), (channels - 1, height - 1, width - 1), (channels // 2, height // 2, 0)):
                worked = WorkOut(net, CAT, layer, operation.name, unit).run(loaded)
                assert worked.map.shape == (height, width)
                assert unit in (None, worked.unit)
                assert worked.terms.value == pytest.approx(worked.value, rel=1e-4, abs=2e-5), operation


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.name)
def test_the_last_operations_map_is_the_one_that_the_net_passes_on(spec: Architecture) -> None:
    net, loaded = random_net(spec)
    for layer in (each.name for each in places(spec)[:: max(1, len(places(spec)) // 4)]):
        worked = WorkOut(net, CAT, layer, operations_of(spec, layer)[-1].name).run(loaded)
        maps = capture(loaded, given_to(net, CAT), place_of(spec, layer))
        assert torch.allclose(worked.map, maps[worked.unit[0]], rtol=1e-4, atol=1e-5)
        assert worked.unit[0] == int(maps.flatten(1).var(1, unbiased=False).argmax())


def test_the_shortcut_brings_the_blocks_input_itself() -> None:
    net, loaded = random_net(CifarSpec(depth=14))
    before = capture(loaded, given_to(net, CAT), place_of(net.architecture, "layer1.0"))
    worked = WorkOut(net, CAT, "layer1.1", "layer1.1.add", (3, 5, 7)).run(loaded)
    assert isinstance(worked.terms, Summed)
    assert worked.terms.shortcut == float(before[3, 5, 7])
    new = WorkOut(net, CAT, "layer2.0", "layer2.0.shortcut", (0, 1, 1)).run(loaded).terms
    old = WorkOut(net, CAT, "layer2.0", "layer2.0.shortcut", (8, 1, 2)).run(loaded).terms
    assert (new, old) == (Carried(0.0, None), Carried(old.value, (0, 2, 4)))


def test_a_unit_that_is_not_there_gives_way_to_the_strongest() -> None:
    net, loaded = random_net(CifarSpec(depth=14))
    ask = ("layer3.1", "layer3.1.conv1")
    assert WorkOut(net, CAT, *ask, (64, 0, 0)).run(loaded).unit == WorkOut(net, CAT, *ask).run(loaded).unit


def test_the_first_layers_filters_come_as_colours() -> None:
    net, loaded = random_net(ImagenetSpec("resnet18"))
    terms = WorkOut(net, CAT, "stem", "conv1").run(loaded).terms
    assert isinstance(terms, Products)
    assert Image.open(io.BytesIO(terms.filters)).size == (8 * 7, 8 * 7)
    assert terms.columns == 8
    deeper = WorkOut(net, CAT, "layer1.0", "layer1.0.conv1").run(loaded).terms
    assert isinstance(deeper, Products)
    assert not deeper.filters


@pytest.mark.parametrize("spec", [ImagenetSpec("densenet121"), CifarSpec(Family.HIGHWAY, 14)], ids=lambda s: s.name)
def test_a_net_whose_layers_are_no_chain_has_no_operations(spec: Architecture) -> None:
    assert operations_of(spec, "layer1.0") == ()
