"""Layers as plain values: what each does to a shape, what it costs, and the module that does it.

A value is checked, drawn and turned into code without building a weight.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from resnet_edu.nets.blocks import ACTIVATIONS, Activation, ZeroPadding

Shape = tuple[int, int, int]
"""Channels, height and width; a vector of n features is (n, 1, 1)."""

AXES = ("channels", "height", "width")
SPACE = AXES[1:]


class ShapeError(Exception):
    """Two shapes that a layer needs equal are not; ``differing`` names the axes."""

    def __init__(self, left: Shape, right: Shape, axes: Iterable[str]) -> None:
        self.left = left
        self.right = right
        self.differing = tuple(axis for axis, a, b in zip(AXES, left, right, strict=True) if axis in axes and a != b)
        super().__init__(f"{left} and {right} differ in {', '.join(self.differing)}")

    @classmethod
    def check(cls, left: Shape, right: Shape, axes: Iterable[str] = AXES) -> None:
        """Raise when the shapes differ along one of ``axes``."""
        error = cls(left, right, axes)
        if error.differing:
            raise error


@dataclass(frozen=True)
class Layer(ABC):
    """One layer; unless it says otherwise it keeps the shape and has no weights."""

    def shape(self, *inputs: Shape) -> Shape:
        """The output's shape; raises ``ShapeError`` when the layer cannot take these inputs."""
        (x,) = inputs
        return x

    @property
    def parameters(self) -> int:
        """The number of trained weights; BN's running statistics are not trained."""
        return 0

    def multiply_adds(self, out: Shape) -> int:
        """Multiply-adds for one picture, as the papers count: convolutions and linear layers only."""
        return 0

    @abstractmethod
    def module(self) -> nn.Module:
        """The layer with fresh weights; it works in place nowhere."""


def _window(x: Shape, kernel: int, stride: int, padding: int) -> tuple[int, int]:
    """Height and width after a window slides over ``x``; raises ``ShapeError`` where it doesn't fit."""
    channels, height, width = x
    least = kernel - 2 * padding
    ShapeError.check(x, (channels, max(height, least), max(width, least)))
    return (height - least) // stride + 1, (width - least) // stride + 1


@dataclass(frozen=True)
class Conv(Layer):
    """A square convolution; ``initial_bias`` is what its bias starts at when not torch's random value."""

    channels_in: int
    channels_out: int
    kernel: int = 3
    stride: int = 1
    padding: int = 1
    groups: int = 1
    bias: bool = False
    initial_bias: float | None = None

    def shape(self, *inputs: Shape) -> Shape:
        """(channels_in, H, W) -> (channels_out, (H + 2 padding - kernel) // stride + 1, likewise W)."""
        (x,) = inputs
        ShapeError.check(x, (self.channels_in, *x[1:]))
        return (self.channels_out, *_window(x, self.kernel, self.stride, self.padding))

    @property
    def _weights(self) -> int:
        return self.kernel**2 * self.channels_in // self.groups * self.channels_out

    @property
    def parameters(self) -> int:
        """The kernels, and the biases if there are any."""
        return self._weights + self.bias * self.channels_out

    def multiply_adds(self, out: Shape) -> int:
        """Every weight once for each pixel of the output."""
        return self._weights * out[1] * out[2]

    def module(self) -> nn.Module:
        """torch's own convolution."""
        conv = nn.Conv2d(
            self.channels_in,
            self.channels_out,
            self.kernel,
            stride=self.stride,
            padding=self.padding,
            groups=self.groups,
            bias=self.bias,
        )
        if self.initial_bias is not None and conv.bias is not None:
            nn.init.constant_(conv.bias, self.initial_bias)
        return conv


@dataclass(frozen=True)
class Norm(Layer):
    """Batch normalisation with a scale and a shift for every channel (Ioffe15)."""

    channels: int

    def shape(self, *inputs: Shape) -> Shape:
        """(channels, H, W) -> the same."""
        (x,) = inputs
        ShapeError.check(x, (self.channels, *x[1:]))
        return x

    @property
    def parameters(self) -> int:
        """A scale and a shift a channel."""
        return 2 * self.channels

    def module(self) -> nn.Module:
        """torch's own batch normalisation."""
        return nn.BatchNorm2d(self.channels)


@dataclass(frozen=True)
class Activate(Layer):
    """A nonlinearity."""

    activation: Activation = Activation.RELU

    def module(self) -> nn.Module:
        """A fresh module, so that hooks see this use alone."""
        return ACTIVATIONS[self.activation]()


class _Sum(nn.Module):
    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return left + right


@dataclass(frozen=True)
class Add(Layer):
    """y = F(x) + x: takes the residual branch and the shortcut."""

    def shape(self, *inputs: Shape) -> Shape:
        """Two equal shapes -> the same."""
        left, right = inputs
        ShapeError.check(left, right)
        return left

    def module(self) -> nn.Module:
        """A module, so that hooks see the sum."""
        return _Sum()


