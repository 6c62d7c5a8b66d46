"""VGG (Simonyan14), the net He15 compares with: plain 3x3 convolutions and large linear layers."""

from dataclasses import dataclass

from torch import nn

from resnet_edu.nets.layers import Activate, Conv, Flatten, Layer, Linear, MaxPool, Norm, Shape
from resnet_edu.nets.operations import INPUT, Graph, Operation
from resnet_edu.nets.plan import Plan, Section

CHANNELS = (64, 128, 256, 512, 512)
FEATURES = 4096
LAST_SIDE = 7


@dataclass(frozen=True)
class PoolTo(Layer):
    """Average pooling to ``side`` x ``side`` pixels, whatever the input's size."""

    side: int

    def shape(self, *inputs: Shape) -> Shape:
        """(C, H, W) -> (C, side, side)."""
        (x,) = inputs
        return x[0], self.side, self.side

    def module(self) -> nn.Module:
        """Return torch's own adaptive average pooling."""
        return nn.AdaptiveAvgPool2d(self.side)


@dataclass(frozen=True)
class VggSpec:
    """The number of convolutions in each stage; layers have torchvision's names.

    Dropout is left out, because it has no weights and changes no shape.
    """

    convolutions: tuple[int, ...]
    normalised: bool = False
    classes: int = 1000
    size: int = 224

    @property
    def shape(self) -> Shape:
        """The shape of one picture."""
        return 3, self.size, self.size

    def plan(self) -> Plan:
        """Return the net's graph and sections; each stage ends with max pooling."""
        operations: list[Operation] = []

        def append(name: str, layer: Layer) -> str:
            start = operations[-1].name if operations else INPUT
            operations.append(Operation(name, layer, (start,)))
            return name

        sections = []
        channels, index = 3, 0
        for stage, (count, width) in enumerate(zip(self.convolutions, CHANNELS, strict=True), 1):
            for number in range(count):
                layers: list[Layer] = [Conv(channels, width, bias=True)]
                layers += [Norm(width)] if self.normalised else []
                layers += [Activate(), *([MaxPool(2, 2)] if number == count - 1 else [])]
                names = tuple(append(f"features.{index + step}", layer) for step, layer in enumerate(layers))
                sections.append(Section(f"stage{stage}", f"stage{stage}.{number}", names))
                channels, index = width, index + len(layers)
        head: tuple[tuple[str, Layer], ...] = (
            ("avgpool", PoolTo(LAST_SIDE)),
            ("flatten", Flatten()),
            ("classifier.0", Linear(channels * LAST_SIDE**2, FEATURES)),
            ("classifier.1", Activate()),
            ("classifier.3", Linear(FEATURES, FEATURES)),
            ("classifier.4", Activate()),
            ("classifier.6", Linear(FEATURES, self.classes)),
        )
        names = tuple(append(name, layer) for name, layer in head)
        return Plan(Graph(tuple(operations)), (*sections, Section("head", "", names)))


VGG_16 = (2, 2, 3, 3, 3)
VGG_19 = (2, 2, 4, 4, 4)
