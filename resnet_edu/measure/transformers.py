"""What shortcuts do in a Transformer at initialisation: keep tokens apart (Dong21), and gradients alive (Xiong20)."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_edu.measure.sweeps import rounded
from resnet_edu.nets.encoder import Encoder, EncoderLayer, EncoderSpec, NormPlace
from resnet_edu.plain_values import read_json
from resnet_edu.seeding import seeded

DEPTHS = (2, 4, 6, 8, 12, 16, 24, 32, 48)
DEEPEST = max(DEPTHS)
WIDTHS = (32, 64, 128)
HEADS = (1, 2, 4, 8)
SEEDS = tuple(range(5))
SEQUENCES = 4
TOKENS = 32
CLASSES = 10
BOUND_LAYERS = 4
MOST_UNEVEN = 1.256
"""Scores of one token may differ by so much that e^x - 1 <= 2x still holds, a step of the proof."""
START = 0.5
"""About the factor of the bound at which it is compared with what is measured; below 1 it promises a collapse."""


class Parts(StrEnum):
    """What an encoder consists of."""

    ATTENTION = "attention"
    MLP = "mlp"
    """Attention and the MLP."""
    SHORTCUTS = "shortcuts"
    """Attention with shortcuts."""
    ALL = "all"

    def spec(self, setting: "EncoderSetting", norm: NormPlace) -> EncoderSpec:
        """Return the net of ``DEEPEST`` layers with these parts."""
        shortcuts, mlp = self in (Parts.SHORTCUTS, Parts.ALL), self in (Parts.MLP, Parts.ALL)
        return EncoderSpec(DEEPEST, setting.width, setting.heads, norm, shortcuts, mlp)


class Stream(StrEnum):
    """The encoders whose gradients are compared; all have attention and an MLP."""

    POST = "post"
    PRE = "pre"
    NONE = "none"
    """No shortcuts; the normalisation follows each branch, as in post-LN."""

    def spec(self, setting: "EncoderSetting", depth: int) -> EncoderSpec:
        """Return the net of that depth."""
        norm = NormPlace.PRE if self is Stream.PRE else NormPlace.POST
        return EncoderSpec(depth, setting.width, setting.heads, norm, shortcuts=self is not Stream.NONE)


@dataclass(frozen=True)
class EncoderSetting:
    """What determines the weights and the tokens, which are standard normal: 4 sequences of 32."""

    heads: int = 4
    width: int = 64
    seed: int = 0


@dataclass(frozen=True)
class Gradients:
    """Norms of the loss's gradient: with respect to the stream before each layer and after the last one, and with
    respect to the weights of each layer's last linear layer (Xiong20)."""

    stream: tuple[float, ...]
    weights: tuple[float, ...]


Distances = dict[Parts, tuple[float, ...]]
"""The relative distance from all tokens being equal, before the first layer and after each one."""
Streams = dict[Stream, Gradients]


@dataclass(frozen=True)
class Bound:
    """Dong21's bound for pure attention with one head, and what is measured, both relative to the start.

    ``standard`` is the bound's factor 4 gamma beta ||res(X)||^2 / sqrt(d) for standard normal tokens; ``shrunk`` is by
    how much they are multiplied here, so that the factor is about ``START``; ``uneven`` is the largest difference
    between two scores of a token, which must stay below ``MOST_UNEVEN``.
    """

    standard: float
    shrunk: float
    uneven: float
    measured: tuple[float, ...]
    bound: tuple[float, ...]


@dataclass(frozen=True)
class EncoderRecord:
    """The default setting with several seeds: distances by normalisation and gradients by depth, a run per seed."""

    setting: EncoderSetting
    command: str
    versions: dict[str, str]
    distances: dict[NormPlace, tuple[Distances, ...]]
    gradients: dict[int, tuple[Streams, ...]]
    bound: Bound


def build(spec: EncoderSpec, seed: int) -> Encoder:
    """Draw an encoder's weights and convert them to float64, where a collapse can be followed to 1e-16."""
    with seeded(seed):
        return Encoder(spec).double()


def tokens(setting: EncoderSetting) -> Tensor:
    """Draw the input, (SEQUENCES, TOKENS, width)."""
    generator = torch.Generator().manual_seed(setting.seed)
    return torch.randn(SEQUENCES, TOKENS, setting.width, generator=generator, dtype=torch.float64)


def residual(x: Tensor) -> Tensor:
    """Return res(X) = X - 1x^T, (..., tokens, width); x is the mean, the closest such matrix in Frobenius' norm."""
    return x - x.mean(-2, keepdim=True)


def norm(x: Tensor) -> Tensor:
    """Return Dong21's sqrt(||X||_1 ||X||_inf), the largest column sum times the largest row sum, (...)."""
    sizes = x.abs()
    return (sizes.sum(-2).amax(-1) * sizes.sum(-1).amax(-1)).sqrt()


def relative_distance(x: Tensor) -> float:
    """Return ||res(X)|| / ||X||, the mean over the sequences: 0 if all tokens are equal, about 1 if independent."""
    return float((norm(residual(x)) / norm(x)).mean())


