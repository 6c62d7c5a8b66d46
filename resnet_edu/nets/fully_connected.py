"""Plain and residual fully connected nets, small enough to train while the reader watches."""

from dataclasses import dataclass
from enum import StrEnum

from torch import Tensor, nn

from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.cifar import Family


class LinearStart(StrEnum):
    """The distribution of a linear layer's initial weights."""

    TORCH = "torch"
    """The default of ``nn.Linear``: uniform, variance 1 / (3 fan-in), a sixth of He's."""
    HE = "he"
    """He et al., arXiv:1502.01852, equation 10: normal, variance 2 / fan-in; biases zero."""


@dataclass(frozen=True)
class FullyConnectedSpec:
    """Everything but the seed that determines a net.

    ``depth`` counts linear layers: 2n+2 for n blocks of two layers of ``width`` features, as 6n+2
    does in He15 section 4.2. Raises ``ValueError`` for an odd depth or one below 2.
    """

    family: Family
    depth: int
    features: int = 2
    classes: int = 2
    width: int = 16
    normalisation: Normalisation = Normalisation.NONE
    start: LinearStart = LinearStart.TORCH

    def __post_init__(self) -> None:
        if self.depth < 2 or self.depth % 2:
            raise ValueError(f"depth is {self.depth}, not an even number from 2 on")
        if self.family not in (Family.PLAIN, Family.RESIDUAL):
            raise ValueError(f"{self.family} is neither plain nor residual")


class FullyConnectedBlock(nn.Module):
    """He15 figure 2 with linear layers; without the shortcut, two layers of the plain net."""

    def __init__(self, spec: FullyConnectedSpec) -> None:
        super().__init__()
        self.has_shortcut = spec.family is Family.RESIDUAL
        self.linear1 = _linear(spec)
        self.norm1 = _norm(spec)
        self.act1 = nn.ReLU()
        self.linear2 = _linear(spec)
        self.norm2 = _norm(spec)
        self.act2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """y = relu(F(x) + x), or relu(F(x)) in a plain net."""
        out = self.norm2(self.linear2(self.act1(self.norm1(self.linear1(x)))))
        if self.has_shortcut:
            out = out + x
        y: Tensor = self.act2(out)
        return y


class FullyConnectedNet(nn.Module):
    """A linear layer, n blocks, a linear layer; plain and residual nets have the same layers and initial weights.

    Batch normalisation keeps only the statistics of its last training batch, so that a net trained on whole
    data sets computes in evaluation mode exactly what it computed in that last pass.
    """

    def __init__(self, spec: FullyConnectedSpec) -> None:
        super().__init__()
        self.spec = spec
        self.linear1 = nn.Linear(spec.features, spec.width, bias=spec.normalisation is Normalisation.NONE)
        self.norm1 = _norm(spec)
        self.act1 = nn.ReLU()
        self.blocks = nn.Sequential(*(FullyConnectedBlock(spec) for _ in range(spec.depth // 2 - 1)))
        self.linear2 = nn.Linear(spec.width, spec.classes)
        if spec.start is LinearStart.HE:
            for layer in self.layers():
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def layers(self) -> list[nn.Linear]:
        """Return the ``depth`` linear layers from input to output."""
        return [module for module in self.modules() if isinstance(module, nn.Linear)]

    def forward(self, x: Tensor) -> Tensor:
        """(N, features) -> (N, classes) logits."""
        x = self.act1(self.norm1(self.linear1(x)))
        logits: Tensor = self.linear2(self.blocks(x))
        return logits


def _linear(spec: FullyConnectedSpec) -> nn.Linear:
    return nn.Linear(spec.width, spec.width, bias=spec.normalisation is Normalisation.NONE)


def _norm(spec: FullyConnectedSpec) -> nn.Module:
    if spec.normalisation is Normalisation.NONE:
        return nn.Identity()
    return nn.BatchNorm1d(spec.width, momentum=1.0)
