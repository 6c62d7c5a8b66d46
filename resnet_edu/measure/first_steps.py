"""What the first steps of training do to the learning signal (Yang19 section 5; He15 section 4.1)."""

import json
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.measure.gradients import build, make_batch, measure_net
from resnet_edu.measure.sweeps import Pair, Setting, curve_of, pair_from, rounded

STEPS = (0, 1, 2, 3, 5, 8, 12, 20)
RECORDED_DEPTHS = (20, 56, 110)
BATCH_SIZE = 16
LEARNING_RATE = 0.01
"""He15 section 4.2: 0.1 is too large for the 110-layer residual net to start with; 0.01 warms it up."""
MOMENTUM = 0.9


@dataclass(frozen=True)
class Moment:
    """Both nets after some steps; ``plain_norm`` and ``residual_norm`` are of the first weights."""

    pair: Pair
    plain_norm: float
    residual_norm: float


def first_steps(
    setting: Setting, depth: int, pool: Tensor | None = None, learning_rate: float = LEARNING_RATE
) -> Iterator[tuple[int, Moment]]:
    """Train both nets on one batch of 16 by SGD with a momentum of 0.9; measure after each of ``STEPS``."""
    setting = replace(setting, batch_size=BATCH_SIZE)
    experiments = setting.experiments(depth)
    images, labels = make_batch(experiments[0], pool)
    nets = [build(experiment) for experiment in experiments]
    optimizers = [torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=MOMENTUM) for net in nets]
    for step in range(STEPS[-1] + 1):
        if step in STEPS:
            plain, residual = (measure_net(net, images, labels) for net in nets)
            norms = (signals.layers[0].weight_norm for signals in (plain, residual))
            yield step, Moment(Pair(curve_of(plain), curve_of(residual)), *norms)
        for net, optimizer in zip(nets, optimizers, strict=True):
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(net.train()(images), labels).backward()  # type: ignore[no-untyped-call]  # torch has no annotation
            optimizer.step()


def save_steps(path: Path, setting: Setting, depths: dict[int, dict[int, Moment]]) -> None:
    """Write a preset's first steps as JSON, a moment a line, every number to four digits."""
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    head = json.dumps({"setting": asdict(setting), "versions": versions}, indent=1).removesuffix("\n}")
    blocks = []
    for depth, moments in depths.items():
        rows = ",\n   ".join(f'"{step}": {json.dumps(rounded(asdict(moment)))}' for step, moment in moments.items())
        blocks.append(f'"{depth}": {{\n   {rows}\n  }}')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + ',\n "depths": {\n  ' + ",\n  ".join(blocks) + "\n }\n}\n", encoding="utf-8")


def load_steps(path: Path) -> dict[int, dict[int, Moment]]:
    """The moments by depth and step."""
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {
        int(depth): {
            int(step): Moment(pair_from(row["pair"]), row["plain_norm"], row["residual_norm"])
            for step, row in moments.items()
        }
        for depth, moments in values["depths"].items()
    }
