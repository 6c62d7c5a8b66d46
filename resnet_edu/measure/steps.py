"""A residual net as Euler's method: x + h F(x), applied 1 / h times in every block that keeps its input's shape.

With one step it is the net itself. More and smaller steps stay closer to the flow dx/dt = F(x), which a net whose
blocks refine one another step by step would survive (Greff17; Chen18).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_edu.measure.knockout import forward_through
from resnet_edu.nets.blocks import BasicBlock
from resnet_edu.nets.cifar import CifarNet

STEPS = (1, 2, 4, 8)


@dataclass(frozen=True)
class Refined:
    """Fractions of ``pictures`` that a net gets right, by the number of steps of size 1 / steps in each block."""

    net: str
    data: str
    pictures: int
    accuracy: dict[int, float]
    command: str
    versions: dict[str, str]


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


def right_in_steps(net: CifarNet, images: Tensor, labels: Tensor) -> dict[int, int]:
    """Count the pictures classified correctly by the number of steps; ``images`` are normalised (N, 3, 32, 32)."""
    with torch.inference_mode():
        return {n: int((forward_in_steps(net, images, n).argmax(1) == labels).sum()) for n in STEPS}


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
