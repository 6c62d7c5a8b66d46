"""The specification of a block as a plain value; ``kinds`` turns it into graphs and modules."""

from dataclasses import dataclass

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.block_options import Order, StrideOn
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.vocabulary import Shortcut


@dataclass(frozen=True)
class BlockSpec:
    """Everything that determines a block; a kind ignores the fields it doesn't use.

    ``kind`` is a key of ``kinds.KINDS``. ``expansion`` is the ratio of a bottleneck's output channels to
    those of its 3x3 convolution; for a dense layer, the ratio of its 1x1 convolution's channels to its growth
    (1 omits that convolution). Raises ``UserError`` for a number below 1.
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
        """Whether input and output have the same shape."""
        return self.stride == 1 and self.channels_in == self.channels_out

    @property
    def projects(self) -> bool:
        """Whether the shortcut is a 1x1 projection."""
        return self.shortcut is Shortcut.C or (self.shortcut is Shortcut.B and not self.keeps_shape)

    @property
    def width(self) -> int:
        """The number of channels of a bottleneck's 3x3 convolution."""
        return self.channels_out // self.expansion

    @property
    def growth(self) -> int:
        """The number of channels a dense layer adds: the k of Huang16."""
        return self.channels_out - self.channels_in
