"""The identity experiment (He15 sections 1 and 3.1): making a trained net deeper without training.

A deeper net can do whatever a shallower one does if its extra layers just copy their input. Here k extra
blocks or layers are inserted at the end of a stage of a trained net; ``Insert`` says which kind.
"""

import copy
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import update_bn

from resnet_edu.nets.blocks import BasicBlock, LayerOptions, Shortcut, conv3x3
from resnet_edu.nets.cifar import STAGES, CifarNet, CifarSpec, Family, initialise
from resnet_edu.plain_values import read_json
from resnet_edu.seeding import seeded

MOST = 50
COUNTS = (0, 1, 2, 3, 5, 8, 13, 20, 30, 40, 50)
"""The values of k at which the error is recorded."""
PLACES = tuple(range(1, STAGES + 1))
"""The stages after which layers can be inserted."""
NETS = {Family.RESIDUAL: "cifar10-residual-20", Family.PLAIN: "cifar10-plain-20"}
"""The nets shipped with the app, by family."""
DRAWS = 3
CALIBRATION = 512
"""Number of training pictures from which batch normalisation statistics are recomputed."""
BATCH = 250


class Insert(StrEnum):
    """What is inserted. Convolutions start as the net's own did: after He et al. (arXiv:1502.01852)."""

    ZERO = "zero"
    """Residual blocks whose last scale and shift are zero, so that F = 0.

    The input has passed a ReLU and is not negative, so relu(x + 0) = x bit for bit.
    """
    FRESH_BLOCKS = "fresh-blocks"
    """Residual blocks with a last scale of one."""
    FRESH_LAYERS = "fresh-layers"
    """Layers of the plain net: a convolution, batch normalisation, ReLU."""
    COPIES = "copies"
    """Plain layers set by hand to copy their input, which shows that the plain net's solution exists.

    Each kernel is 1 at the centre of its own channel and 0 elsewhere; each normalisation is the identity.
    """

    @property
    def family(self) -> Family:
        """The family of nets that it is inserted into."""
        return Family.RESIDUAL if self in (Insert.ZERO, Insert.FRESH_BLOCKS) else Family.PLAIN

    @property
    def is_fresh(self) -> bool:
        """Whether it changes the signal, so that batch normalisation needs new statistics."""
        return self in (Insert.FRESH_BLOCKS, Insert.FRESH_LAYERS)


@dataclass(frozen=True)
class Deepened:
    """A trained net cut open: ``front``, any number of ``inserted`` modules, ``back``; all in evaluation mode."""

    insert: Insert
    front: nn.Sequential
    inserted: tuple[nn.Module, ...]
    back: nn.Sequential

    def net(self, k: int) -> nn.Sequential:
        """Return the net with k insertions, with its training statistics unless ``answers`` has replaced them."""
        return nn.Sequential(self.front, *self.inserted[:k], self.back)


def deepen(net: CifarNet, insert: Insert, place: int, *, seed: int = 0, most: int = MOST) -> Deepened:
    """Cut a copy of ``net`` at the end of stage ``place`` and create ``most`` insertions.

    Raises ``ValueError`` if the net is of a different family than the insertions, or lacks batch
    normalisation or ReLU.
    """
    layers = LayerOptions(net.spec.normalisation, net.spec.activation)
    if net.spec.family is not insert.family or layers != LayerOptions():
        raise ValueError(f"{insert} does not go into {net.spec}")
    own = copy.deepcopy(net)
    stages = (own.layer1, own.layer2, own.layer3)
    channels = net.spec.width * 2 ** (place - 1)
    with seeded(seed):
        inserted = tuple(_make(insert, channels, net.spec) for _ in range(most))
    return Deepened(
        insert,
        nn.Sequential(own.conv1, own.bn1, own.act1, *stages[:place]).eval(),
        tuple(each.to(net.linear.weight).eval() for each in inserted),
        nn.Sequential(*stages[place:], own.bn2, own.act2, own.pool, nn.Flatten(), own.linear).eval(),
    )


def _make(insert: Insert, channels: int, spec: CifarSpec) -> nn.Module:
    if insert.family is Family.RESIDUAL:
        block = BasicBlock(channels, channels, 1, Shortcut.A, LayerOptions())
        initialise(block, replace(spec, zero_last=insert is Insert.ZERO))
        return block
    conv, norm = conv3x3(channels, channels), nn.BatchNorm2d(channels)
    layer = nn.Sequential(conv, norm, nn.ReLU())
    initialise(layer, spec)
    if insert is Insert.COPIES:
        nn.init.dirac_(conv.weight)
        nn.init.constant_(norm.running_var, 1 - norm.eps)  # type: ignore[arg-type]  # it is tracked; with eps it is 1
    return layer


