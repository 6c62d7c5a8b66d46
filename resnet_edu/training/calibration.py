"""What a net's shares are worth: a temperature for them, their error, and where doubt begins."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.nets.card import Calibration

BINS = 15
"""As in Guo et al. 2017, table 1."""
HALVINGS = 60


@dataclass(frozen=True)
class LabelledLogits:
    """A net's (N, classes) logits for a split, on the CPU, and the (N,) right classes."""

    logits: Tensor
    labels: Tensor

    def accuracy(self, among: int = 1) -> float:
        """The share of pictures whose class is among so many most probable ones."""
        return (self.logits.topk(among).indices == self.labels.unsqueeze(1)).any(1).double().mean().item()

    def loss(self, temperature: float = 1.0) -> float:
        """Mean cross-entropy."""
        return F.cross_entropy(self.logits.double() / temperature, self.labels).item()

    def calibration_error(self, temperature: float = 1.0) -> float:
        """The expected calibration error of the shares."""
        return calibration_error((self.logits.double() / temperature).softmax(1), self.labels)

    def sureness(self, temperature: float) -> tuple[Tensor, Tensor]:
        """The (N,) largest shares, and whether each of those answers is right."""
        confidence, predicted = (self.logits.double() / temperature).softmax(1).max(1)
        return confidence, predicted == self.labels

    def halves(self) -> tuple["LabelledLogits", "LabelledLogits"]:
        """Every other answer, and the rest; data sets may be sorted by class."""
        return LabelledLogits(self.logits[::2], self.labels[::2]), LabelledLogits(self.logits[1::2], self.labels[1::2])


def collect(batches: Iterable[tuple[Tensor, Tensor]]) -> LabelledLogits:
    """All answers of the batches that ``training.loop.answers`` gives."""
    logits, labels = (torch.cat(parts).cpu() for parts in zip(*batches, strict=True))
    return LabelledLogits(logits, labels)


def calibrate(fitted: LabelledLogits, measured: LabelledLogits) -> Calibration:
    """Fit temperature and bound on answers to pictures that the net was not trained on; measure on others."""
    temperature = fit_temperature(fitted.logits, fitted.labels)
    below = doubt(*fitted.sureness(temperature))
    wrong, right = worth(measured, temperature, below)
    return Calibration(temperature, below, wrong, right, len(fitted.labels), len(measured.labels))


def worth(answers: LabelledLogits, temperature: float, below: float) -> tuple[float, float]:
    """How often answers below the bound are wrong, and those from it on right; 0 where there are none."""
    confidence, is_right = answers.sureness(temperature)
    is_doubtful = confidence < below
    return _share(~is_right[is_doubtful]), _share(is_right[~is_doubtful])


def _share(values: Tensor) -> float:
    return float(values.double().mean()) if len(values) else 0.0


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The number that the logits divided by give the least cross-entropy (Guo et al. 2017, section 4.2).

    With b = 1 / temperature the cross-entropy is convex, and its derivative, the mean over pictures of
    the expected logit minus the right class's, rises with b: it is halved down to its zero.
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
    """Expected calibration error over 15 bins of equal width: how far confidence and accuracy are apart.

    ``shares`` is (N, classes); the confidence of an answer is its largest share (Guo et al. 2017,
    equation 3).
    """
    confidence, predicted = shares.double().max(1)
    bins = (confidence * BINS).ceil().clamp(1, BINS).long() - 1
    gap = (predicted == labels).double() - confidence
    return float(torch.zeros(BINS, dtype=torch.double).index_add(0, bins, gap).abs().sum() / len(labels))


def doubt(confidence: Tensor, is_right: Tensor) -> float:
    """The confidence that tells wrong answers from right ones best.

    "Wrong below, right above" errs least there; so around it half of the answers are wrong. 0 if no
    bound is better than trusting every answer.
    """
    confidence, order = confidence.double().sort()
    wrong = ~is_right[order]
    gained = torch.cumsum(torch.where(wrong, 1, -1), 0)
    count = int(gained.argmax()) + 1
    if gained[count - 1] <= 0:
        return 0.0
    above = confidence[count] if count < len(confidence) else torch.tensor(1.0, dtype=torch.double)
    return float((confidence[count - 1] + above) / 2)
