"""A picture's way through a net: equal to plain passes, with and without its blocks, on every kind of net."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.nets.outline import places
from resnet_edu.vision.feature_maps import LEVELS, capture, place_of
from resnet_edu.vision.journey import FollowPicture, StrongestMap
from resnet_edu.vision.knocked_out import Without
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.seen import given_to

from .test_feature_maps import CAT, random_net

KINDS = [
    *(CifarSpec(family, 14) for family in Family),
    ImagenetSpec("resnet18", 10),
    ImagenetSpec("resnet50", 10),
    ImagenetSpec("densenet121", 10),
]


def unpacked(found: StrongestMap) -> torch.Tensor:
    grey = torch.from_numpy(np.array(Image.open(io.BytesIO(found.picture)))).float()
    return found.low + grey / LEVELS * (found.high - found.low)


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.name)
def test_every_stop_shows_the_map_that_varies_most(spec: Architecture) -> None:
    net, loaded = random_net(spec)
    journey = FollowPicture(net, CAT).run(loaded)
    assert [stop.place for stop in journey.stops] == list(places(spec))
    assert journey.prediction.top == Predict(net, CAT).run(loaded).top
    for stop in journey.stops[:: max(1, len(journey.stops) // 6)]:
        maps = capture(loaded, given_to(net, CAT), place_of(spec, stop.place.name))
        assert stop.map.shape == tuple(maps.shape)
        assert stop.map.channel == int(maps.flatten(1).var(1, unbiased=False).argmax())
        step = (stop.map.high - stop.map.low) / LEVELS
        assert torch.allclose(unpacked(stop.map), maps[stop.map.channel], atol=step)


@pytest.mark.parametrize(
    "spec",
    [CifarSpec(depth=14), CifarSpec(Family.PRE_ACTIVATION, 14), ImagenetSpec("resnet18", 10)],
    ids=lambda s: s.name,
)
def test_a_block_that_is_off_passes_on_what_its_shortcut_carries(spec: Architecture) -> None:
    net, loaded = random_net(spec)
    last = places(spec)[-1]
    deleted = frozenset({"layer1.1", "layer2.0", last.name})  # two of them in a row
    journey = FollowPicture(net, CAT, deleted).run(loaded)
    stops = {stop.place.name: stop for stop in journey.stops}
    assert {name for name, stop in stops.items() if stop.off} == deleted
    assert stops["layer1.1"].map == stops["layer1.0"].map  # with the branch off, a ReLU's output passes unchanged
    assert stops[last.name].map.shape == stops[f"layer{last.stage}.0"].map.shape
    assert journey.prediction.top == Without(net, CAT, deleted).run(loaded).top
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in loaded.model.modules())
