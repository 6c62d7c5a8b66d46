"""The building block of He15 figure 2 with its shortcuts (He15 section 3.3), and its relatives."""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from resnet_edu.nets.vocabulary import Activation as Activation
from resnet_edu.nets.vocabulary import Normalisation as Normalisation
from resnet_edu.nets.vocabulary import Shortcut as Shortcut

ACTIVATIONS: dict[Activation, type[nn.Module]] = {
    Activation.RELU: nn.ReLU,
    Activation.TANH: nn.Tanh,
    Activation.SIGMOID: nn.Sigmoid,
}


@dataclass(frozen=True)
class LayerOptions:
    """The normalisation and activation used throughout a net."""

    normalisation: Normalisation = Normalisation.BATCH
    activation: Activation = Activation.RELU

    def conv(self, channels_in: int, channels_out: int, stride: int = 1) -> nn.Conv2d:
        """Return a new 3x3 convolution, with a bias only if no normalisation follows."""
        return conv3x3(channels_in, channels_out, stride, bias=self.normalisation is Normalisation.NONE)

    def norm(self, channels: int) -> nn.Module:
        """Return a new normalisation of ``channels`` channels, or the identity if there is none."""
        return nn.BatchNorm2d(channels) if self.normalisation is Normalisation.BATCH else nn.Identity()

    def activate(self) -> nn.Module:
        """Return a new activation."""
        return ACTIVATIONS[self.activation]()


def conv3x3(channels_in: int, channels_out: int, stride: int = 1, bias: bool = False) -> nn.Conv2d:
    """Return a 3x3 convolution that keeps height and width at stride 1; no bias where BN follows."""
    return nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1, bias=bias)


def conv1x1(channels_in: int, channels_out: int, stride: int = 1) -> nn.Conv2d:
    """Return a 1x1 convolution for a projection shortcut; no bias, since BN follows."""
    return nn.Conv2d(channels_in, channels_out, 1, stride=stride, bias=False)


class ZeroPadding(nn.Module):
    """The option A shortcut: takes every ``stride``-th pixel and adds zero channels on either side.

    Published CIFAR checkpoints pad equally before and after (16 -> 32: eight and eight).
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        new = channels_out - channels_in
        self.stride = stride
        self.before = new // 2
        self.after = new - self.before

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C + before + after, ceil(H / stride), ceil(W / stride))."""
        x = x[:, :, :: self.stride, :: self.stride]
        return F.pad(x, (0, 0, 0, 0, self.before, self.after))


def make_shortcut(option: Shortcut, channels_in: int, channels_out: int, stride: int) -> nn.Module:
    """Return the shortcut of a residual block from (channels_in, H, W) to (channels_out, H/s, W/s)."""
    same_shape = stride == 1 and channels_in == channels_out
    if option is Shortcut.C or (option is Shortcut.B and not same_shape):
        return nn.Sequential(conv1x1(channels_in, channels_out, stride), nn.BatchNorm2d(channels_out))
    return nn.Identity() if same_shape else ZeroPadding(channels_in, channels_out, stride)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut; with ``Shortcut.NONE``, two layers of the plain net.

    Every activation is its own module and none is in-place, so that hooks and attributions see what the
    paper's figure shows.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        stride: int,
        shortcut: Shortcut,
        layers: LayerOptions,
    ) -> None:
        super().__init__()
        self.conv1 = layers.conv(channels_in, channels_out, stride)
        self.bn1 = layers.norm(channels_out)
        self.act1 = layers.activate()
        self.conv2 = layers.conv(channels_out, channels_out)
        self.bn2 = layers.norm(channels_out)
        self.act2 = layers.activate()
        self.shortcut = (
            None if shortcut is Shortcut.NONE else make_shortcut(shortcut, channels_in, channels_out, stride)
        )

    def forward(self, x: Tensor) -> Tensor:
        """y = act(F(x) + shortcut(x)), or act(F(x)) in a plain net."""
        out = self.act1(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.shortcut is not None:
            out = out + self.shortcut(x)
        y: Tensor = self.act2(out)
        return y


class PreActivationBlock(nn.Module):
    """He16 figure 4 (e): normalisation and activation before each convolution, none after the sum."""

    def __init__(
        self, channels_in: int, channels_out: int, stride: int, shortcut: Shortcut, layers: LayerOptions
    ) -> None:
        super().__init__()
        self.bn1 = layers.norm(channels_in)
        self.act1 = layers.activate()
        self.conv1 = layers.conv(channels_in, channels_out, stride)
        self.bn2 = layers.norm(channels_out)
        self.act2 = layers.activate()
        self.conv2 = layers.conv(channels_out, channels_out)
        self.shortcut = make_shortcut(shortcut, channels_in, channels_out, stride)

    def forward(self, x: Tensor) -> Tensor:
        """y = F(x) + shortcut(x)."""
        out = self.conv1(self.act1(self.bn1(x)))
        out = self.conv2(self.act2(self.bn2(out)))
        y: Tensor = out + self.shortcut(x)
        return y


class HighwayBlock(nn.Module):
    """Two layers of a Highway network, y = H(x) T(x) + x (1 - T(x)) (Srivastava15 section 2).

    T is the sigmoid of a 3x3 convolution whose bias starts at -2, so that each layer initially carries its
    input. A layer that changes the shape has no gate, because its input no longer fits.
    """

    GATE_BIAS = -2.0

    def __init__(self, channels_in: int, channels_out: int, stride: int, layers: LayerOptions) -> None:
        super().__init__()
        self.conv1 = layers.conv(channels_in, channels_out, stride)
        self.bn1 = layers.norm(channels_out)
        self.act1 = layers.activate()
        same_shape = stride == 1 and channels_in == channels_out
        self.gate1 = self._gate(channels_out) if same_shape else None
        self.conv2 = layers.conv(channels_out, channels_out)
        self.bn2 = layers.norm(channels_out)
        self.act2 = layers.activate()
        self.gate2 = self._gate(channels_out)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels_in, H, W) -> (N, channels_out, H / stride, W / stride)."""
        x = self._carry(x, self.act1(self.bn1(self.conv1(x))), self.gate1)
        return self._carry(x, self.act2(self.bn2(self.conv2(x))), self.gate2)

    @classmethod
    def _gate(cls, channels: int) -> nn.Sequential:
        conv = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.constant_(conv.bias, cls.GATE_BIAS)  # type: ignore[arg-type]  # a convolution has a bias by default
        return nn.Sequential(conv, nn.Sigmoid())

    @staticmethod
    def _carry(x: Tensor, out: Tensor, gate: nn.Module | None) -> Tensor:
        if gate is None:
            return out
        transform: Tensor = gate(x)
        return out * transform + x * (1 - transform)
