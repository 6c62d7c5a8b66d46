"""Deletes blocks of a trained net (Veit16 section 4.1), whose input passes on, or reorders them (section 4.3)."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.resnet import BasicBlock as TorchvisionBasicBlock
from torchvision.models.resnet import Bottleneck, ResNet

from resnet_edu.device import autocast
from resnet_edu.errors import UserError, mark
from resnet_edu.measure.paths import PathGradients
from resnet_edu.nets.blocks import BasicBlock, PreActivationBlock, ZeroPadding
from resnet_edu.nets.cifar import CifarNet
from resnet_edu.plain_values import read_json

DRAWS = 20
BATCH = 200


def block_names(net: nn.Module) -> tuple[str, ...]:
    """Return names such as layer1.0, layer1.1, ...; empty if the net's blocks don't add."""
    return tuple(name for name, block in _blocks(net) if _skips(block))


def movable(net: nn.Module) -> tuple[str, ...]:
    """Return the blocks that can change places: all but the first of each stage, which changes the shape."""
    return tuple(name for name in block_names(net) if not name.endswith(".0"))


def forward_without(
    net: nn.Module,
    x: Tensor,
    deleted: frozenset[str],
    swapped: tuple[str, str] | None = None,
    passed: Callable[[str, Tensor], None] = lambda _name, _x: None,
) -> Tensor:
    """Map (N, 3, H, W) to (N, classes) with F = 0 in the ``deleted`` blocks.

    The shortcut's output passes on, through the activation after the addition if there is one. A plain block
    has no shortcut: its layers are skipped and its input passes on, subsampled and zero-padded where the
    shape changes (option A). The ``swapped`` blocks, of one stage, change places. ``passed`` is given
    each deleted block's name and what takes the place of its output. Raises ``UserError`` for an
    unknown block.
    """
    if unknown := deleted.difference(block_names(net)):
        raise UserError(mark("This net has no block {name} that could be switched off."), name=sorted(unknown)[0])
    x = _stem(net, x)
    for name, block in _reordered(_blocks(net), swapped):
        if name in deleted:
            x = _without(block, x)
            passed(name, x)
        else:
            x = block(x)
    return _head(net, x)


def forward_through(net: nn.Module, x: Tensor, apply: Callable[[nn.Module, Tensor], Tensor]) -> Tensor:
    """Map (N, 3, H, W) to (N, classes), with ``apply`` in place of calling each block."""
    x = _stem(net, x)
    for _name, block in _blocks(net):
        x = apply(block, x)
    return _head(net, x)


def _reordered(blocks: list[tuple[str, nn.Module]], swapped: tuple[str, str] | None) -> list[tuple[str, nn.Module]]:
    if not swapped:
        return blocks
    first, second = swapped
    if first.split(".")[0] != second.split(".")[0]:
        raise ValueError(swapped)
    of, other = dict(blocks), {first: second, second: first}
    return [(other.get(name, name), of[other.get(name, name)]) for name, _block in blocks]


def _stem(net: nn.Module, x: Tensor) -> Tensor:
    """Compute everything before the first block."""
    if isinstance(net, CifarNet):
        x = net.act1(net.bn1(net.conv1(x)))
    elif isinstance(net, ResNet):
        x = net.maxpool(net.relu(net.bn1(net.conv1(x))))
    return x


def _head(net: nn.Module, x: Tensor) -> Tensor:
    """Compute everything after the last block, or all of a net without blocks."""
    if isinstance(net, CifarNet):
        logits: Tensor = net.linear(net.pool(net.act2(net.bn2(x))).flatten(1))
    elif isinstance(net, ResNet):
        logits = net.fc(net.avgpool(x).flatten(1))
    else:
        logits = net(x)
    return logits


def _blocks(net: nn.Module) -> list[tuple[str, nn.Module]]:
    return [(f"{stage}.{index}", block) for stage, blocks in _stages(net) for index, block in enumerate(blocks)]


def _stages(net: nn.Module) -> list[tuple[str, nn.Sequential]]:
    if not isinstance(net, CifarNet | ResNet):
        return []
    return [(name, child) for name, child in net.named_children() if isinstance(child, nn.Sequential)]


def _skips(block: nn.Module) -> bool:
    return isinstance(block, BasicBlock | PreActivationBlock | TorchvisionBasicBlock | Bottleneck)


def _without(block: nn.Module, x: Tensor) -> Tensor:
    carried: Tensor
    if isinstance(block, BasicBlock):
        carried = block.act2(x if block.shortcut is None and _keeps(block) else _shortcut(block)(x))
    elif isinstance(block, PreActivationBlock):
        carried = block.shortcut(x)
    else:
        assert isinstance(block, TorchvisionBasicBlock | Bottleneck)
        carried = F.relu(x if block.downsample is None else block.downsample(x))
    return carried


def _keeps(block: BasicBlock) -> bool:
    return block.conv1.stride == (1, 1) and block.conv1.in_channels == block.conv1.out_channels


def _shortcut(block: BasicBlock) -> nn.Module:
    """Return the block's shortcut, or option A's for a plain block that changes the shape."""
    conv = block.conv1
    return block.shortcut or ZeroPadding(conv.in_channels, conv.out_channels, conv.stride[0])


@dataclass(frozen=True)
class Knockout:
    """The cost of deleting blocks on the CIFAR-10 test set; errors are fractions.

    ``single`` is the error after deleting each block alone; ``several`` maps k to the errors for ``DRAWS``
    random choices of k blocks. ``paths`` is None for a plain net. ``weights`` is the SHA-256 of the net's file.
    """

    net: str
    weights: str
    data: str
    error: float
    single: dict[str, float]
    several: dict[int, tuple[float, ...]]
    paths: PathGradients | None
    versions: dict[str, str]


def counts(blocks: int) -> tuple[int, ...]:
    """Return the numbers of blocks to delete at once: all of them up to nine blocks, else nine evenly spaced ones."""
    steps = min(blocks, 9)
    return tuple(sorted({round(blocks * step / steps) for step in range(1, steps + 1)}))


def choices(names: tuple[str, ...]) -> Iterator[tuple[int, tuple[frozenset[str], ...]]]:
    """Yield each count with ``DRAWS`` random choices of that many blocks; equal for nets with the same blocks."""
    rng = random.Random(0)  # a choice of experiments, not a secret
    for count in counts(len(names)):
        yield count, tuple(frozenset(rng.sample(names, count)) for _ in range(DRAWS))


def wrong_without(net: CifarNet, images: Tensor, labels: Tensor) -> Counter[frozenset[str]]:
    """Count the pictures misclassified after each recorded deletion; the empty set is the whole net.

    ``images`` is normalised float (N, 3, 32, 32). Computes in bfloat16, as in training.
    """
    net.eval().to(memory_format=torch.channels_last)
    names = block_names(net)
    drawn = chain.from_iterable(sets for _, sets in choices(names))
    asked = {frozenset[str](), *(frozenset({name}) for name in names), *drawn}
    wrong: Counter[frozenset[str]] = Counter()
    with torch.inference_mode(), autocast(images.device, torch.bfloat16):
        x = _stem(net, images.to(memory_format=torch.channels_last))
        for deleted, logits in _forward_all(net, _blocks(net), x, asked):
            wrong[deleted] = int((logits.argmax(1) != labels).sum())
    return wrong


def errors_of(
    names: tuple[str, ...], wrong: Mapping[frozenset[str], int], pictures: int
) -> tuple[float, dict[str, float], dict[int, tuple[float, ...]]]:
    """Return the errors of the whole net, of every single deletion, and of the random deletions by their number."""
    single = {name: wrong[frozenset({name})] / pictures for name in names}
    several = {count: tuple(wrong[each] / pictures for each in sets) for count, sets in choices(names)}
    return wrong[frozenset()] / pictures, single, several


def _forward_all(
    net: nn.Module, blocks: list[tuple[str, nn.Module]], x: Tensor, asked: set[frozenset[str]]
) -> Iterator[tuple[frozenset[str], Tensor]]:
    """Yield the result of ``forward_without`` for every choice; choices with a common beginning share its cost."""
    if not blocks:
        logits = _head(net, x)
        yield from ((deleted, logits) for deleted in asked)
        return
    (name, block), *rest = blocks
    deleting = {deleted for deleted in asked if name in deleted}
    if deleting:
        yield from _forward_all(net, rest, _without(block, x), deleting)
    if keeping := asked - deleting:
        yield from _forward_all(net, rest, block(x), keeping)


def save_knockout(path: Path, recorded: Knockout) -> None:
    """Write a record as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(recorded), indent=1) + "\n", encoding="utf-8")


def load_knockout(path: Path) -> Knockout:
    """Invert ``save_knockout``."""
    return read_json(path, Knockout)
