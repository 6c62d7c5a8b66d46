"""What a net makes of pictures before it decides: the means of each stage's maps, and the pixels for comparison."""

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_edu.measure.taps import tapped
from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.outline import Place, places
from resnet_edu.seeding import seeded
from resnet_edu.teaching.collection import Shot
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, forward
from resnet_edu.vision.image import Picture

BATCH = 16
PIXELS = 32
"""Raw pixels are compared at so many a side at most."""
LAST = "last"
"""What the net's own classifier is given."""


@dataclass(frozen=True)
class Features:
    """Of N pictures, in their order: for each stage, by its name, the (N, channels) means of its maps.

    ``last`` is what the net's own classifier is given. ``pixels`` are (N, 3 x PIXELS x PIXELS) values of
    what the net is given, reduced where it is larger. ``seconds``, (N,), is each one's share of
    the time that they took.
    """

    stages: dict[str, Tensor]
    last: Tensor
    pixels: Tensor
    seconds: Tensor

    def __len__(self) -> int:
        return len(self.last)


@dataclass(frozen=True)
class ExtractFeatures:
    """The task: every stage's features of some pictures; ``untrained`` gives the net its first, random weights.

    With ``is_private`` the engine keeps nothing of them: the pixels would be a small copy of each.
    """

    net: Net
    pictures: tuple[Picture | Shot, ...]
    untrained: bool = False
    is_private: bool = False

    @property
    def is_long(self) -> bool:
        """Whether quick tasks are served between its batches."""
        return len(self.pictures) > BATCH

    @property
    def is_answer(self) -> bool:
        """One picture is one that somebody holds up to a camera."""
        return len(self.pictures) == 1

    @property
    def key(self) -> Hashable:
        """The pictures' bytes and the net."""
        return ("features", self.net, tuple(each.sha256 for each in self.pictures), self.untrained)

    def run(self, loaded: Loaded) -> Features:
        """Batch after batch, in evaluation mode."""
        if self.untrained:
            with seeded(0):
                model = self.net.architecture.build().eval()
            loaded = Loaded(loaded.net, model.to(loaded.device), loaded.device, advance=loaded.advance)
        parts = []
        for start in range(0, len(self.pictures), BATCH):
            loaded.advance(start / len(self.pictures))
            begun = time.perf_counter()
            batch = torch.cat([self._given(each) for each in self.pictures[start : start + BATCH]])
            found = _features(loaded, batch, self.net.architecture)
            seconds = torch.full((len(found),), (time.perf_counter() - begun) / len(found))
            parts.append(replace(found, seconds=seconds))
        return joined(parts)

    def _given(self, picture: Picture | Shot) -> Tensor:
        """What the net is given; made without a trace, unlike ``vision.seen``."""
        preprocessing = self.net.preprocessing
        return preprocessing.tensor(preprocessing.view(picture.open()))


def joined(parts: Sequence[Features]) -> Features:
    """The features of all the parts' pictures, one part after the other."""
    return Features(
        {name: torch.cat([each.stages[name] for each in parts]) for name in parts[0].stages},
        torch.cat([each.last for each in parts]),
        torch.cat([each.pixels for each in parts]),
        torch.cat([each.seconds for each in parts]),
    )


def rows(features: Features, indices: Sequence[int]) -> Features:
    """The features of some of the pictures, in that order."""
    chosen = torch.tensor(indices)
    stages = {name: values[chosen] for name, values in features.stages.items()}
    return Features(stages, features.last[chosen], features.pixels[chosen], features.seconds[chosen])


def stage_ends(architecture: Architecture) -> tuple[Place, ...]:
    """The stem and the last place of each stage."""
    found = places(architecture)
    return tuple([place for place in found if place.stage == stage][-1] for stage in range(found[-1].stage + 1))


def classifier_of(model: nn.Module) -> str:
    """The name of the net's last linear layer, which makes a number for each class."""
    names: list[str] = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    return names[-1]


def _features(loaded: Loaded, batch: Tensor, architecture: Architecture) -> Features:
    ends = {place.module: place.name for place in stage_ends(architecture)}
    classifier = classifier_of(loaded.model)
    with tapped(loaded.model, _pooled, list(ends), [classifier]) as taps:
        forward(loaded, batch)
    if len(taps.inputs[classifier]) < len(batch):  # memory ran out, and the taps hold the last part alone
        halves = batch[: len(batch) // 2], batch[len(batch) // 2 :]
        return joined([_features(loaded, half, architecture) for half in halves])
    pixels = F.adaptive_avg_pool2d(batch, PIXELS) if batch.shape[-1] > PIXELS else batch
    return Features(
        {name: taps.outputs[module] for module, name in ends.items()},
        taps.inputs[classifier],
        pixels.flatten(1),
        torch.zeros(len(batch)),
    )


def _pooled(values: Tensor) -> Tensor:
    """(N, C, H, W) or (N, C) -> float32 (N, C) on the CPU."""
    return (values.mean((2, 3)) if values.ndim == 4 else values).float().cpu()
