"""The ImageNet family from torchvision; every figure is read from its weight enums."""

import re
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torchvision.models import DenseNet, WeightsEnum, get_model, get_model_weights

from resnet_edu.nets.named_classes import named_classes
from resnet_edu.plain_values import from_plain

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
CLASSES = named_classes("imagenet")
"""All 1000 classes; their English names are torchvision's."""
NAMES = (
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnext50_32x4d",
    "resnext101_32x8d",
    "wide_resnet50_2",
    "wide_resnet101_2",
    "densenet121",
)


@dataclass(frozen=True)
class ImagenetSpec:
    """One of torchvision's nets. Its bottlenecks are v1.5: the stride is in the 3x3 convolution."""

    model: str
    classes: int = 1000

    def __post_init__(self) -> None:
        if self.model not in NAMES:
            raise ValueError(self.model)

    @property
    def depth(self) -> int:
        """The number of weighted layers, as given in the net's name."""
        found = re.search(r"\d+", self.model)
        if found is None:
            raise ValueError(self.model)
        return int(found.group())

    @property
    def name(self) -> str:
        """torchvision's name of the net."""
        return self.model

    def build(self) -> nn.Module:
        """Return the net with fresh weights."""
        if self.model == "densenet121":
            return HookedDenseNet(num_classes=self.classes)
        net: nn.Module = get_model(self.model, weights=None, num_classes=self.classes)
        return net

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for a model card."""
        return {"kind": "torchvision", "model": self.model, "classes": self.classes}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ImagenetSpec":
        """Invert ``as_dict``."""
        return from_plain(values, cls)


class HookedDenseNet(DenseNet):  # type: ignore[misc]  # torchvision is untyped
    """torchvision's DenseNet-121 with its last ReLU as a module, because hooks don't see functions."""

    def __init__(self, num_classes: int) -> None:
        super().__init__(num_classes=num_classes)
        self.features.add_module("relu5", nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, classes) logits."""
        logits: Tensor = self.classifier(self.features(x).mean((2, 3)))
        return logits


def pretrained_weights(model: str) -> tuple[WeightsEnum, ...]:
    """Return all weights that torchvision publishes for a net, oldest recipe first."""
    return tuple(get_model_weights(model))
