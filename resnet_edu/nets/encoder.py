"""A Transformer's encoder (Vaswani17) from torch's own modules, with each of its parts optional."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from torch import Tensor, nn

MLP_EXPANSION = 4


class NormPlace(StrEnum):
    """Where the layer normalisation stands (Xiong20 figure 1)."""

    POST = "post"
    """After the addition: LN(x + F(x))."""
    PRE = "pre"
    """Before the branch: x + F(LN(x))."""
    NONE = "none"


@dataclass(frozen=True)
class EncoderSpec:
    """The parts of an encoder; ``width`` is a multiple of ``heads``."""

    depth: int
    width: int = 64
    heads: int = 4
    norm: NormPlace = NormPlace.POST
    shortcuts: bool = True
    mlp: bool = True


class EncoderLayer(nn.Module):
    """Self-attention and an MLP on (N, tokens, width), with the first weights that ``nn.Transformer`` draws.

    An MLP that is left out still has its weights, so that nets of one seed differ in nothing else.
    """

    def __init__(self, spec: EncoderSpec) -> None:
        super().__init__()
        self._spec = spec
        self.attention = nn.MultiheadAttention(spec.width, spec.heads, batch_first=True)
        self.mlp = nn.Sequential(
            nn.Linear(spec.width, MLP_EXPANSION * spec.width),
            nn.ReLU(),
            nn.Linear(MLP_EXPANSION * spec.width, spec.width),
        )
        self.norms = nn.ModuleList([nn.LayerNorm(spec.width) for _ in range(2)])
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the attention, then the MLP if it has one."""
        x = self._add(x, lambda tokens: self.attention(tokens, tokens, tokens, need_weights=False)[0], self.norms[0])
        return self._add(x, self.mlp, self.norms[1]) if self._spec.mlp else x

    @property
    def last_weight(self) -> Tensor:
        """The weights of the layer's last linear layer."""
        return cast(nn.Linear, self.mlp[-1]).weight

    def weights(self, x: Tensor) -> Tensor:
        """Return the attention weights that the layer gives to ``x``, (N, heads, tokens, tokens); rows sum to 1."""
        tokens = self.norms[0](x) if self._spec.norm is NormPlace.PRE else x
        return cast(Tensor, self.attention(tokens, tokens, tokens, average_attn_weights=False)[1])

    def _add(self, x: Tensor, branch: Callable[[Tensor], Tensor], norm: nn.Module) -> Tensor:
        change = branch(norm(x) if self._spec.norm is NormPlace.PRE else x)
        x = x + change if self._spec.shortcuts else change
        return norm(x) if self._spec.norm is NormPlace.POST else x


class Encoder(nn.Module):
    """``spec.depth`` layers; with pre-LN, a normalisation follows the last one, as in Xiong20.

    Layers are drawn one after the other: the first layers of a deeper net with the same seed have the same weights.
    """

    def __init__(self, spec: EncoderSpec) -> None:
        super().__init__()
        self.layers = nn.ModuleList([EncoderLayer(spec) for _ in range(spec.depth)])
        self.last_norm = nn.LayerNorm(spec.width) if spec.norm is NormPlace.PRE else nn.Identity()

    def blocks(self) -> list[EncoderLayer]:
        """Return the layers in order, with their type."""
        return cast(list[EncoderLayer], list(self.layers))

    def stream(self, x: Tensor) -> list[Tensor]:
        """Return the tokens before the first layer and after each one, as the shortcuts carry them."""
        states = [x]
        for layer in self.blocks():
            states.append(layer(states[-1]))
        return states

    def forward(self, x: Tensor) -> Tensor:
        """Return the tokens after the last layer and its normalisation."""
        return cast(Tensor, self.last_norm(self.stream(x)[-1]))
