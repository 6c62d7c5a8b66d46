"""A plain and a residual net that learn the same points side by side, from the same weights."""

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
"""A race pauses after so many steps, and again after as many more."""
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
        """The racing net of a family."""
        return FullyConnectedSpec(
            family, self.depth, points.inputs.shape[1], points.classes, self.width, self.normalisation, self.start
        )


@dataclass(frozen=True)
class Standing:
    """Where a net stands: on all the points, and with the weights that it has after so many steps.

    ``gradients``: for each linear layer the norm of the loss's gradient with respect to its weights.
    ``picture``: rows of bytes from 0 to ``FULL``, a share each; ``NOT_A_NUMBER`` where there is
    none. For points in the plane the probability of class 1 at ``GRID`` x ``GRID`` places of the
    square of ``SIDE``, from the top left; else the confusion of the classes: in row i and column j
    the share of class i that was taken for class j.
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
    """A race before its first step."""

    points: Points
    snapshot: Snapshot


class Racer:
    """A net in training, always one backward pass ahead: loss and gradients belong to the present weights."""

    def __init__(self, spec: FullyConnectedSpec, points: Points, learning_rate: float, seed: int) -> None:
        with seeded(seed):
            self.net = FullyConnectedNet(spec)
        self._points = points
        self._optimizer = torch.optim.Adam(self.net.parameters(), learning_rate, fused=True)
        self._measure()

    def advance(self) -> None:
        """One update of the weights by Adam, on all the points at once."""
        self._optimizer.step()
        self._measure()

    @property
    def accuracy(self) -> float:
        """The share of the points that the net is right about now."""
        return float((self._logits.argmax(1) == self._points.labels).double().mean())

    def standing(self) -> Standing:
        """Where the net stands now."""
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
    """Both nets, as far as they have come. For one thread at a time."""

    def __init__(self, spec: RaceSpec) -> None:
        self.points = draw(spec.points, spec.seed)
        self.step = 0
        self.plain, self.residual = (
            Racer(spec.net(family, self.points), self.points, spec.learning_rate, spec.seed)
            for family in (Family.PLAIN, Family.RESIDUAL)
        )

    @property
    def losses(self) -> tuple[float, float]:
        """The plain and the residual net's, now."""
        return self.plain.loss, self.residual.loss

    def advance(self) -> None:
        """One step for each."""
        self.plain.advance()
        self.residual.advance()
        self.step += 1

    def snapshot(self) -> Snapshot:
        """Where both stand now."""
        return Snapshot(self.step, self.plain.standing(), self.residual.standing())


def open_race(spec: RaceSpec) -> Opening:
    """What a race shows before anybody starts it."""
    with compute_alone():
        race = Race(spec)
        return Opening(race.points, race.snapshot())


def grid() -> Tensor:
    """The places of a map: (GRID * GRID, 2), row by row from the top left, each the middle of its square."""
    middles = (torch.arange(GRID) + 0.5) * (2 * SIDE / GRID) - SIDE
    y, x = torch.meshgrid(-middles, middles, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], 1)


def boundary(net: nn.Module) -> Tensor:
    """The probability of class 1 all over the plane, (GRID, GRID); the net's mode is restored."""
    was_training = net.training
    net.eval()
    try:
        with torch.inference_mode():
            probabilities: Tensor = net(grid()).softmax(1)[:, 1].view(GRID, GRID)
    finally:
        net.train(was_training)
    return probabilities


def confusion(labels: Tensor, answers: Tensor, classes: int) -> Tensor:
    """(classes, classes): in row i and column j the share of class i that was taken for class j."""
    counts = torch.bincount(labels * classes + answers, minlength=classes**2).view(classes, classes)
    return counts / counts.sum(1, keepdim=True)


def as_bytes(shares: Tensor) -> bytes:
    """Shares from 0 to 1 as bytes from 0 to ``FULL``, row by row; NaN as ``NOT_A_NUMBER``."""
    levels = (shares * FULL).round().nan_to_num(NOT_A_NUMBER)
    return levels.to(torch.uint8).numpy().tobytes()
