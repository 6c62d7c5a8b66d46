"""Which map is right? Cover what a map calls important, or show only that, and watch the answer.

Deletion and insertion are Petsiuk18's, infidelity and sensitivity Yeh19's as Captum has them.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import torch
from captum.metrics import infidelity, sensitivity_max
from torch import Tensor
from torch.nn import functional

from resnet_edu.vision.attribution.method import Question, generator, grid
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.attribution.occlusion import window_of
from resnet_edu.vision.attribution.stopwatch import Stopwatch
from resnet_edu.vision.attribution.task import MapTask, attend, identity
from resnet_edu.vision.engine.protocol import Loaded

PIXELS, PATCHES = "random-pixels", "random-patches"
RANDOM = (PIXELS, PATCHES)
"""Maps that know nothing: every pixel's value drawn by itself, or PATCH x PATCH values enlarged smoothly."""
PATCH = 7
PARTS = 32
"""Steps of a curve; each covers or shows as many pixels."""
SQUARES = 32
"""What infidelity averages over: squares of Occlusion's size, at random places."""
NEIGHBOURS = 5
RADIUS = 0.02
"""Sensitivity is the largest change over so many pictures, every value of which lies so near; Captum's radius."""


@dataclass(frozen=True)
class PixelCurve:
    """The class's probability while equal shares of the pixels are covered or shown, from none to all."""

    probabilities: tuple[float, ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """Of the pixels."""
        last = len(self.probabilities) - 1
        return tuple(step / last for step in range(last + 1))

    @property
    def area(self) -> float:
        """Under the curve, by trapezoids: the mean probability."""
        inner = sum(self.probabilities) - (self.probabilities[0] + self.probabilities[-1]) / 2
        return inner / (len(self.probabilities) - 1)


@dataclass(frozen=True)
class Faithfulness:
    """How one map fares. A good one has a small ``deletion`` area, a large ``insertion`` area, a small ``infidelity``.

    ``infidelity`` is in squared units of the score, after the best scaling of the map; ``sensitivity``
    is the largest relative change of the map. ``milliseconds`` is the measured time of all of it.
    """

    method: str
    deletion: PixelCurve
    insertion: PixelCurve
    infidelity: float
    sensitivity: float
    milliseconds: float


class Verify(MapTask):
    """The task: how faithful the map of a method, or of ``RANDOM``, is."""

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net, the classes and the options."""
        used = METHODS[self.method].used(self.options) if self.method in METHODS else None
        asked = (self.target, self.options.against)
        return ("verify", *identity(self.net, self.picture), asked, self.method, used)

    def run(self, loaded: Loaded) -> Faithfulness:
        """The map, both curves, and Captum's two measures."""
        return attend(loaded, self.picture, self.target, self.options, self._verify)

    def _verify(self, question: Question) -> Faithfulness:
        watch = Stopwatch(question.image.device, question.advance)
        parts = iter(range(4 + NEIGHBOURS))

        def part() -> Question:
            return replace(question, advance=watch.advance).in_part(next(parts), 4 + NEIGHBOURS)

        values = map_of(self.method, part())
        whole, temperature = question.image, self.net.temperature
        deletion = curve(part(), whole, torch.zeros_like(whole), values, temperature)
        insertion = curve(part(), question.blurred, whole, values, temperature)
        unfaithful = infidelity_of(part(), values)
        unstable = sensitivity_of(self.method, question, values, part)
        watch.advance(1.0)
        return Faithfulness(self.method, deletion, insertion, unfaithful, unstable, watch.milliseconds)


def map_of(method: str, question: Question) -> Tensor:
    """(H, W) of a method, or of ``RANDOM``."""
    if method in METHODS:
        return METHODS[method].map(question)
    side = question.image.shape[-1]
    coarse = side if method == PIXELS else PATCH
    drawn = torch.rand(1, 1, coarse, coarse, generator=generator())
    return functional.interpolate(drawn, (side, side), mode="bilinear")[0, 0]


def order(values: Tensor) -> Tensor:
    """Pixels, the brightest first; equal ones in random order, as they would begin at the picture's top otherwise."""
    shuffled = torch.randperm(values.numel(), generator=generator())
    return shuffled[values.flatten()[shuffled].argsort(descending=True, stable=True)]


def curve(question: Question, start: Tensor, end: Tensor, values: Tensor, temperature: float) -> PixelCurve:
    """From the picture ``start`` to ``end``, (1, 3, H, W) each, pixel by pixel as the map orders them."""
    place = torch.empty(values.numel(), dtype=torch.long)
    place[order(values)] = torch.arange(values.numel())
    place = place.view(values.shape).to(start.device)
    probabilities: list[float] = []
    for first, last in grid(PARTS + 1, question.chunk):
        with torch.inference_mode():
            bounds = [values.numel() * step // PARTS for step in range(first, last)]
            mixed = torch.cat([torch.where(place < bound, end, start) for bound in bounds])
            shares = (question.model(mixed) / temperature).softmax(1)[:, question.target]
        probabilities += shares.tolist()
        question.advance(last / (PARTS + 1))
    return PixelCurve(tuple(probabilities))


def infidelity_of(question: Question, values: Tensor) -> float:
    """Captum's, scaled best: how badly the map's sum over a square tells the score's fall when it is covered."""
    draw = generator()
    side = values.shape[-1]
    window, _step = window_of(side)
    seen = 0

    def cover(images: Tensor) -> tuple[Tensor, Tensor]:
        covered = torch.zeros_like(images)
        for each, (top, left) in zip(
            covered, torch.randint(side - window + 1, (len(images), 2), generator=draw).tolist(), strict=True
        ):
            each[:, top : top + window, left : left + window] = 1
        return covered, images * (1 - covered)

    def score(images: Tensor) -> Tensor:
        nonlocal seen
        scores = torch.cat([question.score(images[first:end]) for first, end in grid(len(images), question.chunk)])
        seen += len(images)
        question.advance(min(1.0, seen / SQUARES))
        return scores

    shared = (values / 3).to(question.image.device).expand_as(question.image)
    found = infidelity(
        score,
        cover,
        question.image,
        shared,
        n_perturb_samples=SQUARES,
        max_examples_per_batch=min(question.chunk, SQUARES),
        normalize=True,
    )
    return float(found)


def sensitivity_of(method: str, question: Question, values: Tensor, part: Callable[[], Question]) -> float:
    """Captum's: the largest change of the map, as a share of it, over pictures hardly other than this one."""
    draw = generator()
    maps = iter([values])

    def near(images: Tensor) -> Tensor:
        noise = torch.rand(images.shape, generator=draw) * 2 - 1
        return images + RADIUS * noise.to(images.device)

    def explain(images: Tensor | tuple[Tensor, ...]) -> Tensor:
        image = images[0] if isinstance(images, tuple) else images
        explained = next(maps, None)
        if explained is None:
            with torch.enable_grad():  # Captum asks without
                explained = map_of(method, replace(part(), image=image))
        return explained[None, None]

    return float(sensitivity_max(explain, question.image, near, n_perturb_samples=NEIGHBOURS, max_examples_per_batch=1))
