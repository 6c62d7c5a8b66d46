"""torchvision's detectors and segmentation nets whose backbone is a ResNet-50."""

from dataclasses import dataclass
from functools import cache

from torch import nn
from torchvision.models import WeightsEnum, get_model, get_model_weights
from torchvision.ops import FrozenBatchNorm2d


@dataclass(frozen=True)
class DetectorSpec:
    """One of them, by torchvision's name; ``title`` is the papers'."""

    model: str
    title: str

    @property
    def finds_boxes(self) -> bool:
        """Whether it finds objects, on a feature pyramid; the others give every pixel a class."""
        return self.model.endswith("_fpn")

    @property
    def weights(self) -> WeightsEnum:
        """torchvision's weights, the first version, and what it states about them."""
        return get_model_weights(self.model).DEFAULT

    @property
    def file(self) -> str:
        """The name of the file with the weights."""
        return str(self.weights.url.rsplit("/", 1)[1])

    def build(self) -> nn.Module:
        """Return the net with fresh weights, and as many classes as its published weights have.

        A detector's normalisations are frozen and add nothing to the variance, as torchvision sets them for its
        published weights alone.
        """
        more = {} if self.finds_boxes else {"aux_loss": True}
        classes = len(self.weights.meta["categories"])
        net: nn.Module = get_model(self.model, weights=None, weights_backbone=None, num_classes=classes, **more)
        if self.finds_boxes:
            freeze(net)
        return net


def freeze(net: nn.Module) -> None:
    """Replace batch normalisations by frozen ones without an epsilon."""
    for parent in list(net.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(parent, name, FrozenBatchNorm2d(child.num_features, eps=0.0))


NETS = {
    each.model: each
    for each in (
        DetectorSpec("fasterrcnn_resnet50_fpn", "Faster R-CNN"),
        DetectorSpec("maskrcnn_resnet50_fpn", "Mask R-CNN"),
        DetectorSpec("retinanet_resnet50_fpn", "RetinaNet"),
        DetectorSpec("fcn_resnet50", "FCN"),
        DetectorSpec("deeplabv3_resnet50", "DeepLabv3"),
    )
}


@cache
def files() -> frozenset[str]:
    """Return the names of all their files."""
    return frozenset(each.file for each in NETS.values())
