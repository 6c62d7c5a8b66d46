"""Adebayo18's sanity check: a map that stays when the net forgets what it learnt explains nothing that it learnt."""

import copy
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor, nn

from resnet_edu.nets.architecture import Architecture
from resnet_edu.seeding import seeded
from resnet_edu.vision.attribution.contrast import contrasted
from resnet_edu.vision.attribution.layers import layers
from resnet_edu.vision.attribution.method import DEFAULTS, SEED, Options, Question, correlation
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.attribution.stopwatch import Stopwatch
from resnet_edu.vision.attribution.task import attend, identity
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.image import Picture


@dataclass(frozen=True)
class Randomised:
    """One method's maps while a net's layers become random from the top down.

    ``maps[0]`` is the trained net's; ``maps[k]`` has ``parts[:k]`` fresh. ``correlations[k]`` is
    Spearman's, of the absolute values, with ``maps[0]``; NaN where a map is constant. ``milliseconds``
    is the measured time of the whole check.
    """

    method: str
    signed: bool
    parts: tuple[str, ...]
    maps: tuple[Tensor, ...]
    correlations: tuple[float, ...]
    milliseconds: float


@dataclass(frozen=True)
class Randomise:
    """The task: the check for one method."""

    net: Net
    picture: Picture
    method: str
    target: int
    options: Options = DEFAULTS

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net, the class and the options."""
        return (
            "randomise",
            *identity(self.net, self.picture),
            METHODS[self.method].asked(self.target, self.options),
            self.method,
            METHODS[self.method].used(self.options),
        )

    @property
    def is_long(self) -> bool:
        """Quick tasks are served between its pieces."""
        return True

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
    """The parts of a net from the top down: the linear layer, each stage, and what lies before the first."""
    found = layers(architecture)
    return (found.head, *reversed(found.stages))


def forgetting(model: nn.Module, architecture: Architecture) -> Iterator[nn.Module]:
    """The net as it is, then copies whose parts are as before training, one more each time.

    A part is all that lies above the next lower one, so that in the end nothing is left.
    """
    yield model
    with seeded(SEED):
        fresh = architecture.build().state_dict()
    forgetful = copy.deepcopy(model)
    state = forgetful.state_dict()  # shares the copy's memory
    for names in owners(architecture, list(state)):
        with torch.no_grad():
            for name in names:
                state[name].copy_(fresh[name])
        yield forgetful


def owners(architecture: Architecture, names: list[str]) -> list[list[str]]:
    """The names of a net's weights, each under the part of ``cascade`` to which it belongs, in that order."""
    found = layers(architecture)
    begins = [
        next(index for index, name in enumerate(names) if name.startswith(f"{part}."))
        for part in (*found.stages[1:], found.head)
    ]
    groups = [names[start:end] for start, end in pairwise([0, *begins, len(names)])]
    return groups[::-1]


def rank_correlation(one: Tensor, other: Tensor) -> float:
    """Spearman's: Pearson's correlation of the ranks, equal values sharing their mean rank. NaN for a constant."""
    return correlation(_ranks(one.flatten()), _ranks(other.flatten()))


def _ranks(values: Tensor) -> Tensor:
    ordered = values.sort().values
    below, up_to = (torch.searchsorted(ordered, values, right=right) for right in (False, True))
    return (below + up_to + 1).double() / 2
