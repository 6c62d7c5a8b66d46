"""The loss around a trained net's weights, over a plane of random directions (Li17 sections 3 and 4).

Directions are normalised filter by filter: each filter of a direction is as long as the net's own. Biases and
batch normalisation parameters stay unchanged, and batch normalisation keeps its running statistics.
"""

import copy
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from resnet_edu.nets.blocks import BasicBlock, Normalisation
from resnet_edu.nets.cifar import CifarNet, Family
from resnet_edu.plain_values import read_json

POINTS = 41
"""Points in each direction, an odd number so that the net itself is in the middle."""
REACH = 1.0
"""Largest distance from the net, in lengths of its own filters."""
PICTURES = 1000
SEEDS = (0, 1)
BATCH = 100
DIGITS = 4
"""Significant digits of a recorded loss."""

Direction = dict[str, Tensor]
"""By parameter, the displacement of one step in this direction."""


@dataclass(frozen=True)
class GridRow:
    """Mean cross-entropy and error, a fraction, along the first direction."""

    losses: tuple[float, ...]
    errors: tuple[float, ...]


@dataclass(frozen=True)
class Landscape:
    """Training loss and error around a net.

    ``slices`` maps the seed of the two directions to one ``GridRow`` for each step of the second.
    ``coordinates`` apply to both directions. ``moved`` of the net's ``parameters`` are weights, which the
    directions change; ``pictures`` of the training set were measured.
    """

    net: str
    data: str
    pictures: int
    parameters: int
    moved: int
    coordinates: tuple[float, ...]
    slices: dict[int, tuple[GridRow, ...]]
    command: str
    hardware: str
    versions: dict[str, str]

    @property
    def centre(self) -> int:
        """The net's own index, within a row and among the rows."""
        return len(self.coordinates) // 2

    def line(self, seed: int) -> GridRow:
        """Return the row along the first direction through the net itself."""
        return self.slices[seed][self.centre]


def coordinates(points: int = POINTS) -> tuple[float, ...]:
    """Return ``points`` (an odd number) steps from -``REACH`` to ``REACH``, with 0 in the middle."""
    half = points // 2
    return tuple(REACH * (index - half) / half for index in range(2 * half + 1))


def directions(net: nn.Module, seed: int) -> tuple[Direction, Direction]:
    """Return two random directions normalised filter by filter, zero for parameters without filters.

    Nets with the same parameters get the same random numbers.
    """
    generator = torch.Generator().manual_seed(seed)
    first, second = ({name: _drawn(each, generator) for name, each in net.named_parameters()} for _ in range(2))
    return first, second


def _drawn(weights: Tensor, generator: torch.Generator) -> Tensor:
    """Draw a direction for one parameter; a filter is whatever produces one output, such as a linear layer's row."""
    if weights.dim() < 2:
        return torch.zeros_like(weights)
    drawn = torch.randn(weights.shape, generator=generator).to(weights)
    inside = list(range(1, weights.dim()))
    own, length = (torch.linalg.vector_norm(each.detach(), dim=inside, keepdim=True) for each in (weights, drawn))
    scaled: Tensor = drawn * own / length
    return scaled


def count(net: nn.Module) -> tuple[int, int]:
    """Return the number of all parameters and of those in filters."""
    sizes = [(each.numel(), each.dim()) for each in net.parameters()]
    return sum(size for size, _ in sizes), sum(size for size, dimensions in sizes if dimensions > 1)


def moved(net: CifarNet, plane: tuple[Direction, Direction], at: tuple[float, float]) -> CifarNet:
    """Return a copy in evaluation mode with its weights moved ``at`` steps along the two directions."""
    other = copy.deepcopy(net).eval()
    with torch.no_grad():
        for name, weights in other.named_parameters():
            for direction, steps in zip(plane, at, strict=True):
                weights.add_(direction[name], alpha=steps)
    return other


@torch.inference_mode()
def measure_row(
    net: CifarNet, pictures: Tensor, labels: Tensor, seed: int, second: float, points: int = POINTS
) -> GridRow:
    """Measure loss and error ``second`` steps along the second direction, over all steps of the first.

    ``pictures`` are normalised (N, 3, 32, 32). Raises ``ValueError`` for a net whose convolutions are not
    followed by batch normalisation.
    """
    plane = directions(net, seed)
    measured = [_measure(moved(net, plane, (first, second)), pictures, labels) for first in coordinates(points)]
    return GridRow(tuple(loss for loss, _ in measured), tuple(error for _, error in measured))


def _measure(net: CifarNet, pictures: Tensor, labels: Tensor) -> tuple[float, float]:
    fast = folded(net).to(memory_format=torch.channels_last)
    loss, wrong = 0.0, 0
    for batch, right in zip(torch.split(pictures, BATCH), torch.split(labels, BATCH), strict=True):
        logits = fast(batch.to(memory_format=torch.channels_last))
        loss += float(F.cross_entropy(logits.double(), right, reduction="sum"))
        wrong += int((logits.argmax(1) != right).sum())
    return loss / len(labels), wrong / len(labels)


def folded(net: CifarNet) -> CifarNet:
    """Fold batch normalisation into the convolutions, which saves a quarter of the time. Changes ``net`` in place.

    With running statistics, a normalisation is just a scale and a shift.
    """
    if net.spec.family not in (Family.PLAIN, Family.RESIDUAL) or net.spec.normalisation is not Normalisation.BATCH:
        raise ValueError(f"no convolution of {net.spec} is followed by its normalisation")
    for part in net.modules():
        for conv, norm in (("conv1", "bn1"), ("conv2", "bn2")):
            if isinstance(part, BasicBlock) or (part is net and conv == "conv1"):
                setattr(part, conv, fuse_conv_bn_eval(getattr(part, conv), getattr(part, norm)))
                setattr(part, norm, nn.Identity())
    return net


def minima(rows: Sequence[GridRow]) -> int:
    """Count the points off the edge whose loss is lower than at all eight neighbours."""
    losses = torch.tensor([row.losses for row in rows], dtype=torch.double)
    around = losses.unfold(0, 3, 1).unfold(1, 3, 1).flatten(2)
    middle = around[..., 4:5]
    return int((around > middle).sum(2).eq(8).sum())


def save_landscape(path: Path, recorded: Landscape) -> None:
    """Write a record as JSON, one row per line, with rounded losses."""
    values = asdict(recorded)
    slices = {
        str(seed): ",\n   ".join(json.dumps(_rounded(row)) for row in rows) for seed, rows in recorded.slices.items()
    }
    del values["slices"]
    head = json.dumps(values, indent=1, ensure_ascii=False).removesuffix("\n}")
    body = ",\n".join(f'  "{seed}": [\n   {rows}\n  ]' for seed, rows in slices.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{head},\n "slices": {{\n{body}\n }}\n}}\n', encoding="utf-8")


def _rounded(row: GridRow) -> dict[str, list[float]]:
    return {"losses": [float(f"{loss:.{DIGITS}g}") for loss in row.losses], "errors": list(row.errors)}


def load_landscape(path: Path) -> Landscape:
    """Invert ``save_landscape``."""
    return read_json(path, Landscape)
