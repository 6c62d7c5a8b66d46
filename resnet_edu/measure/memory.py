"""The memory that a pass through a graph takes: the forward pass alone, and a whole training step.

The graph is walked in torch's order, forwards and backwards, without computing anything. What autograd keeps
of each layer for the backward pass is written down here, and a test compares the sum with the peak of real
tensors. Not counted: the workspace of the device's libraries, and the driver's own memory.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from resnet_edu.nets.layers import (
    Activate,
    Add,
    AveragePool,
    Blend,
    Concatenate,
    Conv,
    Flatten,
    Layer,
    Linear,
    MaxPool,
    Norm,
    Shape,
)
from resnet_edu.nets.operations import INPUT, Graph, Operation
from resnet_edu.nets.vgg import PoolTo

TOLERANCE = 0.02
"""Largest relative error of the estimated peak of a training step, compared with real tensors; enforced by a test."""

FLOAT = 4
INDEX = 8


class Precision(StrEnum):
    """The number formats a net is trained in."""

    FLOAT32 = "float32"
    MIXED = "mixed"
    """Activations in 16 bits (autocast to bfloat16 or float16); weights, gradients and optimiser in float32."""

    @property
    def bytes(self) -> int:
        """Bytes of one activation."""
        return FLOAT if self is Precision.FLOAT32 else 2


class Optimiser(StrEnum):
    """The optimiser, which may keep numbers of its own for every weight."""

    SGD = "sgd"
    MOMENTUM = "momentum"
    ADAM = "adam"

    @property
    def copies(self) -> int:
        """Numbers kept for each weight from one step to the next."""
        return {Optimiser.SGD: 0, Optimiser.MOMENTUM: 1, Optimiser.ADAM: 2}[self]

    @property
    def passing(self) -> int:
        """Temporary numbers for each weight while all weights are updated at once (foreach)."""
        return 1 if self is Optimiser.ADAM else 0


@dataclass(frozen=True)
class Keeps:
    """What autograd keeps of a layer: its inputs, its output, and extra bytes per picture or per batch."""

    inputs: bool = False
    output: bool = False
    per_picture: int = 0
    per_batch: int = 0


def keeps(layer: Layer, out: Shape, precision: Precision = Precision.FLOAT32) -> Keeps:
    """Return what torch's derivative of the layer needs; ``out`` is the shape of its output."""
    values = out[0] * out[1] * out[2]
    match layer:
        case Conv() | Linear():
            weights = layer.parameters * precision.bytes if precision is Precision.MIXED else 0  # autocast's copy
            return Keeps(inputs=True, per_batch=weights)
        case AveragePool() | PoolTo():
            return Keeps(inputs=True)
        case Norm(channels=channels):
            return Keeps(inputs=True, per_batch=2 * channels * FLOAT)  # the batch's mean and deviation
        case Activate():
            return Keeps(output=True)
        case MaxPool():
            return Keeps(inputs=True, per_picture=values * INDEX)  # the position of each maximum
        case Blend():
            return Keeps(inputs=True, per_picture=values * precision.bytes)  # 1 - T
    return Keeps()


@dataclass(frozen=True)
class MemoryMoment:
    """What a training step holds while an operation runs, besides weights and optimiser state.

    ``kept`` waits for the backward pass, ``passing`` is temporary; both are bytes for one picture. ``fixed``
    and ``gradients`` don't grow with the batch.
    """

    operation: str
    backward: bool
    kept: int
    passing: int
    fixed: int
    gradients: int

    def activations(self, batch: int) -> int:
        """Return all bytes that are not gradients of weights."""
        return (self.kept + self.passing) * batch + self.fixed

    def total(self, batch: int) -> int:
        """Return all bytes except weights and optimiser state."""
        return self.activations(batch) + self.gradients


@dataclass(frozen=True)
class TrainingMemory:
    """The moment of a training step that needs the most memory, in bytes; the parts sum to ``total``."""

    weights: int
    optimiser: int
    gradients: int
    kept: int
    passing: int
    operation: str
    """The operation at that moment; empty while the optimiser updates the weights."""
    backward: bool

    @property
    def total(self) -> int:
        """The sum of all parts."""
        return self.weights + self.optimiser + self.gradients + self.kept + self.passing


