"""What each stage of a trained net knows: linear probes on its maps (Alain and Bengio 2016, arXiv:1610.01644)."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.transforms.v2.functional import gaussian_blur

from resnet_edu.errors import mark
from resnet_edu.measure.taps import tapped
from resnet_edu.nets.tiny_imagenet import CLASSES, PICTURE_SIDE
from resnet_edu.plain_values import read_json
from resnet_edu.teaching.features import stage_ends
from resnet_edu.teaching.head import fit_heads
from resnet_edu.teaching.held_out import wilson
from resnet_edu.training.data import Dataset, Split
from resnet_edu.training.tiny_data import load_tiny_imagenet
from resnet_edu.training.tiny_recipe import whole_inputs
from resnet_edu.versions import versions
from resnet_edu.vision.catalogue import Net, catalogue, load

NET = "tiny-imagenet-resnet18"
PIXELS = "pixels"
"""The picture itself, read like a map, for comparison."""
GRID = 4
"""The ``ProbeReading.GRID`` keeps so many means a side."""
FITTED_PER_CLASS, SCORED_PER_CLASS = 20, 10
MADE = 240
"""Pictures that each question about made ones is fitted on, and as many others that it is scored on."""
SEEDS = (0, 1, 2)
BATCH = 40
SIGMAS = (0.0, 0.5, 1.0, 1.5, 2.0)
"""Pixels of a 64-pixel picture."""
ANGLES, HUES = 8, 8
TINT = 0.2
MARK = 6
"""Pixels along a side of the mark."""


class ProbeQuestion(StrEnum):
    """What a probe is asked: the class of the thing, or something of the picture itself."""

    CLASS = mark("class")
    PLACE = mark("place of a mark")
    ORIENTATION = mark("orientation of an edge")
    COLOUR = mark("colour")
    BLUR = mark("blur")


class ProbeReading(StrEnum):
    """How much of a map a probe is given: each channel's mean, or its means in 4 x 4 cells."""

    MEANS = "means"
    GRID = "grid"


ANSWERS = {
    ProbeQuestion.CLASS: len(CLASSES),
    ProbeQuestion.PLACE: GRID**2,
    ProbeQuestion.ORIENTATION: ANGLES,
    ProbeQuestion.COLOUR: HUES,
    ProbeQuestion.BLUR: len(SIGMAS),
}


@dataclass(frozen=True)
class ProbeScore:
    """How many of ``total`` pictures, none of which the probe was fitted on, it got right."""

    right: int
    total: int

    @property
    def share(self) -> float:
        """The fraction that is right."""
        return self.right / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95% interval."""
        return wilson(self.right, self.total)

    def __add__(self, other: "ProbeScore") -> "ProbeScore":
        """Both together."""
        return ProbeScore(self.right + other.right, self.total + other.total)

    def differs(self, other: "ProbeScore") -> int:
        """Return 1 if it is above the other, -1 if below, 0 if their intervals overlap."""
        (low, high), (lower, higher) = self.interval, other.interval
        return int(low > higher) - int(high < lower)


class Verdict(StrEnum):
    """What a question's scores say of what "low layers localise, high layers recognise" claims."""

    HOLDS = "holds"
    FAILS = "fails"
    UNREAD = "unread"
    """No stage is above guessing."""


CLAIMED = {ProbeQuestion.CLASS: 1, ProbeQuestion.PLACE: -1}
"""What the sentence is about: whether the last stage should know it better (1) or less well (-1) than stage 1."""


@dataclass(frozen=True)
class Probes:
    """Scores by question, reading and stage, from the picture to the last one."""

    net: str
    data: str
    command: str
    versions: dict[str, str]
    fitted: dict[ProbeQuestion, int]
    scores: dict[ProbeQuestion, dict[ProbeReading, dict[str, ProbeScore]]]


