"""torchvision's family: the catalogue states what torchvision states."""

import pytest
import torch

from resnet_edu.nets.imagenet import NAMES, ImagenetSpec, pretrained_weights

# torchvision 0.29 documentation, "Table of all available classification weights"
PARAMETERS = {"resnet18": 11_689_512, "resnet34": 21_797_672, "resnet50": 25_557_032, "resnet152": 60_192_808}
DEPTHS = dict(zip(NAMES, (18, 34, 50, 101, 152, 50, 101, 50, 101, 121), strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_built_nets_have_the_published_parameters_and_depth(name: str) -> None:
    spec = ImagenetSpec(name)
    with torch.device("meta"):
        parameters = sum(p.numel() for p in spec.build().parameters())
    assert {w.meta["num_params"] for w in pretrained_weights(name)} == {parameters}
    assert PARAMETERS.get(name, parameters) == parameters
    assert spec.depth == DEPTHS[name]


def test_spec_survives_the_model_card() -> None:
    spec = ImagenetSpec("resnet18", 200)
    assert ImagenetSpec.from_dict(spec.as_dict()) == spec