@dataclass(frozen=True)
class TrainingStep:
    """The moments of a forward and a backward pass, for any batch size."""

    moments: tuple[MemoryMoment, ...]
    parameters: int
    buffers: int

    def state(self, optimiser: Optimiser) -> tuple[int, int]:
        """Return the bytes of weights with BN's running averages, and of the optimiser's state."""
        return FLOAT * self.parameters + self.buffers, optimiser.copies * FLOAT * self.parameters

    def peak(self, batch: int, optimiser: Optimiser = Optimiser.MOMENTUM) -> TrainingMemory:
        """Return the moment that needs the most memory."""
        weights, kept_by_optimiser = self.state(optimiser)
        fullest = max(self._candidates, key=lambda moment: moment.total(batch))
        changing = (1 + optimiser.passing) * FLOAT * self.parameters
        if changing > fullest.total(batch):
            gradients = FLOAT * self.parameters
            return TrainingMemory(weights, kept_by_optimiser, gradients, 0, changing - gradients, "", True)
        return TrainingMemory(
            weights,
            kept_by_optimiser,
            fullest.gradients,
            fullest.kept * batch + fullest.fixed,
            fullest.passing * batch,
            fullest.operation,
            fullest.backward,
        )

    def largest_batch(self, capacity: int, optimiser: Optimiser = Optimiser.MOMENTUM) -> int:
        """Return the largest batch for a step in ``capacity`` bytes; 0 if not even one picture fits."""
        left = capacity - sum(self.state(optimiser))
        if (1 + optimiser.passing) * FLOAT * self.parameters > left:
            return 0
        return max(0, min((left - m.fixed - m.gradients) // (m.kept + m.passing) for m in self._candidates))

    @cached_property
    def _candidates(self) -> tuple[MemoryMoment, ...]:
        """The moments that no other exceeds both in what grows with the batch and in what doesn't."""
        found: list[MemoryMoment] = []
        most = -1
        for moment in sorted(self.moments, key=lambda m: (-m.kept - m.passing, -m.fixed - m.gradients)):
            if moment.fixed + moment.gradients > most:
                most = moment.fixed + moment.gradients
                found.append(moment)
        return tuple(found)


def training_step(graph: Graph, x: Shape, precision: Precision = Precision.FLOAT32) -> TrainingStep:
    """Walk the graph forwards and backwards for pictures of shape ``x``; raises ``ValueError`` if it doesn't fit."""
    walk = _Walk(graph, x, precision)
    moments = (*walk.forwards(), *walk.backwards())
    norms = (o.layer for o in graph.operations if isinstance(o.layer, Norm))
    return TrainingStep(moments, graph.parameters, sum(2 * FLOAT * norm.channels + INDEX for norm in norms))


def forward_peak(graph: Graph, x: Shape, precision: Precision = Precision.FLOAT32) -> int:
    """Return the peak bytes of activations for one picture in inference, where nothing is kept for gradients."""
    walk = _Walk(graph, x, precision, training=False)
    return max((moment.passing for moment in walk.forwards()), default=walk.sizes[INPUT])


def kept_bytes(graph: Graph, x: Shape, precision: Precision = Precision.FLOAT32) -> dict[str, Keeps]:
    """Return what is kept for the backward pass, in bytes, for every operation and for the picture (``x``)."""
    walk = _Walk(graph, x, precision)
    return {
        name: Keeps(
            per_picture=walk.extra[name].per_picture + (size if walk.roots[name] == name and walk.keepers[name] else 0),
            per_batch=walk.extra[name].per_batch,
        )
        for name, size in walk.sizes.items()
    }


class _Walk:
    """The lifetimes of a graph's tensors; ``roots`` maps each tensor to the one that owns its memory."""

    def __init__(self, graph: Graph, x: Shape, precision: Precision, *, training: bool = True) -> None:
        self.graph = graph
        self.training = training
        shapes = _known(graph.predict(x).shapes)
        self.sizes = {name: _values(shape) * precision.bytes for name, shape in shapes.items()}
        self.sizes[INPUT] = _values(x) * FLOAT
        self.roots = {INPUT: INPUT}
        self.uses: Counter[str] = Counter({graph.output: 1})
        self.keepers: Counter[str] = Counter()
        self.extra = {INPUT: Keeps()}
        self.saved: dict[str, list[str]] = {}
        for operation in graph.operations:
            view = isinstance(operation.layer, Flatten)
            self.roots[operation.name] = self.roots[operation.inputs[0]] if view else operation.name
            self.uses.update(self._roots_of(operation))
            self._note_kept(operation, keeps(operation.layer, shapes[operation.name], precision))
            if INPUT in operation.inputs and precision is Precision.MIXED and isinstance(operation.layer, Conv):
                cast = _values(x) * precision.bytes
                extra = self.extra[operation.name]
                self.extra[operation.name] = Keeps(per_picture=extra.per_picture + cast, per_batch=extra.per_batch)

    def _note_kept(self, operation: Operation, kept: Keeps) -> None:
        roots = self._roots_of(operation) if kept.inputs else set()
        if kept.output:
            roots = roots | {self.roots[operation.name]}
        self.saved[operation.name] = sorted(roots)
        self.keepers.update(roots)
        self.extra[operation.name] = kept

    def _roots_of(self, operation: Operation) -> set[str]:
        return {self.roots[name] for name in operation.inputs}

    def forwards(self) -> Iterator[MemoryMoment]:
        """Yield every operation while its inputs and output are both in memory."""
        uses = Counter(self.uses)
        uses[INPUT] += 1  # the batch belongs to the caller
        there = {INPUT}
        kept = Counter({"picture": 0, "batch": 0})
        waiting: set[str] = set()
        passing = self.sizes[INPUT]
        for operation in self.graph.operations:
            name = operation.name
            if self.training:
                kept["picture"] += self.extra[name].per_picture
                kept["batch"] += self.extra[name].per_batch
            root = self.roots[name]
            if root not in there:
                there.add(root)
                passing += self.sizes[root]
            if self.training:
                for saved in self.saved[name]:
                    if saved not in waiting:
                        waiting.add(saved)
                        kept["picture"] += self.sizes[saved]
                        passing -= self.sizes[saved]
            yield MemoryMoment(name, False, kept["picture"], passing, kept["batch"], 0)
            for used in self._roots_of(operation):
                uses[used] -= 1
                if not uses[used] and used in there:
                    there.discard(used)
                    passing -= 0 if used in waiting else self.sizes[used]

    def backwards(self) -> Iterator[MemoryMoment]:
        """Yield every operation in reverse, with what is still kept and the gradients in memory."""
        keepers = Counter(self.keepers)
        keepers[INPUT] += 1  # the batch outlives the step
        kept = sum(self.sizes[name] for name in keepers) + sum(extra.per_picture for extra in self.extra.values())
        fixed = sum(extra.per_batch for extra in self.extra.values())
        gradients = 0
        owners = {self.graph.output: self.graph.output}
        alive = {self.graph.output: self.sizes[self.graph.output]}
        holders = Counter({self.graph.output: 1})
        for operation in reversed(self.graph.operations):
            name = operation.name
            gradients += FLOAT * operation.layer.parameters
            made = self._gradients(operation, owners[name])
            transient = 0
            for source, owner, size in made:
                if owner not in alive:
                    alive[owner] = size
                if source not in owners:
                    owners[source] = owner
                    holders[owner] += 1
                elif owners[source] != owner:
                    transient += alive.pop(owner) if not holders[owner] else self.sizes[source]
            yield MemoryMoment(name, True, kept, sum(alive.values()) + transient, fixed, gradients)
            owner = owners.pop(name)
            holders[owner] -= 1
            if not holders[owner]:
                del alive[owner]
            for saved in self.saved[name]:
                keepers[saved] -= 1
                kept -= 0 if keepers[saved] else self.sizes[saved]
            kept -= self.extra[name].per_picture
            fixed -= self.extra[name].per_batch

    def _gradients(self, operation: Operation, incoming: str) -> Iterable[tuple[str, str, int]]:
        """Yield each input that needs a gradient, the owner of that gradient's memory, and its size."""
        views = isinstance(operation.layer, Add | Flatten | Concatenate)
        for number, source in enumerate(operation.inputs):
            if source != INPUT:
                owner = incoming if views else f"{operation.name}/{number}"
                yield source, owner, self.sizes[source]


def _known(shapes: Mapping[str, Shape | None]) -> dict[str, Shape]:
    found = {name: shape for name, shape in shapes.items() if shape}
    if len(found) < len(shapes):
        raise ValueError("the shapes do not fit")
    return found


def _values(shape: Shape) -> int:
    return shape[0] * shape[1] * shape[2]
