"""Shared by all attribution methods: the question they answer, their description and their options."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torchvision.transforms.v2.functional import gaussian_blur

from resnet_edu.device import as_float64
from resnet_edu.errors import mark
from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.cifar import CifarSpec, Family

SEED = 0
"""Methods that draw noise use this seed every time."""
PIXELS_AT_ONCE = 8 * 224 * 224
"""Pixels computed at once, between two reports of progress."""


BASELINES = ("mean", "black", "blurred")


@dataclass(frozen=True)
class Options:
    """What the reader can change; each method uses what applies to it.

    ``layer`` is a module's name and may be empty for the last stage; ``steps`` are Integrated
    Gradients' and ``baseline``, one of ``BASELINES``, where they start; ``samples``, an even number, are
    those of the methods that average over noise. ``noise`` and Occlusion's ``window`` are percentages
    of the method's own. With
    ``against``, the index of a second class, every method explains the difference of the two scores.
    """

    layer: str = ""
    steps: int = 50
    baseline: str = "mean"
    samples: int = 100
    noise: int = 100
    window: int = 100
    against: int | None = None


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

    @property
    def blurred(self) -> Tensor:
        """The picture without its details: by a Gaussian whose standard deviation is an eighth of its side."""
        deviation = self.image.shape[-1] / 8
        soft: Tensor = gaussian_blur(self.image, [4 * int(deviation) + 1] * 2, [deviation] * 2)
        return soft

    @property
    def baseline(self) -> Tensor:
        """(1, 3, H, W), where a path to the picture starts."""
        if self.options.baseline == "blurred":
            return self.blurred
        return torch.zeros_like(self.image) + (self.black if self.options.baseline == "black" else 0)

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

    ``compute`` gives (1, C, h, w), a ``noisy`` one (2, C, h, w), two estimates whose mean counts. A
    ``signed`` map is the sum over the channels, an unsigned one the largest absolute value, as the
    papers have them. A ``long`` one goes many times through the net, and tells its progress. A
    ``windowed`` one covers squares. ``holds`` says for which nets, ``asks_class`` whether another class
    gives another map. A paper that is on no preprint server has a ``doi``. A ``complete`` one takes
    steps along a path and sums to the score's difference between its ends.
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
    windowed: bool = False
    complete: bool = False
    compared_with_hirescam: bool = False
    asks_class: bool = True
    doi: str = ""
    holds: Callable[[Architecture], bool] = lambda architecture: True
    refusal: str = ""

    @property
    def link(self) -> str:
        """Where the paper is."""
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else f"https://doi.org/{self.doi}"

    def asked(self, target: int, options: Options) -> Hashable:
        """The classes, where its map depends on them."""
        return (target, options.against) if self.asks_class else None

    def used(self, options: Options) -> Hashable:
        """Return the options the method uses; changing others doesn't change the result."""
        return (
            options.layer if self.layered else "",
            (options.steps, options.baseline) if self.complete else (),
            (options.samples, options.noise) if self.noisy else (),
            options.window if self.windowed else 0,
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
    one, other = (values - values.mean() for values in (as_float64(one).flatten(), as_float64(other).flatten()))
    spread = one.norm() * other.norm()
    return float((one @ other) / spread) if spread > 0 else float("nan")


def generator() -> torch.Generator:
    """Return a new generator on the CPU, so that every device and every call draws the same numbers."""
    return torch.Generator().manual_seed(SEED)
