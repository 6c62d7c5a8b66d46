"""How far a net's probabilities can be trusted: temperature scaling, calibration error, and the doubt threshold."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.nets.card import Calibration

BINS = 15
"""Number of bins, as in Guo et al. 2017, table 1."""
HALVINGS = 60


@dataclass(frozen=True)
class LabelledLogits:
    """A net's (N, classes) logits for a split, on the CPU, and the (N,) correct classes."""

    logits: Tensor
    labels: Tensor

    def accuracy(self, among: int = 1) -> float:
        """Return the fraction of pictures whose class is among the ``among`` most probable ones."""
        return (self.logits.topk(among).indices == self.labels.unsqueeze(1)).any(1).double().mean().item()

    def loss(self, temperature: float = 1.0) -> float:
        """Return the mean cross-entropy."""
        return F.cross_entropy(self.logits.double() / temperature, self.labels).item()

    def calibration_error(self, temperature: float = 1.0) -> float:
        """Return the expected calibration error of the probabilities."""
        return calibration_error((self.logits.double() / temperature).softmax(1), self.labels)

    def sureness(self, temperature: float) -> tuple[Tensor, Tensor]:
        """Return the (N,) largest probabilities, and whether each of those answers is right."""
        confidence, predicted = (self.logits.double() / temperature).softmax(1).max(1)
        return confidence, predicted == self.labels

    def halves(self) -> tuple["LabelledLogits", "LabelledLogits"]:
        """Return two halves of alternating answers, because data sets may be sorted by class."""
        return LabelledLogits(self.logits[::2], self.labels[::2]), LabelledLogits(self.logits[1::2], self.labels[1::2])


def collect(batches: Iterable[tuple[Tensor, Tensor]]) -> LabelledLogits:
    """Collect all answers yielded by ``training.loop.answers``."""
    logits, labels = (torch.cat(parts).cpu() for parts in zip(*batches, strict=True))
    return LabelledLogits(logits, labels)


def calibrate(fitted: LabelledLogits, measured: LabelledLogits) -> Calibration:
    """Fit temperature and threshold on answers to pictures outside the training set; measure on others."""
    temperature = fit_temperature(fitted.logits, fitted.labels)
    below = doubt(*fitted.sureness(temperature))
    wrong, right = worth(measured, temperature, below)
    return Calibration(temperature, below, wrong, right, len(fitted.labels), len(measured.labels))


def worth(answers: LabelledLogits, temperature: float, below: float) -> tuple[float, float]:
    """Return how often answers below the threshold are wrong, and the others right; 0 if there are none."""
    confidence, is_right = answers.sureness(temperature)
    is_doubtful = confidence < below
    return _share(~is_right[is_doubtful]), _share(is_right[~is_doubtful])


def _share(values: Tensor) -> float:
    return float(values.double().mean()) if len(values) else 0.0


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Return the divisor of the logits that minimises the cross-entropy (Guo et al. 2017, section 4.2).

    With b = 1 / temperature, the cross-entropy is convex, and its derivative (the mean over pictures of the
    expected logit minus the correct class's) increases with b, so bisection finds its zero.
    """
    logits = logits.double()
    right = logits.gather(1, labels.unsqueeze(1)).squeeze(1)
    low, high = 1e-3, 1e3
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        expected = ((logits * middle).softmax(1) * logits).sum(1)
        if (expected - right).mean() < 0:
            low = middle
        else:
            high = middle
    return float((low * high) ** -0.5)


def calibration_error(shares: Tensor, labels: Tensor) -> float:
    """Return the expected calibration error over 15 equal bins: the gap between confidence and accuracy.

    ``shares`` are (N, classes) probabilities; the confidence of an answer is its largest one (Guo et al.
    2017, equation 3).
    """
    confidence, predicted = shares.double().max(1)
    bins = (confidence * BINS).ceil().clamp(1, BINS).long() - 1
    gap = (predicted == labels).double() - confidence
    return float(torch.zeros(BINS, dtype=torch.double).index_add(0, bins, gap).abs().sum() / len(labels))


def doubt(confidence: Tensor, is_right: Tensor) -> float:
    """Return the confidence that best separates wrong answers from right ones.

    There, the rule "wrong below, right above" makes the fewest errors, so around it half of the answers are
    wrong. 0 if no threshold beats trusting every answer.
    """
    confidence, order = confidence.double().sort()
    wrong = ~is_right[order]
    gained = torch.cumsum(torch.where(wrong, 1, -1), 0)
    count = int(gained.argmax()) + 1
    if gained[count - 1] <= 0:
        return 0.0
    above = confidence[count] if count < len(confidence) else torch.tensor(1.0, dtype=torch.double)
    return float((confidence[count - 1] + above) / 2)
