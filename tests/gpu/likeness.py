"""How close results on a device must be to those in float32 on the CPU."""

import io
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from resnet_edu.vision.attribution.method import correlation
from resnet_edu.vision.predict import ClassScore

PROBABILITY = 1e-2
CORRELATION = 0.99


def scores_agree(found: Sequence[ClassScore], expected: Sequence[ClassScore]) -> None:
    """The same class first; of every class that both list, the same probability."""
    assert found[0].index == expected[0].index
    probabilities = {score.index: score.probability for score in expected}
    for score in found:
        assert abs(score.probability - probabilities.get(score.index, score.probability)) < PROBABILITY


def maps_agree(found: Tensor, expected: Tensor) -> None:
    """Their shapes, and their correlation; a constant map has none and must be met exactly."""
    assert found.shape == expected.shape
    if expected.float().std() == 0:
        assert torch.equal(found, expected)
        return
    assert correlation(found, expected) > CORRELATION


def pictures_agree(found: bytes, expected: bytes) -> None:
    """PNGs."""
    maps_agree(*(torch.from_numpy(np.array(Image.open(io.BytesIO(each)))) for each in (found, expected)))