def distances(setting: EncoderSetting, place: NormPlace) -> Distances:
    """Measure nets of ``DEEPEST`` layers, whose first layers are those of all shallower nets with these weights."""
    return {parts: distance(setting, place, parts) for parts in Parts}


def distance(setting: EncoderSetting, place: NormPlace, parts: Parts) -> tuple[float, ...]:
    """Measure one of these nets."""
    with torch.inference_mode():
        states = build(parts.spec(setting, place), setting.seed).stream(tokens(setting))
        return tuple(map(relative_distance, states))


def gradients(spec: EncoderSpec, setting: EncoderSetting) -> Gradients:
    """Measure the gradient of the cross-entropy of random labels, read from each token by a linear layer."""
    net = build(spec, setting.seed)
    with seeded(setting.seed):
        head = nn.Linear(spec.width, CLASSES).double()
        nn.init.xavier_uniform_(head.weight)
        labels = torch.randint(CLASSES, (SEQUENCES * TOKENS,))
    states = net.stream(tokens(setting).requires_grad_())
    loss = F.cross_entropy(head(net.last_norm(states[-1])).flatten(0, 1), labels)
    weights = [layer.last_weight for layer in net.blocks()]
    norms = [float(each.norm()) for each in torch.autograd.grad(loss, [*states, *weights])]
    return Gradients(tuple(norms[: len(states)]), tuple(norms[len(states) :]))


def sweep(setting: EncoderSetting) -> Iterator[tuple[int, Streams]]:
    """Yield each depth with its measured gradients."""
    for depth in DEPTHS:
        yield depth, {stream: gradients(stream.spec(setting, depth), setting) for stream in Stream}


def bound(setting: EncoderSetting) -> Bound:
    """Compare pure attention (one head, no normalisation) with Dong21's theorem 2.2, which is about nothing else.

    It says ||res(SAN(X))|| <= (4 gamma beta / sqrt(d))^((3^L - 1) / 2) ||res(X)||^(3^L). With the factor
    c = 4 gamma beta ||res(X)||^2 / sqrt(d) the right side is c^((3^L - 1) / 2) ||res(X)||.
    """
    net = build(EncoderSpec(BOUND_LAYERS, setting.width, 1, NormPlace.NONE, False, False), setting.seed)
    x = tokens(setting)[0]
    with torch.inference_mode():
        standard = _factor(net, net.stream(x))
        shrunk = math.sqrt(START / standard)
        states = net.stream(x * shrunk)
        factor = _factor(net, states)
        sizes = [float(norm(residual(state))) for state in states]
        uneven = max(float(_unevenness(layer, state).max()) for layer, state in zip(net.blocks(), states, strict=False))
    promised = tuple(factor ** ((3**layers - 1) / 2) for layers in range(BOUND_LAYERS + 1))
    return Bound(standard, shrunk, uneven, tuple(size / sizes[0] for size in sizes), promised)


def _factor(net: Encoder, states: list[Tensor]) -> float:
    pairs = list(zip(net.blocks(), states, strict=False))
    beta = max(_beta(layer) for layer, _ in pairs)
    gamma = max(_gamma(_unevenness(layer, state)) for layer, state in pairs)
    return float(4 * gamma * beta * norm(residual(states[0])) ** 2 / math.sqrt(states[0].shape[-1]))


def _query_key(layer: EncoderLayer) -> Tensor:
    """Return W_QK: a token x's score for a token y is x W_QK y^T / sqrt(d)."""
    query, key, _ = layer.attention.in_proj_weight.chunk(3)
    return query.T @ key


def _beta(layer: EncoderLayer) -> float:
    """Return ||W_QK||_1 ||W_V||_{1,inf} of a layer; W_V includes the projection after the heads."""
    value = layer.attention.out_proj.weight @ layer.attention.in_proj_weight.chunk(3)[2]
    return float(_query_key(layer).abs().sum(0).max() * norm(value.T))


def _unevenness(layer: EncoderLayer, x: Tensor) -> Tensor:
    """Return |E_ij - E_ik| for all tokens i, j, k, with the scores E = R W_QK R^T / sqrt(d) of R = res(X)."""
    rest = residual(x)
    scores = rest @ _query_key(layer) @ rest.T / math.sqrt(x.shape[-1])
    return (scores[:, :, None] - scores[:, None, :]).abs()


def _gamma(uneven: Tensor) -> float:
    """Return the least gamma with sqrt(max_ijk |E_ij - E_ik| sum_i max_jk |E_ij - E_ik|) <= gamma max_jk sum_i ..."""
    each = uneven.amax((1, 2))
    return float((each.sum() * each.max()).sqrt() / uneven.sum(0).max())


def save_encoders(path: Path, record: EncoderRecord) -> None:
    """Write the record as JSON, with four digits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = json.loads(json.dumps(asdict(record)), parse_float=lambda number: rounded(float(number)))
    path.write_text(json.dumps(plain) + "\n", encoding="utf-8")


def load_encoders(path: Path) -> EncoderRecord:
    """Read what ``save_encoders`` wrote."""
    return read_json(path, EncoderRecord)
