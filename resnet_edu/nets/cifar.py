"""The CIFAR-10 family of He15 section 4.2, plain and residual, for any depth 6n+2."""

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor, nn

from resnet_edu.errors import mark
from resnet_edu.nets.blocks import (
    Activation,
    BasicBlock,
    HighwayBlock,
    LayerOptions,
    Normalisation,
    PreActivationBlock,
    Shortcut,
)
from resnet_edu.nets.vocabulary import SHAPE_CHANGING, check_depth
from resnet_edu.nets.vocabulary import Family as Family
from resnet_edu.nets.vocabulary import Initialisation as Initialisation
from resnet_edu.plain_values import from_plain

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
"""Mean of each channel over the 50,000 training pictures, with values in [0, 1]; computed."""
CIFAR10_STD = (0.2470, 0.2435, 0.2616)
"""Standard deviation of each channel over the training pictures; computed."""


@dataclass(frozen=True)
class CifarSpec:
    """Everything that determines a net of the family.

    ``depth`` counts the convolutions and the linear layer: 6n+2 for n blocks per stage. ``width`` is the
    number of channels of the first stage; each later stage doubles it and halves height and width. ``sigma``
    is used only by the Gaussian initialisation. ``zero_last`` initialises the last scale of every block to
    zero (or the last convolution's weights if no scale follows it), so that a residual block starts as the
    identity. Raises ``UserError`` for a depth that is not 6n+2.
    """

    family: Family = Family.RESIDUAL
    depth: int = 20
    shortcut: Shortcut = Shortcut.A
    classes: int = 10
    width: int = 16
    normalisation: Normalisation = Normalisation.BATCH
    activation: Activation = Activation.RELU
    initialisation: Initialisation = Initialisation.HE
    sigma: float = 0.01
    zero_last: bool = False

    def __post_init__(self) -> None:
        check_depth(self.depth)
        if self.shortcut not in SHAPE_CHANGING:
            raise ValueError(f"{self.shortcut} is no shortcut for blocks that change the shape")

    @property
    def blocks_per_stage(self) -> int:
        """The n of 6n+2."""
        return (self.depth - 2) // 6

    @property
    def name(self) -> str:
        """The net's short name, such as ``residual-20``, ``plain-56`` or ``residual-20-B``."""
        option = "" if self.family is Family.PLAIN or self.shortcut is Shortcut.A else f"-{self.shortcut}"
        return f"{self.family}-{self.depth}{option}"

    def build(self) -> "CifarNet":
        """Return the net with fresh weights."""
        return CifarNet(self)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for a model card; ``from_dict`` reads them back."""
        return {"kind": "cifar", **{k: _plain(v) for k, v in asdict(self).items()}}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "CifarSpec":
        """Invert ``as_dict``; fields missing from an older card take their defaults."""
        return from_plain(values, cls)


def is_plain(architecture: object) -> bool:
    """Return whether the architecture is a net of this family without shortcuts."""
    return isinstance(architecture, CifarSpec) and architecture.family is Family.PLAIN


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, StrEnum) else value


class CifarNet(nn.Module):
    """A CIFAR net for 32x32 pictures, initialised as ``spec`` says.

    Layers have the names used in published checkpoints: conv1, bn1, layer1..3.N.conv1/bn1/conv2/bn2, linear.
    """

    def __init__(self, spec: CifarSpec) -> None:
        super().__init__()
        self.spec = spec
        self.layers = LayerOptions(spec.normalisation, spec.activation)
        pre_activation = spec.family is Family.PRE_ACTIVATION
        widths = [spec.width * 2**stage for stage in range(STAGES)]
        self.conv1 = self.layers.conv(3, spec.width)
        self.bn1 = nn.Identity() if pre_activation else self.layers.norm(spec.width)
        self.act1 = nn.Identity() if pre_activation else self.layers.activate()
        self.layer1 = self._stage(spec.width, widths[0], stride=1)
        self.layer2 = self._stage(widths[0], widths[1], stride=2)
        self.layer3 = self._stage(widths[1], widths[2], stride=2)
        self.bn2 = self.layers.norm(widths[2]) if pre_activation else nn.Identity()
        self.act2 = self.layers.activate() if pre_activation else nn.Identity()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(widths[2], spec.classes)
        initialise(self, spec)

    def _stage(self, channels_in: int, channels_out: int, stride: int) -> nn.Sequential:
        rest = range(self.spec.blocks_per_stage - 1)
        return nn.Sequential(
            self._block(channels_in, channels_out, stride),
            *(self._block(channels_out, channels_out, 1) for _ in rest),
        )

    def _block(self, channels_in: int, channels_out: int, stride: int) -> nn.Module:
        if self.spec.family is Family.HIGHWAY:
            return HighwayBlock(channels_in, channels_out, stride, self.layers)
        if self.spec.family is Family.PRE_ACTIVATION:
            return PreActivationBlock(channels_in, channels_out, stride, self.spec.shortcut, self.layers)
        shortcut = Shortcut.NONE if self.spec.family is Family.PLAIN else self.spec.shortcut
        return BasicBlock(channels_in, channels_out, stride, shortcut, self.layers)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, 32, 32) pictures -> (N, classes) logits."""
        x = self.act1(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        x = self.act2(self.bn2(x))
        logits: Tensor = self.linear(self.pool(x).flatten(1))
        return logits


GAINS = {Activation.RELU: math.sqrt(2), Activation.TANH: 1.0, Activation.SIGMOID: 1.0}
"""Gain of an orthogonal layer that preserves the signal through the activation; 1 for tanh without biases."""


def initialise(net: nn.Module, spec: CifarSpec) -> None:
    """Initialise all weights of a net, or of part of one, as specified; gates keep their own bias."""
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            if spec.initialisation is Initialisation.HE:
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            elif spec.initialisation is Initialisation.XAVIER:
                nn.init.xavier_uniform_(module.weight)
            elif spec.initialisation is Initialisation.GAUSSIAN:
                nn.init.normal_(module.weight, std=spec.sigma)
            else:
                _orthogonal(module, GAINS[spec.activation])
                if module.bias is not None and "gate" not in name:
                    nn.init.zeros_(module.bias)
    if spec.zero_last:
        for block in net.modules():
            if isinstance(block, BasicBlock | PreActivationBlock | HighwayBlock):
                scaled = isinstance(block, BasicBlock | HighwayBlock) and isinstance(block.bn2, nn.BatchNorm2d)
                last = block.bn2 if scaled else block.conv2
                nn.init.zeros_(last.weight)  # type: ignore[arg-type]  # an Identity has none, but is never last
                if last.bias is not None:
                    nn.init.zeros_(last.bias)  # type: ignore[arg-type]  # as above


def _orthogonal(layer: nn.Conv2d | nn.Linear, gain: float) -> None:
    if isinstance(layer, nn.Linear):
        nn.init.orthogonal_(layer.weight)
        return
    rows, columns = (size // 2 for size in layer.kernel_size)
    centre = nn.init.orthogonal_(torch.empty(layer.out_channels, layer.in_channels), gain)
    nn.init.zeros_(layer.weight)
    with torch.no_grad():
        layer.weight[:, :, rows, columns] = centre
