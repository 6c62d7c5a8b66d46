"""Shattered gradients (Balduzzi17): how similar are the gradients of neighbouring inputs?"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

DEPTHS = (2, 4, 8, 12, 16, 24, 32, 50)
"""Linear layers between the first and the last one."""
POINTS = 256
REACH = 2.0
LAGS = 16
WIDTH = 200
NETS = 8
EPSILON = 1e-5


@dataclass(frozen=True)
class InputPath:
    """A path of inputs, ``POINTS`` equally spaced numbers from -2 to 2, and ``NETS`` random nets to apply to it.

    As in Balduzzi17 section 1 (figure 1), every net maps one number to one number through layers of 200
    rectifiers with He initialisation. ``normalised`` puts a batch normalisation before every rectifier.
    """

    normalised: bool = True
    seed: int = 0


@dataclass(frozen=True)
class PathGradient:
    """``gradient`` is df/dx of one net at every point, in units of its standard deviation, ``deviation``.

    ``autocorrelation`` is that of df/dx at a distance of 0, 1, 2, ... points, averaged over all nets; NaN if
    the gradient is the same at every point.
    """

    gradient: tuple[float, ...]
    deviation: float
    autocorrelation: tuple[float, ...]


@dataclass(frozen=True)
class PathPair:
    """The plain and the residual nets, with the same weights."""

    plain: PathGradient
    residual: PathGradient


def points() -> Tensor:
    """Return the path's inputs, (POINTS,)."""
    return torch.linspace(-REACH, REACH, POINTS)


def shatter(path: InputPath, depths: tuple[int, ...] = DEPTHS) -> Iterator[tuple[int, PathPair]]:
    """Yield each depth with its measured pair."""
    for depth in depths:
        plain, residual = (_measure(path, depth, residual=residual) for residual in (False, True))
        yield depth, PathPair(plain, residual)


def input_gradients(path: InputPath, depth: int, *, residual: bool) -> Tensor:
    """Return df/dx of every net at every point, (NETS, POINTS).

    Batch normalisation takes mean and variance over the path but treats them as constants, as a trained net
    does, so that a point's gradient doesn't include its neighbours'.
    """
    x = points().view(1, POINTS, 1).repeat(NETS, 1, 1).requires_grad_()
    first, *inner, last = _weights(path.seed, depth)
    hidden = x @ first[:, :1] + first[:, 1:]
    for weight in inner:
        change = _rectify(hidden, path) @ weight
        hidden = hidden + change if residual else change
    (gradients,) = torch.autograd.grad((_rectify(hidden, path) @ last).sum(), x)
    return gradients.squeeze(2)


def autocorrelation(gradients: Tensor) -> Tensor:
    """Return each row's autocorrelation, (N, P) -> (N, ``LAGS``): 1 at lag 0, elsewhere about 0 for white noise."""
    centred = gradients - gradients.mean(1, keepdim=True)
    count = gradients.shape[1]
    products = [(centred[:, : count - lag] * centred[:, lag:]).sum(1) for lag in range(LAGS)]
    return torch.stack(products, 1) / products[0].unsqueeze(1)


def _measure(path: InputPath, depth: int, *, residual: bool) -> PathGradient:
    gradients = input_gradients(path, depth, residual=residual).double()
    deviation = gradients[0].std()
    shown = gradients[0] / deviation
    alike = autocorrelation(gradients).mean(0)
    return PathGradient(tuple(shown.tolist()), float(deviation), tuple(alike.tolist()))


def _weights(seed: int, depth: int) -> list[Tensor]:
    """Draw all nets' weights by layer; the first layer's second row is its bias, which spreads the rectifiers."""
    generator = torch.Generator().manual_seed(seed)
    sizes = [(2, WIDTH), *[(WIDTH, WIDTH)] * depth, (WIDTH, 1)]
    fans_in = [1, *[WIDTH] * depth, WIDTH]
    return [
        torch.randn(NETS, *size, generator=generator) * math.sqrt(2 / fan_in)
        for size, fan_in in zip(sizes, fans_in, strict=True)
    ]


def _rectify(hidden: Tensor, path: InputPath) -> Tensor:
    if path.normalised:
        constants = hidden.detach()
        hidden = (hidden - constants.mean(1, keepdim=True)) / (
            constants.var(1, correction=0, keepdim=True) + EPSILON
        ).sqrt()
    return hidden.relu()
