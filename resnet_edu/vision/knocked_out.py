"""Classifies a picture with some of a net's blocks switched off."""

import time
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from resnet_edu.measure.knockout import block_names, forward_without
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


@dataclass(frozen=True)
class Without:
    """The task: find the most probable classes when the ``deleted`` blocks have no effect."""

    net: Net
    picture: Picture
    deleted: frozenset[str]
    count: int = 5

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net and the deleted blocks."""
        return ("without", self.net, self.picture.sha256, self.deleted, self.count)

    def run(self, loaded: Loaded) -> Prediction:
        """Run one forward pass in evaluation mode."""
        seen = seen_by(self.net, self.picture)
        batch = self.net.preprocessing.tensor(seen)
        started = time.perf_counter()
        logits = forward(loaded, batch, self._without)
        milliseconds = (time.perf_counter() - started) * 1000
        key = f"{self.net.id}/{self.picture.sha256}/{sorted(self.deleted)}"
        return prediction_of(self.net, logits[0], key, seen, self.count, milliseconds, loaded)

    def _without(self, model: nn.Module, images: Tensor) -> Tensor:
        return forward_without(model, images, self.deleted)
