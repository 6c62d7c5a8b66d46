"""Builds a whole net from one kind of block: a stem, stages of blocks, a classifier."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.graph_net import GraphNet
from resnet_edu.nets.kinds import KINDS, graph_of
from resnet_edu.nets.layers import Activate, AveragePool, Conv, Flatten, GlobalPool, Layer, Linear, MaxPool, Norm, Shape
from resnet_edu.nets.operations import INPUT, Graph, Operation, chain, spliced


class Stem(StrEnum):
    """The layers before the first stage, and how published checkpoints name layers."""

    CIFAR = "cifar"
    """A 3x3 convolution; names the classifier ``linear`` and a projection ``shortcut`` (He15 section 4.2)."""
    IMAGENET = "imagenet"
    """A 7x7 convolution and max pooling, both of stride 2; ``fc`` and ``downsample`` (He15 table 1)."""


@dataclass(frozen=True)
class StackSpec:
    """Everything that determines a stacked net.

    ``block`` gives the kind and its options; its channels and stride are set by the stack: ``channels`` are
    the stages' outputs, and every stage but the first halves height and width in its first block. In a dense
    net every layer adds ``block.growth`` channels, and transitions between stages halve their number;
    ``channels`` is then unused (Huang16 section 3). Raises ``UserError`` if the numbers are inconsistent.
    """

    block: BlockSpec
    blocks: tuple[int, ...]
    channels: tuple[int, ...] = ()
    stem_channels: int = 16
    stem: Stem = Stem.CIFAR
    classes: int = 10
    size: int = 32

    def __post_init__(self) -> None:
        if min(self.blocks, default=0) < 1:
            raise UserError(mark("A net needs a stage, and every stage a block."))
        if not self.dense and len(self.channels) != len(self.blocks):
            raise UserError(mark("Every stage needs its number of channels."))

    @property
    def dense(self) -> bool:
        """Whether the stages concatenate and need transitions between them."""
        return KINDS[self.block.kind].concatenates

    @property
    def shape(self) -> Shape:
        """The shape of one picture."""
        return 3, self.size, self.size

    def stack(self) -> "Stack":
        """Return the net's graph and outline; raises ``UserError`` if a block has problems."""
        return _assemble(self)

    def build(self) -> GraphNet:
        """Return the net as a module with fresh weights."""
        return GraphNet(self.stack().graph)


@dataclass(frozen=True)
class StackedBlock:
    """A block within a stage: its specification and the names of its operations."""

    name: str
    spec: BlockSpec
    operations: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """A stage's blocks, and the names of the operations of the transition before them, if any."""

    name: str
    blocks: tuple[StackedBlock, ...]
    transition: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stack:
    """A net as a graph, and as a collapsible diagram: stem, stages of blocks, head."""

    graph: Graph
    stem: tuple[str, ...]
    stages: tuple[Stage, ...]
    head: tuple[str, ...]


@dataclass
class _Builder:
    """Collects the operations; ``end`` is where the next one takes its input."""

    operations: list[Operation] = field(default_factory=list)

    @property
    def end(self) -> str:
        return self.operations[-1].name if self.operations else INPUT

    def append(self, operations: tuple[Operation, ...]) -> tuple[str, ...]:
        self.operations.extend(operations)
        return tuple(operation.name for operation in operations)


def _assemble(spec: StackSpec) -> Stack:
    builder = _Builder()
    stem = builder.append(chain(builder.end, _stem(spec)))
    stages = []
    channels = spec.stem_channels
    for number, blocks in enumerate(_stage_blocks(spec), 1):
        transition: tuple[str, ...] = ()
        if spec.dense and number > 1:
            steps = _transition(spec, channels)
            transition = builder.append(chain(builder.end, steps, prefix=f"transition{number - 1}."))
        stages.append(_stage(builder, f"layer{number}", blocks, spec.stem, transition))
        channels = blocks[-1].channels_out
    head = builder.append(chain(builder.end, _head(spec, channels)))
    return Stack(Graph(tuple(builder.operations)), stem, tuple(stages), head)


