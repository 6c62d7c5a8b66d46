"""The ResNet inside detectors: torchvision's own counts, and the maps C2 to C5 as they come out."""

import pytest
import torch
from torchvision.models import get_model, get_model_weights
from torchvision.models.detection.backbone_utils import BackboneWithFPN, resnet_fpn_backbone

from resnet_edu.measure.backbones import levels, pyramid_sums, weighed
from resnet_edu.nets.detectors import NETS


@pytest.mark.parametrize("name", NETS)
def test_a_net_has_the_parameters_that_torchvision_states(name: str) -> None:
    net = weighed(name)
    assert net.total - net.frozen == get_model_weights(name).DEFAULT.meta["num_params"]
    assert (net.pyramid > 0) == ("fpn" in name)


def test_the_backbone_is_a_resnet_50_without_its_classifier() -> None:
    with torch.device("meta"):
        whole = get_model("resnet50", weights=None)
    without = sum(each.numel() for each in whole.parameters()) - whole.fc.weight.numel() - whole.fc.bias.numel()
    assert {weighed(name).backbone for name in NETS} == {without}


def test_levels_and_sums_are_those_of_torchvisions_pyramid() -> None:
    with torch.device("meta"):
        net: BackboneWithFPN = resnet_fpn_backbone(backbone_name="resnet50", weights=None)
        maps = net.body(torch.empty(1, 3, 512, 512))
        pyramid = net(torch.empty(1, 3, 512, 512))
    assert [(each.channels, each.side(512)) for each in levels()] == [tuple(x.shape[1:3]) for x in maps.values()]
    assert pyramid_sums(512) == {f"P{at + 2}": pyramid[str(at)].numel() for at in (2, 1, 0)}
    assert [each.field.size for each in levels()] == [35, 91, 267, 427]


def test_what_an_object_covers_halves_from_map_to_map() -> None:
    assert [each.covered(64) for each in levels()] == [16, 8, 4, 2]
    assert levels()[-1].covered(16) == 0.5
