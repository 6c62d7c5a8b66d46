"""Classifies a picture with some of a net's blocks switched off or swapped."""

import time
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import torch
from torch import Tensor, nn

from resnet_edu.measure.knockout import block_names, forward_without, movable
from resnet_edu.nets.architecture import Architecture
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, forward
from resnet_edu.vision.image import Picture
from resnet_edu.vision.predict import Prediction, prediction_of
from resnet_edu.vision.seen import seen_by


@lru_cache(maxsize=64)
def switchable(architecture: Architecture) -> tuple[str, ...]:
    """Return the blocks of a net that can be switched off, without building weights."""
    with torch.device("meta"):
        return block_names(architecture.build())


@lru_cache(maxsize=64)
def swaps(architecture: Architecture) -> tuple[tuple[str, str], ...]:
    """Return the pairs of blocks that fit each other's places, without building weights."""
    with torch.device("meta"):
        names = movable(architecture.build())
    return tuple(pair for pair in combinations(names, 2) if pair[0].split(".")[0] == pair[1].split(".")[0])


@dataclass(frozen=True)
class Without:
    """The task: find the most probable classes when the ``deleted`` blocks have no effect, and two are ``swapped``."""

    net: Net
    picture: Picture
    deleted: frozenset[str]
    count: int = 5
    swapped: tuple[str, str] | None = None

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net and its blocks."""
        return ("without", self.net, self.picture.sha256, self.deleted, self.swapped, self.count)

    def run(self, loaded: Loaded) -> Prediction:
        """Run one forward pass in evaluation mode."""
        seen = seen_by(self.net, self.picture)
        batch = self.net.preprocessing.tensor(seen)
        started = time.perf_counter()
        logits = forward(loaded, batch, self._without)
        milliseconds = (time.perf_counter() - started) * 1000
        key = f"{self.net.id}/{self.picture.sha256}/{sorted(self.deleted)}/{self.swapped}"
        return prediction_of(self.net, logits[0], key, seen, self.count, milliseconds, loaded)

    def _without(self, model: nn.Module, images: Tensor) -> Tensor:
        return forward_without(model, images, self.deleted, self.swapped)