class _Concatenation(nn.Module):
    def forward(self, *parts: Tensor) -> Tensor:
        return torch.cat(parts, dim=1)


@dataclass(frozen=True)
class Concatenate(Layer):
    """Channels of several inputs behind each other (Huang16)."""

    def shape(self, *inputs: Shape) -> Shape:
        """(C1, H, W), (C2, H, W), ... -> (C1 + C2 + ..., H, W)."""
        first, *rest = inputs
        for other in rest:
            ShapeError.check(first, other, SPACE)
        return (sum(channels for channels, _, _ in inputs), *first[1:])

    def module(self) -> nn.Module:
        """A module, so that hooks see the result."""
        return _Concatenation()


class _Mixture(nn.Module):
    def forward(self, transformed: Tensor, gate: Tensor, carried: Tensor) -> Tensor:
        return transformed * gate + carried * (1 - gate)


@dataclass(frozen=True)
class Blend(Layer):
    """y = H T + x (1 - T): takes H, T and x (Srivastava15 equation 3)."""

    def shape(self, *inputs: Shape) -> Shape:
        """Three equal shapes -> the same."""
        transformed, gate, carried = inputs
        ShapeError.check(transformed, gate)
        ShapeError.check(transformed, carried)
        return transformed

    def module(self) -> nn.Module:
        """A module, so that hooks see the mixture."""
        return _Mixture()


@dataclass(frozen=True)
class ZeroPad(Layer):
    """Option A's shortcut: every ``stride``-th pixel, new channels of zeros around the old (He15 section 3.3)."""

    channels_in: int
    channels_out: int
    stride: int = 1

    def shape(self, *inputs: Shape) -> Shape:
        """(channels_in, H, W) -> (channels_out, ceil(H / stride), ceil(W / stride))."""
        (x,) = inputs
        ShapeError.check(x, (self.channels_in, *x[1:]))
        return self.channels_out, -(-x[1] // self.stride), -(-x[2] // self.stride)

    def module(self) -> nn.Module:
        """The zero padding of the CIFAR nets."""
        return ZeroPadding(self.channels_in, self.channels_out, self.stride)


@dataclass(frozen=True)
class MaxPool(Layer):
    """The largest value in each window."""

    kernel: int
    stride: int
    padding: int = 0

    def shape(self, *inputs: Shape) -> Shape:
        """(C, H, W) -> (C, (H + 2 padding - kernel) // stride + 1, likewise W)."""
        (x,) = inputs
        return (x[0], *_window(x, self.kernel, self.stride, self.padding))

    def module(self) -> nn.Module:
        """torch's own max pooling."""
        return nn.MaxPool2d(self.kernel, self.stride, self.padding)


@dataclass(frozen=True)
class AveragePool(Layer):
    """The mean of each window."""

    kernel: int
    stride: int

    def shape(self, *inputs: Shape) -> Shape:
        """(C, H, W) -> (C, (H - kernel) // stride + 1, likewise W)."""
        (x,) = inputs
        return (x[0], *_window(x, self.kernel, self.stride, 0))

    def module(self) -> nn.Module:
        """torch's own average pooling."""
        return nn.AvgPool2d(self.kernel, self.stride)


@dataclass(frozen=True)
class GlobalPool(Layer):
    """The mean of each channel over all its pixels."""

    def shape(self, *inputs: Shape) -> Shape:
        """(C, H, W) -> (C, 1, 1)."""
        (x,) = inputs
        return x[0], 1, 1

    def module(self) -> nn.Module:
        """torch's own average pooling to one pixel."""
        return nn.AdaptiveAvgPool2d(1)


@dataclass(frozen=True)
class Flatten(Layer):
    """All values in one vector."""

    def shape(self, *inputs: Shape) -> Shape:
        """(C, H, W) -> (C H W, 1, 1)."""
        ((channels, height, width),) = inputs
        return channels * height * width, 1, 1

    def module(self) -> nn.Module:
        """(N, C, H, W) -> (N, C H W)."""
        return nn.Flatten()


@dataclass(frozen=True)
class Linear(Layer):
    """A fully connected layer with biases."""

    features_in: int
    features_out: int

    def shape(self, *inputs: Shape) -> Shape:
        """(features_in, 1, 1) -> (features_out, 1, 1)."""
        (x,) = inputs
        ShapeError.check(x, (self.features_in, 1, 1))
        return self.features_out, 1, 1

    @property
    def parameters(self) -> int:
        """The matrix and the biases."""
        return (self.features_in + 1) * self.features_out

    def multiply_adds(self, out: Shape) -> int:
        """Every weight of the matrix once."""
        return self.features_in * self.features_out

    def module(self) -> nn.Module:
        """torch's own linear layer."""
        return nn.Linear(self.features_in, self.features_out)
