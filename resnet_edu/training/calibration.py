"""What a net's shares are worth: a temperature for them, their error, and where doubt begins."""

import torch
from torch import Tensor

from resnet_edu.nets.card import Calibration

BINS = 15
"""As in Guo et al. 2017, table 1."""
HALVINGS = 60


def calibrate(logits: Tensor, labels: Tensor) -> Calibration:
    """From the (N, classes) answers to pictures that the net was not trained on, and their (N,) labels."""
    temperature = fit_temperature(logits, labels)
    confidence, predicted = (logits.double() / temperature).softmax(1).max(1)
    below, wrong = doubt(confidence, predicted == labels)
    return Calibration(temperature, below, wrong, len(labels))


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


def doubt(confidence: Tensor, is_right: Tensor) -> tuple[float, float]:
    """The confidence that tells wrong answers from right ones best, and the share of wrong ones below it.

    "Wrong below, right above" errs least there; so around it half of the answers are wrong. (0, 0)
    if no bound is better than trusting every answer.
    """
    confidence, order = confidence.double().sort()
    wrong = ~is_right[order]
    gained = torch.cumsum(torch.where(wrong, 1, -1), 0)
    count = int(gained.argmax()) + 1
    if gained[count - 1] <= 0:
        return 0.0, 0.0
    above = confidence[count] if count < len(confidence) else torch.tensor(1.0, dtype=torch.double)
    return float((confidence[count - 1] + above) / 2), float(wrong[:count].double().mean())