def _stage(
    builder: _Builder, name: str, blocks: tuple[BlockSpec, ...], stem: Stem, transition: tuple[str, ...]
) -> Stage:
    stacked = []
    for number, block in enumerate(blocks):
        operations = spliced(_block_graph(block, stem), f"{name}.{number}", builder.end)
        stacked.append(StackedBlock(f"{name}.{number}", block, builder.append(operations)))
    return Stage(name, tuple(stacked), transition)


@lru_cache(maxsize=256)
def _block_graph(block: BlockSpec, stem: Stem) -> Graph:
    """Return a block's graph with published projection names; cached, because a stage repeats its block."""
    graph = graph_of(block)
    if stem is Stem.CIFAR:
        return graph

    def published(name: str) -> str:
        return name.replace("shortcut", "downsample")

    return Graph(
        tuple(replace(o, name=published(o.name), inputs=tuple(map(published, o.inputs))) for o in graph.operations)
    )


def _stage_blocks(spec: StackSpec) -> Iterator[tuple[BlockSpec, ...]]:
    """Yield the blocks of each stage."""
    channels = spec.stem_channels
    for stage, count in enumerate(spec.blocks):
        blocks = []
        for number in range(count):
            if spec.dense:
                stride, out = 1, channels + spec.block.growth
            else:
                stride, out = 2 if stage and not number else 1, spec.channels[stage]
            blocks.append(replace(spec.block, channels_in=channels, channels_out=out, stride=stride))
            channels = out
        yield tuple(blocks)
        channels = channels // 2 if spec.dense else channels


def _norm(spec: StackSpec, name: str, channels: int) -> list[tuple[str, Layer]]:
    return [(name, Norm(channels))] if spec.block.normalisation is Normalisation.BATCH else []


def _order(spec: StackSpec) -> Order:
    """Return the blocks' order; layers that blocks begin with move from the stem to before the classifier."""
    if spec.dense:
        return Order.FULL_PRE_ACTIVATION
    return spec.block.order if "order" in KINDS[spec.block.kind].uses else Order.ORIGINAL


def _stem(spec: StackSpec) -> list[tuple[str, Layer]]:
    bias = spec.block.normalisation is Normalisation.NONE
    norm = _norm(spec, "bn1", spec.stem_channels)
    act = ("act1", Activate(spec.block.activation))
    if spec.stem is Stem.IMAGENET:
        conv = Conv(3, spec.stem_channels, kernel=7, stride=2, padding=3, bias=bias)
        return [("conv1", conv), *norm, act, ("maxpool", MaxPool(3, 2, 1))]
    conv = Conv(3, spec.stem_channels, bias=bias)
    if _order(spec) is Order.FULL_PRE_ACTIVATION:
        return [("conv1", conv)]
    if _order(spec) is Order.RELU_ONLY_PRE_ACTIVATION:
        return [("conv1", conv), *norm]
    return [("conv1", conv), *norm, act]


def _transition(spec: StackSpec, channels: int) -> list[tuple[str, Layer]]:
    """Return layers that halve the channels, height and width (Huang16 section 3, compression 0.5)."""
    bias = spec.block.normalisation is Normalisation.NONE
    act = ("act1", Activate(spec.block.activation))
    conv = Conv(channels, channels // 2, kernel=1, padding=0, bias=bias)
    return [*_norm(spec, "bn1", channels), act, ("conv1", conv), ("pool", AveragePool(2, 2))]


def _head(spec: StackSpec, channels: int) -> list[tuple[str, Layer]]:
    """Return the classifier, preceded by the normalisation and activation that pre-activation blocks lack."""
    linear = "linear" if spec.stem is Stem.CIFAR else "fc"
    pool: list[tuple[str, Layer]] = [("pool", GlobalPool()), ("flatten", Flatten())]
    steps = [*pool, (linear, Linear(channels, spec.classes))]
    act = ("act2", Activate(spec.block.activation))
    if _order(spec) is Order.FULL_PRE_ACTIVATION:
        return [*_norm(spec, "bn2", channels), act, *steps]
    return [act, *steps] if _order(spec) is Order.RELU_ONLY_PRE_ACTIVATION else steps
