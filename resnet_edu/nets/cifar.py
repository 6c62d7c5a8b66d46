"""The CIFAR-10 family of He15 section 4.2, plain and residual, for any depth 6n+2."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from torch import Tensor, nn

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.blocks import BasicBlock, Shortcut, conv3x3

STAGES = 3
IMAGE_SIZE = 32
CIFAR10_CLASSES = (
    mark("airplane"),
    mark("automobile"),
    mark("bird"),
    mark("cat"),
    mark("deer"),
    mark("dog"),
    mark("frog"),
    mark("horse"),
    mark("ship"),
    mark("truck"),
)
CIFAR10_MEAN = (0.4914, 0.4822, 0.4465)
"""Mean of each channel over the 50,000 training pictures, values in [0, 1]; computed."""
CIFAR10_STD = (0.2470, 0.2435, 0.2616)
"""Standard deviation of each channel over the training pictures; computed."""


class Family(StrEnum):
    """Whether a block adds its input to its output."""

    PLAIN = "plain"
    RESIDUAL = "residual"


@dataclass(frozen=True)
class CifarSpec:
    """Everything that determines a net of the family.

    ``depth`` counts convolutions and the linear layer: 6n+2 for n blocks a stage. ``width`` is the
    number of channels of the first stage; each later stage doubles it and halves height and width.
    Raises ``UserError`` for a depth that is not 6n+2.
    """

    family: Family = Family.RESIDUAL
    depth: int = 20
    shortcut: Shortcut = Shortcut.A
    classes: int = 10
    width: int = 16

    def __post_init__(self) -> None:
        if self.depth < 8 or (self.depth - 2) % 6:
            raise UserError(
                mark("A net of this family has 6n+2 layers (8, 14, 20, ...), not {depth}."),
                depth=self.depth,
            )

    @property
    def blocks_per_stage(self) -> int:
        """The n of 6n+2."""
        return (self.depth - 2) // 6

    @property
    def name(self) -> str:
        """Such as ``residual-20``, ``plain-56`` or ``residual-20-B``."""
        option = "" if self.family is Family.PLAIN or self.shortcut is Shortcut.A else f"-{self.shortcut}"
        return f"{self.family}-{self.depth}{option}"

    def build(self) -> "CifarNet":
        """The net with fresh weights."""
        return CifarNet(self)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a model card; ``from_dict`` reads them back."""
        return {"kind": "cifar", **{k: _plain(v) for k, v in asdict(self).items()}}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "CifarSpec":
        """The inverse of ``as_dict``."""
        return cls(
            family=Family(values["family"]),
            depth=int(values["depth"]),
            shortcut=Shortcut(values["shortcut"]),
            classes=int(values["classes"]),
            width=int(values["width"]),
        )


def _plain(value: int | str) -> int | str:
    return str(value) if isinstance(value, str) else value


class CifarNet(nn.Module):
    """A plain or residual net for 32x32 pictures, weights after He et al. (arXiv:1502.01852).

    Layers carry the names of published checkpoints: conv1, bn1, layer1..3.N.conv1/bn1/conv2/bn2,
    linear.
    """

    def __init__(self, spec: CifarSpec) -> None:
        super().__init__()
        self.spec = spec
        widths = [spec.width * 2**stage for stage in range(STAGES)]
        self.conv1 = conv3x3(3, spec.width)
        self.bn1 = nn.BatchNorm2d(spec.width)
        self.relu = nn.ReLU()
        self.layer1 = self._stage(spec.width, widths[0], stride=1)
        self.layer2 = self._stage(widths[0], widths[1], stride=2)
        self.layer3 = self._stage(widths[1], widths[2], stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(widths[2], spec.classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def _stage(self, channels_in: int, channels_out: int, stride: int) -> nn.Sequential:
        shortcut = None if self.spec.family is Family.PLAIN else self.spec.shortcut
        first = BasicBlock(channels_in, channels_out, stride, shortcut)
        rest = [BasicBlock(channels_out, channels_out, 1, shortcut) for _ in range(self.spec.blocks_per_stage - 1)]
        return nn.Sequential(first, *rest)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, 32, 32) pictures -> (N, classes) logits."""
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        logits: Tensor = self.linear(self.pool(x).flatten(1))
        return logits
