"""A residual net as Euler's method: x + h F(x), applied 1 / h times in every block that keeps its input's shape.

With one step it is the net itself. More and smaller steps stay closer to the flow dx/dt = F(x), which a net whose
blocks refine one another step by step would survive (Greff17; Chen18).
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_edu.measure.knockout import forward_through
from resnet_edu.nets.blocks import BasicBlock
from resnet_edu.nets.cifar import CifarNet
from resnet_edu.plain_values import read_json

STEPS = (1, 2, 4, 8)
Z = 1.96
"""Standard deviations to either side in a 95% interval."""


@dataclass(frozen=True)
class AnswersInSteps:
    """How many answers are right, and how many became right or wrong compared with one step of size 1."""

    right: int
    gained: int
    lost: int

    def __add__(self, other: "AnswersInSteps") -> "AnswersInSteps":
        """Both together."""
        return AnswersInSteps(self.right + other.right, self.gained + other.gained, self.lost + other.lost)


@dataclass(frozen=True)
class Refined:
    """A net's answers to ``pictures`` by the number of steps of size 1 / steps in each block.

    ``weights`` is the SHA-256 of the net's file.
    """

    net: str
    weights: str
    data: str
    pictures: int
    answers: dict[int, AnswersInSteps]
    command: str
    versions: dict[str, str]

    def change(self, steps: int) -> tuple[float, float, float]:
        """Return the change of the accuracy against one step, and its 95% interval: the pictures are the same.

        Only those whose answer changed count (McNemar 1947), as independent pictures.
        """
        found = self.answers[steps]
        mean = (found.gained - found.lost) / self.pictures
        variance = (found.gained + found.lost) / self.pictures - mean**2
        around = Z * math.sqrt(variance / self.pictures)
        return mean, mean - around, mean + around


def forward_in_steps(net: nn.Module, x: Tensor, steps: int) -> Tensor:
    """Map (N, 3, H, W) to (N, classes); ReLU follows each step, as it follows each addition of the net."""
    return forward_through(net, x, lambda block, x: _in_steps(block, x, steps))


def _in_steps(block: nn.Module, x: Tensor, steps: int) -> Tensor:
    if not (isinstance(block, BasicBlock) and isinstance(block.shortcut, nn.Identity)):
        kept: Tensor = block(x)
        return kept
    for _ in range(steps):
        branch = block.bn2(block.conv2(block.act1(block.bn1(block.conv1(x)))))
        x = block.act2(x + branch / steps)
    return x


def answers_in_steps(net: CifarNet, images: Tensor, labels: Tensor) -> dict[int, AnswersInSteps]:
    """Count the answers by the number of steps; ``images`` are normalised (N, 3, 32, 32)."""
    with torch.inference_mode():
        right = {n: forward_in_steps(net, images, n).argmax(1) == labels for n in STEPS}
    return {
        n: AnswersInSteps(int(each.sum()), int((each & ~right[1]).sum()), int((right[1] & ~each).sum()))
        for n, each in right.items()
    }


Matrix = tuple[tuple[float, float], tuple[float, float]]


def euler(matrix: Matrix, start: tuple[float, float], end: float, steps: int) -> list[tuple[float, float]]:
    """Return the points of Euler's method for dx/dt = A x from time 0 to ``end``: x + h A x, step by step."""
    a, h = torch.tensor(matrix, dtype=torch.float64), end / steps
    points = [torch.tensor(start, dtype=torch.float64)]
    for _ in range(steps):
        points.append(points[-1] + h * (a @ points[-1]))
    return _pairs(points)


def exact(matrix: Matrix, start: tuple[float, float], times: Sequence[float]) -> list[tuple[float, float]]:
    """Return the solution of dx/dt = A x at the times: exp(A t) x."""
    a, x = torch.tensor(matrix, dtype=torch.float64), torch.tensor(start, dtype=torch.float64)
    return _pairs([torch.linalg.matrix_exp(a * time) @ x for time in times])


def _pairs(points: Sequence[Tensor]) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in points]


def save_refined(path: Path, refined: Refined) -> None:
    """Write a record as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(refined), indent=1) + "\n", encoding="utf-8")


def load_refined(path: Path) -> Refined:
    """Invert ``save_refined``."""
    return read_json(path, Refined)
