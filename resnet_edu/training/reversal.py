"""A race of two small encoders, with and without shortcuts, that learn to reverse a sequence of digits."""

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_edu.nets.encoder import Encoder, EncoderSpec, NormPlace
from resnet_edu.plain_values import read_json
from resnet_edu.seeding import seeded

DIGITS = 10
LENGTH = 10
WIDTH = 32
HEADS = 2
BATCH = 64
LEARNING_RATE = 0.002
SCORED = 500
DEPTHS = (2, 4)
SEEDS = tuple(range(5))
STEPS = (0, 10, 20, 30, 40, 50, 60, 80, 100, 125, 150, 200, 250, 300)
"""After so many steps of Adam, the nets are looked at."""
FULL = 255
"""The byte that stands for an attention weight of 1."""


@dataclass(frozen=True)
class ReversalSpec:
    """What determines a race; the seed draws the weights, the same for both nets, and the sequences."""

    depth: int = 4
    seed: int = 0

    def net(self, *, shortcuts: bool) -> EncoderSpec:
        """Return the specification of one of the two nets, with post-LN."""
        return EncoderSpec(self.depth, WIDTH, HEADS, NormPlace.POST, shortcuts)


@dataclass(frozen=True)
class ReversalStanding:
    """A net after some steps, on ``SCORED`` sequences that it does not learn from; accuracy is by digit.

    ``answer`` is its reversal of the race's sequence, and ``attention`` the weights with which it looks at it: base64
    of bytes from 0 to ``FULL``, (layers, LENGTH, LENGTH), the mean of the heads; a row is a place in the answer.
    """

    loss: float
    accuracy: float
    answer: tuple[int, ...]
    attention: str


@dataclass(frozen=True)
class Reversal:
    """A race: what both nets were after each of ``STEPS``, and the sequence on which they are shown."""

    spec: ReversalSpec
    sequence: tuple[int, ...]
    without: tuple[ReversalStanding, ...]
    shortcuts: tuple[ReversalStanding, ...]


@dataclass(frozen=True)
class ReversalRecord:
    """Recorded races."""

    command: str
    versions: dict[str, str]
    races: tuple[Reversal, ...]

    def of(self, depth: int) -> list[Reversal]:
        """Return the races of a depth, one per seed."""
        return [race for race in self.races if race.spec.depth == depth]


class Reverser(nn.Module):
    """Digits (N, LENGTH) to logits (N, LENGTH, DIGITS): embedding, learnt places, encoder, and one linear layer."""

    def __init__(self, spec: EncoderSpec) -> None:
        super().__init__()
        self.embedding = nn.Embedding(DIGITS, spec.width)
        self.places = nn.Parameter(torch.randn(LENGTH, spec.width))
        self.encoder = Encoder(spec)
        self.head = nn.Linear(spec.width, DIGITS)

    def forward(self, digits: Tensor) -> Tensor:
        """Return the logits of each place's digit."""
        logits: Tensor = self.head(self.encoder(self.tokens(digits)))
        return logits

    def tokens(self, digits: Tensor) -> Tensor:
        """Return what enters the first layer, (N, LENGTH, width)."""
        embedded: Tensor = self.embedding(digits)
        return embedded + self.places

    def attention(self, digits: Tensor) -> Tensor:
        """Return the attention weights, the mean of the heads, (N, layers, LENGTH, LENGTH)."""
        states = self.encoder.stream(self.tokens(digits))
        layers = zip(self.encoder.blocks(), states, strict=False)
        return torch.stack([layer.weights(state).mean(1) for layer, state in layers], 1)


def run(spec: ReversalSpec) -> Reversal:
    """Let both nets learn from the same sequences, one after the other."""
    scored = sequences(spec.seed, training=False)
    without, shortcuts = (tuple(_learn(spec, scored, shortcuts=each)) for each in (False, True))
    return Reversal(spec, tuple(scored[0].tolist()), without, shortcuts)


def sequences(seed: int, *, training: bool) -> Tensor:
    """Draw all sequences of a race, (N, LENGTH): a batch for every step, or those that are scored."""
    count = BATCH * STEPS[-1] if training else SCORED
    generator = torch.Generator().manual_seed(2 * seed + int(training))
    return torch.randint(DIGITS, (count, LENGTH), generator=generator)


def _learn(spec: ReversalSpec, scored: Tensor, *, shortcuts: bool) -> Iterable[ReversalStanding]:
    with seeded(spec.seed):
        net = Reverser(spec.net(shortcuts=shortcuts))
    optimizer = torch.optim.Adam(net.parameters(), LEARNING_RATE)
    for step, batch in enumerate((*torch.split(sequences(spec.seed, training=True), BATCH), None)):
        if step in STEPS:
            yield standing(net, scored)
        if batch is not None:
            optimizer.zero_grad()
            loss_of(net(batch), batch).backward()  # type: ignore[no-untyped-call]  # torch ships it without annotations
            optimizer.step()


def loss_of(logits: Tensor, digits: Tensor) -> Tensor:
    """Return the cross-entropy of the reversed sequences."""
    return F.cross_entropy(logits.flatten(0, 1), digits.flip(1).flatten())


def standing(net: Reverser, scored: Tensor) -> ReversalStanding:
    """Score a net, and look at how it reverses the first sequence."""
    with torch.inference_mode():
        logits = net(scored)
        answers = logits.argmax(2)
        levels = (net.attention(scored[:1])[0] * FULL).round().to(torch.uint8)
        return ReversalStanding(
            float(loss_of(logits, scored)),
            float((answers == scored.flip(1)).double().mean()),
            tuple(answers[0].tolist()),
            base64.b64encode(levels.numpy().tobytes()).decode(),
        )


def save_reversal(path: Path, record: ReversalRecord) -> None:
    """Write the record as JSON, one race per line."""
    rows = ",\n  ".join(json.dumps(asdict(race)) for race in record.races)
    head = json.dumps({"command": record.command, "versions": record.versions}, indent=1).removesuffix("\n}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{head},\n "races": [\n  {rows}\n ]\n}}\n', encoding="utf-8")


def load_reversal(path: Path) -> ReversalRecord:
    """Read what ``save_reversal`` wrote."""
    return read_json(path, ReversalRecord)
