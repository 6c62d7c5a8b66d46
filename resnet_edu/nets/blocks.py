"""The building block of He15 figure 2 and its shortcuts (He15 section 3.3)."""

from enum import StrEnum

from torch import Tensor, nn
from torch.nn import functional as F


class Shortcut(StrEnum):
    """He15 section 3.3: what the shortcut does where height, width or channels change."""

    A = "A"
    """Zero padding: no parameters."""
    B = "B"
    """A 1x1 projection where the shape changes, the identity elsewhere."""
    C = "C"
    """A 1x1 projection everywhere."""


def conv3x3(channels_in: int, channels_out: int, stride: int = 1) -> nn.Conv2d:
    """3x3 convolution that keeps height and width at stride 1; no bias, as BN follows."""
    return nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1, bias=False)


def conv1x1(channels_in: int, channels_out: int, stride: int = 1) -> nn.Conv2d:
    """1x1 convolution, the projection of a shortcut; no bias, as BN follows."""
    return nn.Conv2d(channels_in, channels_out, 1, stride=stride, bias=False)


class ZeroPadding(nn.Module):
    """Option A's shortcut: every ``stride``-th pixel, and new channels of zeros around the old.

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
    """The shortcut of a residual block from (channels_in, H, W) to (channels_out, H/s, W/s)."""
    same_shape = stride == 1 and channels_in == channels_out
    if option is Shortcut.C or (option is Shortcut.B and not same_shape):
        return nn.Sequential(conv1x1(channels_in, channels_out, stride), nn.BatchNorm2d(channels_out))
    return nn.Identity() if same_shape else ZeroPadding(channels_in, channels_out, stride)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions; ``shortcut=None`` makes it two layers of the plain net.

    Every ReLU is a module of its own and none works in place, so that hooks and attributions see
    what the paper's figure shows.
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int, shortcut: Shortcut | None) -> None:
        super().__init__()
        self.conv1 = conv3x3(channels_in, channels_out, stride)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.relu1 = nn.ReLU()
        self.conv2 = conv3x3(channels_out, channels_out)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.relu2 = nn.ReLU()
        self.shortcut = None if shortcut is None else make_shortcut(shortcut, channels_in, channels_out, stride)

    def forward(self, x: Tensor) -> Tensor:
        """y = ReLU(F(x) + shortcut(x)), or ReLU(F(x)) in a plain net."""
        out = self.relu1(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.shortcut is not None:
            out = out + self.shortcut(x)
        y: Tensor = self.relu2(out)
        return y
