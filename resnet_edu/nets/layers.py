"""Layers as plain values: how each changes a shape, what it costs, and the module that computes it.

They can be checked, drawn and turned into source code without allocating weights.
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
    """Raised when two shapes that must match do not; ``differing`` names the axes."""

    def __init__(self, left: Shape, right: Shape, axes: Iterable[str]) -> None:
        self.left = left
        self.right = right
        self.differing = tuple(axis for axis, a, b in zip(AXES, left, right, strict=True) if axis in axes and a != b)
        super().__init__(f"{left} and {right} differ in {', '.join(self.differing)}")

    @classmethod
    def check(cls, left: Shape, right: Shape, axes: Iterable[str] = AXES) -> None:
        """Raise if the shapes differ along one of ``axes``."""
        error = cls(left, right, axes)
        if error.differing:
            raise error


@dataclass(frozen=True)
class Layer(ABC):
    """A layer; by default it keeps the shape and has no weights."""

    def shape(self, *inputs: Shape) -> Shape:
        """Return the output shape; raises ``ShapeError`` if the layer cannot take these inputs."""
        (x,) = inputs
        return x

    @property
    def parameters(self) -> int:
        """The number of trained weights, which excludes BN's running statistics."""
        return 0

    def multiply_adds(self, out: Shape) -> int:
        """Return the multiply-adds for one picture; like the papers, count convolutions and linear layers only."""
        return 0

    @abstractmethod
    def module(self) -> nn.Module:
        """Return the layer with fresh weights, never in-place."""


def _window(x: Shape, kernel: int, stride: int, padding: int) -> tuple[int, int]:
    """Return height and width after sliding a window over ``x``; raises ``ShapeError`` if it doesn't fit."""
    channels, height, width = x
    least = kernel - 2 * padding
    ShapeError.check(x, (channels, max(height, least), max(width, least)))
    return (height - least) // stride + 1, (width - least) // stride + 1


@dataclass(frozen=True)
class Conv(Layer):
    """A square convolution; ``initial_bias`` replaces torch's random initial bias."""

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
        """The kernels, plus the biases if it has any."""
        return self._weights + self.bias * self.channels_out

    def multiply_adds(self, out: Shape) -> int:
        """Count every weight once per output pixel."""
        return self._weights * out[1] * out[2]

    def module(self) -> nn.Module:
        """Return torch's own convolution."""
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
    """Batch normalisation with a scale and a shift per channel (Ioffe15)."""

    channels: int

    def shape(self, *inputs: Shape) -> Shape:
        """Check the channels and keep the shape."""
        (x,) = inputs
        ShapeError.check(x, (self.channels, *x[1:]))
        return x

    @property
    def parameters(self) -> int:
        """A scale and a shift per channel."""
        return 2 * self.channels

    def module(self) -> nn.Module:
        """Return torch's own batch normalisation."""
        return nn.BatchNorm2d(self.channels)


@dataclass(frozen=True)
class Activate(Layer):
    """A nonlinearity."""

    activation: Activation = Activation.RELU

    def module(self) -> nn.Module:
        """Return a new module, so that hooks see this use only."""
        return ACTIVATIONS[self.activation]()


class _Sum(nn.Module):
    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return left + right


@dataclass(frozen=True)
class Add(Layer):
    """y = F(x) + x; takes the residual branch and the shortcut."""

    def shape(self, *inputs: Shape) -> Shape:
        """Require two equal shapes and keep them."""
        left, right = inputs
        ShapeError.check(left, right)
        return left

    def module(self) -> nn.Module:
        """Return a module, so that hooks see the sum."""
        return _Sum()


class _Concatenation(nn.Module):
    def forward(self, *parts: Tensor) -> Tensor:
        return torch.cat(parts, dim=1)


@dataclass(frozen=True)
class Concatenate(Layer):
    """Concatenates the channels of its inputs (Huang16)."""

    def shape(self, *inputs: Shape) -> Shape:
        """(C1, H, W), (C2, H, W), ... -> (C1 + C2 + ..., H, W)."""
        first, *rest = inputs
        for other in rest:
            ShapeError.check(first, other, SPACE)
        return (sum(channels for channels, _, _ in inputs), *first[1:])

    def module(self) -> nn.Module:
        """Return a module, so that hooks see the result."""
        return _Concatenation()


class _Mixture(nn.Module):
    def forward(self, transformed: Tensor, gate: Tensor, carried: Tensor) -> Tensor:
        return transformed * gate + carried * (1 - gate)


@dataclass(frozen=True)
class Blend(Layer):
    """y = H T + x (1 - T); takes H, T and x (Srivastava15 equation 3)."""

    def shape(self, *inputs: Shape) -> Shape:
        """Require three equal shapes and keep them."""
        transformed, gate, carried = inputs
        ShapeError.check(transformed, gate)
        ShapeError.check(transformed, carried)
        return transformed

    def module(self) -> nn.Module:
        """Return a module, so that hooks see the blend."""
        return _Mixture()


@dataclass(frozen=True)
class ZeroPad(Layer):
    """The option A shortcut: every ``stride``-th pixel, zero channels added on either side (He15 section 3.3)."""

    channels_in: int
    channels_out: int
    stride: int = 1

    def shape(self, *inputs: Shape) -> Shape:
        """(channels_in, H, W) -> (channels_out, ceil(H / stride), ceil(W / stride))."""
        (x,) = inputs
        ShapeError.check(x, (self.channels_in, *x[1:]))
        return self.channels_out, -(-x[1] // self.stride), -(-x[2] // self.stride)

    def module(self) -> nn.Module:
        """Return the zero padding of the CIFAR nets."""
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
        """Return torch's own max pooling."""
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
        """Return torch's own average pooling."""
        return nn.AvgPool2d(self.kernel, self.stride)


@dataclass(frozen=True)
class GlobalPool(Layer):
    """The mean of each channel over all its pixels."""

    def shape(self, *inputs: Shape) -> Shape:
        """(C, H, W) -> (C, 1, 1)."""
        (x,) = inputs
        return x[0], 1, 1

    def module(self) -> nn.Module:
        """Return torch's own average pooling to a single pixel."""
        return nn.AdaptiveAvgPool2d(1)


@dataclass(frozen=True)
class Flatten(Layer):
    """Flattens all values into one vector."""

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
        """Count every weight of the matrix once."""
        return self.features_in * self.features_out

    def module(self) -> nn.Module:
        """Return torch's own linear layer."""
        return nn.Linear(self.features_in, self.features_out)
