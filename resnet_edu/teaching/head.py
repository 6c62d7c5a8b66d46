"""A linear head on frozen features: logistic regression by L-BFGS, for one choice of pictures or many at once."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

PENALTY = 1.0
"""Half of it times the squared norm of the weights is added to the summed cross-entropy, for features of variance 1."""
MAX_STEPS = 500
TOLERANCE = 1e-5
"""No derivative of the sum over the pictures is larger at the end."""
SMALLEST = 1e-10
"""Directions in which features vary by less than this share of the most are none."""


@dataclass(frozen=True)
class Heads:
    """Linear layers: ``weight`` (heads, classes, D) and ``bias`` (heads, classes), for D features as they are."""

    weight: Tensor
    bias: Tensor

    def logits(self, features: Tensor) -> Tensor:
        """(N, D) features -> (heads, N, classes)."""
        return torch.einsum("nd,hcd->hnc", features.double(), self.weight) + self.bias.unsqueeze(1)


def fit_heads(
    features: Tensor, labels: Tensor, classes: int, chosen: Tensor | None = None, penalty: float = PENALTY
) -> Heads:
    """Fit one head for each row of ``chosen`` (heads, N), which says whose (N, D) features it may see; all by default.

    Minimises the cross-entropy summed over the chosen pictures plus ``penalty`` / 2 times the squared norm
    of the weights, as scikit-learn's ``LogisticRegression(C=1 / penalty)`` does. The features are first
    divided by one number, after which their mean variance is 1. All heads are fitted together: the sum of
    what each minimises has its minimum where each has its own.
    """
    x = features.double()
    centre = x.mean(0)
    scale = (x - centre).square().mean().sqrt().clamp(min=torch.finfo(torch.float64).tiny)
    coordinates, directions = _span((x - centre) / scale)
    chosen = torch.ones(1, len(x), dtype=torch.bool) if chosen is None else chosen
    weight, bias = _minimise(coordinates, labels, classes, chosen.double(), penalty)
    weight = weight @ directions / scale
    return Heads(weight, bias - weight @ centre)


def _span(x: Tensor) -> tuple[Tensor, Tensor]:
    """(N, D) as coordinates (N, R) along orthonormal directions (R, D), R at most N: the best weights lie in them."""
    if x.shape[1] <= x.shape[0]:
        return x, torch.eye(x.shape[1], dtype=x.dtype)
    values, vectors = torch.linalg.eigh(x @ x.T)
    kept = values > SMALLEST * values.max()
    sizes = values[kept].sqrt()
    return vectors[:, kept] * sizes, vectors[:, kept].T @ x / sizes.unsqueeze(1)


def _minimise(x: Tensor, labels: Tensor, classes: int, chosen: Tensor, penalty: float) -> tuple[Tensor, Tensor]:
    heads = len(chosen)
    weight = torch.zeros(heads, classes, x.shape[1], dtype=x.dtype, requires_grad=True)
    bias = torch.zeros(heads, classes, dtype=x.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weight, bias],
        max_iter=MAX_STEPS,
        tolerance_grad=TOLERANCE,
        tolerance_change=0,
        history_size=20,
        line_search_fn="strong_wolfe",
    )
    targets = labels.expand(heads, -1).reshape(-1)

    def closure() -> float:
        optimizer.zero_grad()
        logits = torch.einsum("nd,hcd->hnc", x, weight) + bias.unsqueeze(1)
        losses = F.cross_entropy(logits.reshape(-1, classes), targets, reduction="none").view(heads, -1)
        loss = (losses * chosen).sum() + penalty / 2 * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]  # torch ships it without annotations
        return loss.item()

    optimizer.step(closure)  # type: ignore[no-untyped-call]  # torch ships it without annotations
    return weight.detach(), bias.detach()