def place_of_mark(pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Put a square, half black and half white, somewhere into one of 4 x 4 cells."""
    marked = pictures.clone()
    cells = torch.arange(len(pictures)) % GRID**2
    side = PICTURE_SIDE // GRID
    shifts = torch.randint(0, side - MARK + 1, (len(pictures), 2), generator=generator)
    for picture, cell, (down, right) in zip(marked, cells.tolist(), shifts.tolist(), strict=True):
        top, left = cell // GRID * side + down, cell % GRID * side + right
        picture[:, top : top + MARK, left : left + MARK // 2] = 0
        picture[:, top : top + MARK, left + MARK // 2 : left + MARK] = 255
    return marked, cells


def orientation_of_edge(pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw an edge through the middle, at any of 8 angles, between two greys in random order, with noise."""
    angles = torch.arange(len(pictures)) % ANGLES
    turned = (angles * math.pi / ANGLES).view(-1, 1, 1)
    along = torch.linspace(-1, 1, PICTURE_SIDE)
    shift = torch.rand(len(pictures), 1, 1, generator=generator) - 0.5
    distance = along.view(1, 1, -1) * turned.cos() + along.view(1, -1, 1) * turned.sin() + shift
    greys = torch.rand(len(pictures), 2, 1, 1, generator=generator) * 255
    edge = torch.where(distance > 0, greys[:, 0], greys[:, 1]).unsqueeze(1).expand(-1, 3, -1, -1)
    noise = 10 * torch.randn(edge.shape, generator=generator)
    return (edge + noise).clamp(0, 255).round().to(torch.uint8), angles


def colour_of_tint(pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Make grey pictures and mix a fifth of one of 8 hues in."""
    hues = torch.arange(len(pictures)) % HUES
    phases = hues.view(-1, 1) * 2 * math.pi / HUES - torch.arange(3) * 2 * math.pi / 3
    tint = (127.5 * (1 + phases.cos())).view(-1, 3, 1, 1)
    grey = pictures.float().mean(1, keepdim=True)
    return ((1 - TINT) * grey + TINT * tint).round().to(torch.uint8), hues


def blur_of_picture(pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Blur each picture by one of five Gaussians, the first of which is none."""
    steps = torch.arange(len(pictures)) % len(SIGMAS)
    blurred = pictures.clone()
    for step, sigma in enumerate(SIGMAS):
        if sigma:
            blurred[steps == step] = gaussian_blur(pictures[steps == step], [13, 13], [sigma, sigma])
    return blurred, steps


class Make(Protocol):
    """Turns (N, 3, 64, 64) pictures into others whose answers are known."""

    def __call__(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return as many pictures, and their answers."""


MAKERS: Mapping[ProbeQuestion, Make] = {
    ProbeQuestion.PLACE: place_of_mark,
    ProbeQuestion.ORIENTATION: orientation_of_edge,
    ProbeQuestion.COLOUR: colour_of_tint,
    ProbeQuestion.BLUR: blur_of_picture,
}


def asked(question: ProbeQuestion, dataset: Dataset, seed: int) -> tuple[Split, Split]:
    """Return what the probes are fitted on, which are pictures held out of training, and validation pictures."""
    assert dataset.held_out is not None
    if question is ProbeQuestion.CLASS:
        return _of_each(dataset.held_out, FITTED_PER_CLASS), _of_each(dataset.test, SCORED_PER_CLASS)
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for split in (dataset.held_out, dataset.test):
        chosen = torch.randperm(len(split), generator=generator)[:MADE]
        parts.append(Split(*MAKERS[question](split.images[chosen], generator)))
    return parts[0], parts[1]


def _of_each(split: Split, count: int) -> Split:
    """Keep the first pictures of each class."""
    kept = torch.cat(
        [(split.labels == label).nonzero().flatten()[:count] for label in sorted(set(split.labels.tolist()))]
    )
    return Split(split.images[kept], split.labels[kept])


def maps(model: nn.Module, net: Net, images: Tensor) -> dict[str, Tensor]:
    """Return, for the picture and each stage, (N, C, 4, 4) means of the maps in cells."""
    ends = {place.module: place.name for place in stage_ends(net.architecture)}
    found: dict[str, list[Tensor]] = {}
    for batch in torch.split(images, BATCH):
        with torch.inference_mode(), tapped(model, _in_cells, list(ends)) as taps:
            given = whole_inputs(batch, side=net.preprocessing.crop)
            model(given)
        found.setdefault(PIXELS, []).append(_in_cells(given))
        for module, name in ends.items():
            found.setdefault(name, []).append(taps.outputs[module])
    return {name: torch.cat(parts) for name, parts in found.items()}


def _in_cells(values: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(values.float(), GRID).cpu().clone()


def score(fitted: Tensor, labels: Tensor, scored: Tensor, answers: Tensor, classes: int) -> ProbeScore:
    """Fit a linear probe on (N, D) features and count what it says of others."""
    said = fit_heads(fitted, labels, classes).logits(scored)[0].argmax(1)
    return ProbeScore(int((said == answers).sum()), len(answers))


READ: Mapping[ProbeReading, Callable[[Tensor], Tensor]] = {
    ProbeReading.MEANS: lambda cells: cells.mean((2, 3)),
    ProbeReading.GRID: lambda cells: cells.flatten(1),
}


@cache
def _loaded(data_dir: Path | None, download_dir: Path) -> tuple[Dataset, Net, nn.Module]:
    net = catalogue().find(NET)
    return load_tiny_imagenet(data_dir, download_dir), net, load(net).eval()


ProbePiece = tuple[ProbeQuestion, int]
Found = dict[ProbeReading, dict[str, ProbeScore]]


def probe_at(data_dir: Path | None, download_dir: Path, piece: ProbePiece) -> Found:
    """Score every stage's probes on one question and seed; for the class, on the means alone."""
    question, seed = piece
    dataset, net, model = _loaded(data_dir, download_dir)
    fitted, scored = asked(question, dataset, seed)
    ours, theirs = (maps(model, net, each.images) for each in (fitted, scored))
    return {
        reading: {
            stage: score(read(ours[stage]), fitted.labels, read(theirs[stage]), scored.labels, ANSWERS[question])
            for stage in ours
        }
        for reading, read in READ.items()
        if question is not ProbeQuestion.CLASS or reading is ProbeReading.MEANS
    }


def pieces() -> Iterator[ProbePiece]:
    """Every question with its seeds; the class needs none, because nothing is drawn."""
    for question in ProbeQuestion:
        for seed in SEEDS if question in MAKERS else SEEDS[:1]:
            yield question, seed


class ProbeSpreader(Protocol):
    """Computes pieces, here or on a cluster."""

    def __call__(
        self, work: Callable[[ProbePiece], Found], items: list[ProbePiece], name: str
    ) -> dict[ProbePiece, Found]:
        """Return the results by piece."""


def record_probes(data_dir: Path | None, download_dir: Path, out: Path, spread: ProbeSpreader, command: str) -> None:
    """Measure all probes and write them to ``out``."""
    done = spread(partial(probe_at, data_dir, download_dir), list(pieces()), "probes")
    scores: dict[ProbeQuestion, Found] = {}
    for (question, _seed), found in done.items():
        before = scores.setdefault(question, {})
        for reading, stages in found.items():
            added = before.setdefault(reading, {})
            for stage, each in stages.items():
                added[stage] = added.get(stage, ProbeScore(0, 0)) + each
    counts = {question: MADE if question in MAKERS else FITTED_PER_CLASS * len(CLASSES) for question in scores}
    recorded = Probes(NET, "Tiny ImageNet", command, versions(), counts, scores)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(asdict(recorded), indent=1) + "\n", encoding="utf-8")


def is_read(question: ProbeQuestion, stages: Mapping[str, ProbeScore]) -> bool:
    """Whether any stage is above guessing."""
    return any(each.interval[0] > 1 / ANSWERS[question] for each in stages.values())


def verdict(question: ProbeQuestion, stages: Mapping[str, ProbeScore]) -> Verdict:
    """Compare the last stage with the first on a question that the sentence is about (``CLAIMED``).

    Scores whose intervals overlap do not count as different.
    """
    low, high = ends(stages)
    if not is_read(question, stages):
        return Verdict.UNREAD
    return Verdict.HOLDS if high.differs(low) == CLAIMED[question] else Verdict.FAILS


def ends(stages: Mapping[str, ProbeScore]) -> tuple[ProbeScore, ProbeScore]:
    """Return the scores of the first stage, which follows the picture and the stem, and of the last one."""
    scores = list(stages.values())
    return scores[2], scores[-1]


def load_probes(path: Path) -> Probes:
    """Read what ``record_probes`` wrote."""
    return read_json(path, Probes)
