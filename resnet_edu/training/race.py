"""A plain and a residual net that learn the same points side by side, starting from the same weights."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_edu.device import compute_alone
from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.cifar import Family
from resnet_edu.nets.fully_connected import FullyConnectedNet, FullyConnectedSpec, LinearStart
from resnet_edu.seeding import seeded
from resnet_edu.training.points import SIDE, Points, PointSet, draw

DEPTHS = tuple(range(2, 65, 2))
LAP = 400
"""Number of steps between two pauses of a race."""
GRID = 48
FULL = 254
NOT_A_NUMBER = 255


@dataclass(frozen=True)
class RaceSpec:
    """Everything that determines a race. The seed determines the points and both nets' weights."""

    points: PointSet = PointSet.SPIRAL
    depth: int = 32
    width: int = 16
    learning_rate: float = 0.003
    normalisation: Normalisation = Normalisation.NONE
    start: LinearStart = LinearStart.TORCH
    seed: int = 0

    def net(self, family: Family, points: Points) -> FullyConnectedSpec:
        """Return the specification of the racing net of a family."""
        return FullyConnectedSpec(
            family, self.depth, points.inputs.shape[1], points.classes, self.width, self.normalisation, self.start
        )


@dataclass(frozen=True)
class Standing:
    """A net's state after some number of steps, measured on all the points.

    ``gradients`` holds the norm of the loss's gradient with respect to each linear layer's weights.
    ``picture`` is rows of bytes, with fractions mapped to 0 ... ``FULL`` and missing values to
    ``NOT_A_NUMBER``. For points in the plane, it is the probability of class 1 at ``GRID`` x ``GRID`` places
    of the square of ``SIDE``, from the top left; otherwise the confusion matrix, whose row i and column j
    hold the fraction of class i classified as j.
    """

    loss: float
    accuracy: float
    gradients: tuple[float, ...]
    picture: bytes


@dataclass(frozen=True)
class Snapshot:
    """Both nets after ``step`` updates."""

    step: int
    plain: Standing
    residual: Standing


@dataclass(frozen=True)
class Opening:
    """The state of a race before its first step."""

    points: Points
    snapshot: Snapshot


class Racer:
    """A net in training, always one backward pass ahead: loss and gradients belong to the current weights."""

    def __init__(self, spec: FullyConnectedSpec, points: Points, learning_rate: float, seed: int) -> None:
        with seeded(seed):
            self.net = FullyConnectedNet(spec)
        self._points = points
        self._optimizer = torch.optim.Adam(self.net.parameters(), learning_rate, fused=True)
        self._measure()

    def advance(self) -> None:
        """Update the weights once by Adam, on all the points at once."""
        self._optimizer.step()
        self._measure()

    @property
    def accuracy(self) -> float:
        """The fraction of points that the net currently classifies correctly."""
        return float((self._logits.argmax(1) == self._points.labels).double().mean())

    def standing(self) -> Standing:
        """Return the net's current state."""
        gradients = (layer.weight.grad for layer in self.net.layers())
        norms = tuple(float(gradient.double().norm()) for gradient in gradients if gradient is not None)
        return Standing(self.loss, self.accuracy, norms, self._picture())

    def _measure(self) -> None:
        self._logits = self.net(self._points.inputs)
        loss = F.cross_entropy(self._logits, self._points.labels)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch ships it without annotations
        self._logits = self._logits.detach()
        self.loss = loss.item()

    def _picture(self) -> bytes:
        if not self._points.are_in_the_plane:
            return as_bytes(confusion(self._points.labels, self._logits.argmax(1), self._points.classes))
        return as_bytes(boundary(self.net))


class Race:
    """Both nets and their progress. For one thread at a time."""

    def __init__(self, spec: RaceSpec) -> None:
        self.points = draw(spec.points, spec.seed)
        self.step = 0
        self.plain, self.residual = (
            Racer(spec.net(family, self.points), self.points, spec.learning_rate, spec.seed)
            for family in (Family.PLAIN, Family.RESIDUAL)
        )

    @property
    def losses(self) -> tuple[float, float]:
        """The current losses of the plain and the residual net."""
        return self.plain.loss, self.residual.loss

    def advance(self) -> None:
        """Advance each net by one step."""
        self.plain.advance()
        self.residual.advance()
        self.step += 1

    def snapshot(self) -> Snapshot:
        """Return the current state of both nets."""
        return Snapshot(self.step, self.plain.standing(), self.residual.standing())


def open_race(spec: RaceSpec) -> Opening:
    """Return what a race shows before it is started."""
    with compute_alone():
        race = Race(spec)
        return Opening(race.points, race.snapshot())


def grid() -> Tensor:
    """Return the places of a map, (GRID * GRID, 2), the centres of its squares row by row from the top left."""
    middles = (torch.arange(GRID) + 0.5) * (2 * SIDE / GRID) - SIDE
    y, x = torch.meshgrid(-middles, middles, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], 1)


def boundary(net: nn.Module) -> Tensor:
    """Return the probability of class 1 over the plane, (GRID, GRID); the net's mode is restored."""
    was_training = net.training
    net.eval()
    try:
        with torch.inference_mode():
            probabilities: Tensor = net(grid()).softmax(1)[:, 1].view(GRID, GRID)
    finally:
        net.train(was_training)
    return probabilities


def confusion(labels: Tensor, answers: Tensor, classes: int) -> Tensor:
    """Return (classes, classes): row i and column j hold the fraction of class i classified as j."""
    counts = torch.bincount(labels * classes + answers, minlength=classes**2).view(classes, classes)
    return counts / counts.sum(1, keepdim=True)


def as_bytes(shares: Tensor) -> bytes:
    """Encode fractions from 0 to 1 as bytes from 0 to ``FULL``, row by row; NaN becomes ``NOT_A_NUMBER``."""
    levels = (shares * FULL).round().nan_to_num(NOT_A_NUMBER)
    return levels.to(torch.uint8).numpy().tobytes()
