"""Adebayo18's sanity check: a map that survives randomised weights doesn't explain what the net has learnt."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor, nn

from resnet_edu.nets.architecture import Architecture
from resnet_edu.seeding import seeded
from resnet_edu.vision.attribution.contrast import contrasted
from resnet_edu.vision.attribution.layers import layers
from resnet_edu.vision.attribution.method import SEED, Question, correlation
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.attribution.stopwatch import Stopwatch
from resnet_edu.vision.attribution.task import MapTask, attend
from resnet_edu.vision.engine.protocol import Loaded


@dataclass(frozen=True)
class Randomised:
    """One method's maps as a net's layers are randomised from the top down.

    ``maps[0]`` is the trained net's; in ``maps[k]``, ``parts[:k]`` are random. ``correlations[k]`` is
    Spearman's, of the absolute values, with ``maps[0]``; NaN if a map is constant. ``milliseconds`` is the
    measured time of the whole check.
    """

    method: str
    signed: bool
    parts: tuple[str, ...]
    maps: tuple[Tensor, ...]
    correlations: tuple[float, ...]
    milliseconds: float


class Randomise(MapTask):
    """The task: run the check for one method."""

    def run(self, loaded: Loaded) -> Randomised:
        """The shared net is copied; the copy is what forgets."""

        def check(question: Question) -> Randomised:
            return self._check(question, loaded.model)

        return attend(loaded, self.picture, self.target, self.options, check)

    def _check(self, question: Question, whole: nn.Module) -> Randomised:
        method = METHODS[self.method]
        parts = cascade(self.net.architecture)
        watch = Stopwatch(question.image.device, question.advance)
        question = replace(question, advance=watch.advance)
        maps: list[Tensor] = []
        for model in forgetting(whole, self.net.architecture):
            asked = contrasted(model, parts[0], self.options.against)
            part = replace(question, model=asked).in_part(len(maps), len(parts) + 1)
            maps.append(method.map(part))
            part.advance(1.0)
        correlations = tuple(rank_correlation(maps[0].abs(), each.abs()) for each in maps)
        return Randomised(self.method, method.signed, parts, tuple(maps), correlations, watch.milliseconds)


def cascade(architecture: Architecture) -> tuple[str, ...]:
    """Return the parts of a net from the top down: the linear layer, each stage, and what precedes the first."""
    found = layers(architecture)
    return (found.head, *reversed(found.stages))


def forgetting(model: nn.Module, architecture: Architecture) -> Iterator[nn.Module]:
    """Yield the net itself, then a copy with one more part randomised each time.

    A part includes everything down to the next lower one, so that in the end nothing learnt is left.
    """
    yield model
    with seeded(SEED):
        fresh = architecture.build().state_dict()
    forgetful = copy.deepcopy(model)
    state = forgetful.state_dict()  # shares memory with the copy
    for names in owners(architecture, list(state)):
        with torch.no_grad():
            for name in names:
                state[name].copy_(fresh[name])
        yield forgetful


def owners(architecture: Architecture, names: list[str]) -> list[list[str]]:
    """Group the names of a net's weights by part, in the order of ``cascade``."""
    found = layers(architecture)
    begins = [
        next(index for index, name in enumerate(names) if name.startswith(f"{part}."))
        for part in (*found.stages[1:], found.head)
    ]
    groups = [names[start:end] for start, end in pairwise([0, *begins, len(names)])]
    return groups[::-1]


def rank_correlation(one: Tensor, other: Tensor) -> float:
    """Return Spearman's correlation: Pearson's of the ranks, ties sharing their mean rank; NaN for a constant."""
    return correlation(_ranks(one.flatten()), _ranks(other.flatten()))


def _ranks(values: Tensor) -> Tensor:
    ordered = values.sort().values
    below, up_to = (torch.searchsorted(ordered, values, right=right) for right in (False, True))
    return (below + up_to + 1).double() / 2
