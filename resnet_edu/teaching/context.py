"""How much of a picture a net needs, and at which scale: its accuracy on the validation set, recorded."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_edu.device import autocast, best_device
from resnet_edu.nets.card import sha256_of
from resnet_edu.plain_values import read_json
from resnet_edu.teaching.probes import NET, ProbeScore
from resnet_edu.training.data import Split, stratified
from resnet_edu.training.tiny_data import DESCRIPTION, load_tiny_imagenet
from resnet_edu.training.tiny_recipe import whole_inputs
from resnet_edu.versions import versions
from resnet_edu.vision.catalogue import Net, catalogue, load
from resnet_edu.vision.context import FACTORS, RADII, SCALES, Part, area, averaged, left, side_at

PICTURES = 2000
"""As many of each class."""
BATCH = 50
PRECISION = torch.bfloat16
"""On the processors that this was made on it is twice as fast as float32."""

Counts = Counter[tuple[str, float]]
"""Pictures by what was measured ("disc", "gained", ...) and its radius, scale or factor."""
ContextSpreader = Callable[[Callable[[int], Counts], Sequence[int], str], dict[int, Counts]]
"""Computes pieces, here or on a cluster, with a name for the progress bar."""


@dataclass(frozen=True)
class Averaged:
    """The score of averaged probabilities; ``gained`` and ``lost`` are pictures right with them or without, only."""

    score: ProbeScore
    gained: int
    lost: int


@dataclass(frozen=True)
class Context:
    """Scores by what is left within or outside each radius, by scale, and averaged over the scales within a factor.

    ``areas`` are the fractions of the picture within each radius; ``weights`` is the SHA-256 of the net's file.
    """

    net: str
    weights: str
    data: str
    precision: str
    command: str
    versions: dict[str, str]
    areas: dict[int, float]
    parts: dict[Part, dict[int, ProbeScore]]
    scales: dict[float, ProbeScore]
    averages: dict[float, Averaged]


def counted(model: nn.Module, net: Net, split: Split) -> Counts:
    """Count correct answers at every radius and scale for uint8 (N, 3, 64, 64) pictures."""
    side, device = net.preprocessing.crop, next(model.parameters()).device

    def probabilities(inputs: Tensor) -> Tensor:
        with torch.inference_mode(), autocast(device, PRECISION):
            logits: Tensor = model(inputs.to(device, memory_format=torch.channels_last))
        return (logits.float().cpu() / net.temperature).softmax(1)

    def right(shares: Tensor) -> Tensor:
        return shares.argmax(1) == split.labels

    inputs = whole_inputs(split.images, side)
    by_scale = {scale: probabilities(whole_inputs(split.images, side_at(scale, side))) for scale in SCALES}
    found: dict[tuple[str, float], Tensor] = {
        (str(part), radius): right(probabilities(left(inputs, part, radius))) for part in Part for radius in RADII
    }
    found |= {("scale", scale): right(shares) for scale, shares in by_scale.items()}
    before = found["scale", 1.0]
    for factor in FACTORS:
        after = right(averaged(by_scale, factor))
        found |= {("average", factor): after, ("gained", factor): after & ~before, ("lost", factor): before & ~after}
    return Counter({what: int(pictures.sum()) for what, pictures in found.items()})


@cache
def _loaded(data_dir: Path | None, download_dir: Path) -> tuple[Split, Net, nn.Module]:
    net = catalogue().find(NET)
    model = load(net).eval().to(best_device()).to(memory_format=torch.channels_last)
    return stratified(load_tiny_imagenet(data_dir, download_dir).test, PICTURES), net, model


def counted_at(data_dir: Path | None, download_dir: Path, first: int) -> Counts:
    """Count on one batch; ``first`` is its first picture."""
    split, net, model = _loaded(data_dir, download_dir)
    batch = slice(first, first + BATCH)
    return counted(model, net, Split(split.images[batch], split.labels[batch]))


def context_of(counts: Counts, pictures: int, command: str) -> Context:
    """Assemble the record from all batches' counts."""
    net = catalogue().find(NET)
    side = net.preprocessing.crop
    return Context(
        NET,
        sha256_of(net.path),
        DESCRIPTION,
        str(PRECISION).removeprefix("torch."),
        command,
        versions(),
        {radius: area(radius, side) for radius in RADII},
        {part: {radius: ProbeScore(counts[part, radius], pictures) for radius in RADII} for part in Part},
        {scale: ProbeScore(counts["scale", scale], pictures) for scale in SCALES},
        {
            factor: Averaged(
                ProbeScore(counts["average", factor], pictures), counts["gained", factor], counts["lost", factor]
            )
            for factor in FACTORS
        },
    )


def record_context(data_dir: Path | None, download_dir: Path, out: Path, spread: ContextSpreader, command: str) -> None:
    """Measure everything and write it to ``out``."""
    done = spread(partial(counted_at, data_dir, download_dir), range(0, PICTURES, BATCH), "context")
    recorded = context_of(sum(done.values(), Counter()), PICTURES, command)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(asdict(recorded), indent=1) + "\n", encoding="utf-8")


def load_context(path: Path) -> Context:
    """Read what ``record_context`` wrote."""
    return read_json(path, Context)
