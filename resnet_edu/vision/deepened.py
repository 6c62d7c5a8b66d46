"""Classifies pictures with a trained net that has ever more untrained insertions."""

import time
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torchvision.transforms import functional as TF

from resnet_edu.measure.identity import MOST, Insert, answers, deepen
from resnet_edu.nets.cifar import CifarNet
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.image import Picture
from resnet_edu.vision.preprocessing import Preprocessing
from resnet_edu.vision.samples import crops
from resnet_edu.vision.seen import given_to

CROPS = 64
"""Crops of the sample pictures for batch normalisation statistics, because CIFAR-10 is not shipped."""


@dataclass(frozen=True)
class Answers:
    """The most probable class and its probability for every k from 0 and every picture.

    ``furthest`` is the largest change of any logit of any picture since k = 0. ``seconds`` were measured over
    all k.
    """

    classes: tuple[tuple[int, ...], ...]
    probabilities: tuple[tuple[float, ...], ...]
    furthest: tuple[float, ...]
    seconds: float


@dataclass(frozen=True)
class Deepen:
    """The task: classify all ``pictures`` with a shipped net at every number of insertions from 0 to ``most``."""

    net: Net
    pictures: tuple[Picture, ...]
    insert: Insert
    place: int
    seed: int = 0
    most: int = MOST

    @property
    def key(self) -> Hashable:
        """The pictures' bytes, the net and what is inserted where."""
        shown = tuple(picture.sha256 for picture in self.pictures)
        return ("deepen", self.net, shown, self.insert, self.place, self.seed, self.most)

    @property
    def is_long(self) -> bool:
        """True, so that quick tasks are served between its steps."""
        return True

    def run(self, loaded: Loaded) -> Answers:
        """Deepen a copy, because the net is shared, and compute in float32 on every device."""
        assert isinstance(loaded.model, CifarNet)
        started = time.perf_counter()
        batch = torch.cat([given_to(self.net, picture) for picture in self.pictures]).to(loaded.device)
        deepened = deepen(loaded.model, self.insert, self.place, seed=self.seed, most=self.most)
        grown = []
        for k, logits in answers(
            deepened, batch, _calibration(self.net.preprocessing).to(loaded.device), range(self.most + 1)
        ):
            grown.append(logits.cpu())
            loaded.advance((k + 1) / (self.most + 1))
        logits = torch.stack(grown)
        probabilities, classes = logits.softmax(2).max(2)
        furthest = (logits - logits[0]).abs().amax((1, 2))
        return Answers(
            tuple(map(tuple, classes.tolist())),
            tuple(map(tuple, probabilities.tolist())),
            tuple(furthest.tolist()),
            time.perf_counter() - started,
        )


@cache
def _calibration(preprocessing: Preprocessing) -> Tensor:
    normalised: Tensor = TF.normalize(
        crops(CROPS, preprocessing.crop), list(preprocessing.mean), list(preprocessing.std)
    )
    return normalised