@dataclass(frozen=True)
class Growth:
    """Weighted layers and parameters of a net without insertions, and of each insertion."""

    layers: int
    parameters: int
    layers_each: int
    parameters_each: int


@lru_cache(maxsize=64)
def growth(spec: CifarSpec, insert: Insert, place: int) -> Growth:
    """Count layers and parameters on modules without weights."""
    with torch.device("meta"):
        deepened = deepen(spec.build(), insert, place, most=1)
    (layers, parameters), (more_layers, more_parameters) = (_count(deepened.net(k)) for k in (0, 1))
    return Growth(layers, parameters, more_layers - layers, more_parameters - parameters)


def _count(net: nn.Module) -> tuple[int, int]:
    layers = sum(isinstance(module, nn.Conv2d | nn.Linear) for module in net.modules())
    return layers, sum(parameter.numel() for parameter in net.parameters())


@torch.no_grad()
def answers(
    deepened: Deepened, pictures: Tensor, calibration: Tensor, counts: Collection[int] = COUNTS
) -> Iterator[tuple[int, Tensor]]:
    """Yield (k, (N, classes) logits) for every k in ``counts``, in increasing order.

    ``pictures`` and ``calibration`` are normalised (N, 3, 32, 32). ``front`` is computed once, and each
    insertion reuses the output of the previous one. Fresh insertions change the input of every later
    normalisation, so its running statistics would be wrong; from the first insertion on, each normalisation
    uses the statistics of ``calibration`` instead, the choice that harms the deepened nets least.
    """
    fresh = deepened.insert.is_fresh
    x = _through(deepened.front, pictures)
    seen = _through(deepened.front, calibration)
    for k in range(max(counts) + 1):
        if k:
            inserted = deepened.inserted[k - 1]
            if fresh:
                update_bn([seen], inserted)
                seen = inserted(seen)
            for part in torch.split(x, BATCH):
                part.copy_(inserted(part))
        if k in counts:
            back = deepened.back
            if k and fresh:
                back = copy.deepcopy(back)
                update_bn([seen], back)
            yield k, _through(back, x)


def _through(module: nn.Module, x: Tensor) -> Tensor:
    return torch.cat([module(part) for part in torch.split(x, BATCH)])


@dataclass(frozen=True)
class InsertionCurve:
    """By k: each seed's test error, as a fraction, and the largest change of any logit over all seeds."""

    errors: dict[int, tuple[float, ...]]
    furthest: dict[int, float]

    def __add__(self, other: "InsertionCurve") -> "InsertionCurve":
        """Combine two curves, keeping all seeds."""
        return InsertionCurve(
            {k: errors + other.errors[k] for k, errors in self.errors.items()},
            {k: max(far, other.furthest[k]) for k, far in self.furthest.items()},
        )


@dataclass(frozen=True)
class IdentityRecord:
    """The experiment at the end of one stage; ``nets`` are by family, ``curves`` by ``Insert``.

    ``pictures`` is the number of test pictures, ``calibration`` that of the training pictures behind the
    batch normalisation statistics.
    """

    place: int
    nets: dict[str, str]
    data: str
    pictures: int
    calibration: int
    seeds: tuple[int, ...]
    precision: str
    command: str
    hardware: str
    versions: dict[str, str]
    curves: dict[str, InsertionCurve]


def measure(
    net: CifarNet,
    insert: Insert,
    place: int,
    data: tuple[Tensor, Tensor, Tensor],
    *,
    seeds: Sequence[int],
    counts: Collection[int] = COUNTS,
) -> InsertionCurve:
    """Measure the errors on ``data``: pictures, labels and calibration pictures, as for ``answers``.

    Insertions that copy their input don't depend on the seed, so one seed suffices for them.
    """
    pictures, labels, calibration = data
    with torch.no_grad():
        own = _through(net.eval(), pictures)
    errors: dict[int, tuple[float, ...]] = dict.fromkeys(counts, ())
    furthest = dict.fromkeys(counts, 0.0)
    for seed in seeds if insert.is_fresh else seeds[:1]:
        deepened = deepen(net, insert, place, seed=seed, most=max(counts))
        for k, logits in answers(deepened, pictures, calibration, counts):
            errors[k] += (int((logits.argmax(1) != labels).sum()) / len(labels),)
            furthest[k] = max(furthest[k], float((logits - own).abs().max()))
    return InsertionCurve(errors, furthest)


def save_identity(path: Path, recorded: IdentityRecord) -> None:
    """Write a record as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(recorded), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load_identity(path: Path) -> IdentityRecord:
    """Invert ``save_identity``."""
    return read_json(path, IdentityRecord)
