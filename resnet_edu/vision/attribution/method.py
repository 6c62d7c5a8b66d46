"""Shared by all attribution methods: the question they answer, their description and their options."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from resnet_edu.errors import mark
from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.cifar import CifarSpec, Family

SEED = 0
"""Methods that draw noise use this seed every time."""
PIXELS_AT_ONCE = 8 * 224 * 224
"""Pixels computed at once, between two reports of progress."""


@dataclass(frozen=True)
class Options:
    """What the reader can change; each method uses what applies to it.

    ``layer`` is a module's name, empty for the last stage; ``steps`` applies to Integrated Gradients, and
    ``samples``, an even number, to the methods that average over noise.
    """

    layer: str = ""
    steps: int = 50
    samples: int = 100


DEFAULTS = Options()


def _no_report(share: float) -> None:
    """Ignore progress."""


@dataclass(frozen=True)
class Question:
    """Which pixels of the (1, 3, H, W) ``image`` support the class ``target`` of ``model``?

    ``black`` and ``white`` are those colours after normalisation, (1, 3, 1, 1). ``chunk`` is the number of
    pictures in one pass; between chunks, the method calls ``advance`` with the fraction done, which may raise
    to stop it.
    """

    model: nn.Module
    image: Tensor
    target: int
    layer: str
    black: Tensor
    white: Tensor
    options: Options = DEFAULTS
    chunk: int = 8
    advance: Callable[[float], None] = _no_report

    @property
    def input(self) -> Tensor:
        """The picture as a new leaf that requires gradients."""
        return self.image.detach().clone().requires_grad_()

    def score(self, images: Tensor) -> Tensor:
        """Return the target's logits, (N, 3, H, W) -> (N,)."""
        logits: Tensor = self.model(images)
        return logits[:, self.target]

    def in_part(self, part: int, parts: int) -> "Question":
        """Return the same question as one of several parts of a longer task."""
        return replace(self, advance=lambda share: self.advance((part + share) / parts))


@dataclass(frozen=True)
class Method:
    """An attribution method; ``reading``, ``pitfall`` and ``refusal`` are source strings.

    ``compute`` returns (1, C, h, w), or (2, C, h, w) for a ``noisy`` method: two estimates whose mean is the
    result. A ``signed`` map is the sum over the channels, an unsigned one the largest absolute value, as in
    the papers. A ``long`` method needs many passes and reports its progress. ``holds`` says for which nets it
    is valid. A ``complete`` method takes steps along a path, and its map sums to the score's difference
    between the ends.
    """

    id: str
    title: str
    reading: str
    paper: str
    arxiv: str
    pitfall: str
    signed: bool
    compute: Callable[[Question], Tensor]
    long: bool = False
    noisy: bool = False
    layered: bool = False
    complete: bool = False
    compared_with_hirescam: bool = False
    holds: Callable[[Architecture], bool] = lambda architecture: True
    refusal: str = ""

    def used(self, options: Options) -> Hashable:
        """Return the options the method uses; changing others doesn't change the result."""
        return (
            options.layer if self.layered else "",
            options.steps if self.complete else 0,
            options.samples if self.noisy else 0,
        )

    def map(self, question: Question) -> Tensor:
        """Return the (H, W) map as float32 on the CPU."""
        return self.drawn(self.compute(question))

    def drawn(self, values: Tensor) -> Tensor:
        """Reduce what ``compute`` returned to an (H, W) map, float32 on the CPU."""
        values = values.detach().mean(0)
        values = values.sum(0) if self.signed else values.abs().amax(0)
        return values.float().cpu()


def chunk_for(image: Tensor) -> int:
    """Return how many pictures of this size go through a net at once."""
    return max(1, min(50, PIXELS_AT_ONCE // (image.shape[-1] * image.shape[-2])))


def one_relu_a_use(architecture: Architecture) -> bool:
    """Return whether every ReLU is a separate module and blocks only add, so that DeepLift's rules hold."""
    return isinstance(architecture, CifarSpec) and architecture.family is not Family.HIGHWAY


LEFT_OUT = mark(
    "**Left out: layer-wise relevance propagation.** Its basic rules cover neither batch normalisation nor the"
    " additions of residual blocks: the net would have to be rewritten and a rule chosen layer by layer."
)


def grid(total: int, chunk: int) -> list[tuple[int, int]]:
    """Split ``total`` into runs (start, end) of at most ``chunk``."""
    return [(start, min(total, start + chunk)) for start in range(0, total, chunk)]


def correlation(one: Tensor, other: Tensor) -> float:
    """Return the Pearson correlation over all values; NaN if either is constant."""
    one, other = (values.double().flatten() - values.double().mean() for values in (one, other))
    spread = one.norm() * other.norm()
    return float((one @ other) / spread) if spread > 0 else float("nan")


def generator() -> torch.Generator:
    """Return a new generator on the CPU, so that every device and every call draws the same numbers."""
    return torch.Generator().manual_seed(SEED)
