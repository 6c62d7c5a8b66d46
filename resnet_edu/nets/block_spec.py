"""The specification of a block, a pure value; ``kinds`` makes graphs and modules of it."""

from dataclasses import dataclass

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.block_options import Order, StrideOn
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.vocabulary import Shortcut


@dataclass(frozen=True)
class BlockSpec:
    """Everything that determines a block; a kind ignores the fields that it doesn't use.

    ``kind`` is a key of ``kinds.KINDS``. ``expansion`` is how many times wider the output of a bottleneck
    is than its 3x3 convolution; of a dense layer, how many times its growth the 1x1 convolution
    makes (1 leaves that convolution out). Raises ``UserError`` for a number below 1.
    """

    kind: str = "basic"
    channels_in: int = 64
    channels_out: int = 64
    stride: int = 1
    expansion: int = 4
    groups: int = 1
    shortcut: Shortcut = Shortcut.IDENTITY
    order: Order = Order.ORIGINAL
    stride_on: StrideOn = StrideOn.CONV_3X3
    normalisation: Normalisation = Normalisation.BATCH
    activation: Activation = Activation.RELU

    def __post_init__(self) -> None:
        least = min(self.channels_in, self.channels_out, self.stride, self.expansion, self.groups)
        if least < 1:
            raise UserError(
                mark("Channels, stride, expansion and groups of a block are at least 1, not {value}."), value=least
            )

    @property
    def keeps_shape(self) -> bool:
        """Whether the output has the shape of the input."""
        return self.stride == 1 and self.channels_in == self.channels_out

    @property
    def projects(self) -> bool:
        """Whether the shortcut is a 1x1 projection."""
        return self.shortcut is Shortcut.C or (self.shortcut is Shortcut.B and not self.keeps_shape)

    @property
    def width(self) -> int:
        """The channels of a bottleneck's 3x3 convolution."""
        return self.channels_out // self.expansion

    @property
    def growth(self) -> int:
        """The channels that a dense layer adds, the k of Huang16."""
        return self.channels_out - self.channels_in
