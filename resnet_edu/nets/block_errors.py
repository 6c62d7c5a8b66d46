"""Errors that the papers report for the variants of a block; each figure with its table."""

from dataclasses import dataclass

from resnet_edu.errors import mark
from resnet_edu.nets.block_options import Order


@dataclass(frozen=True)
class OrderError:
    """He16 table 2: CIFAR-10 test error in % of ResNet-110 and ResNet-164, the median of five runs."""

    order: Order
    resnet_110: float
    resnet_164: float


@dataclass(frozen=True)
class ShortcutError:
    """He16 table 1: CIFAR-10 test error in % of ResNet-110 with another shortcut; ``title`` is a source string."""

    title: str
    error: float


ORDER_ERRORS = (
    OrderError(Order.ORIGINAL, 6.61, 5.93),
    OrderError(Order.BN_AFTER_ADDITION, 8.17, 6.50),
    OrderError(Order.RELU_BEFORE_ADDITION, 7.84, 6.14),
    OrderError(Order.RELU_ONLY_PRE_ACTIVATION, 6.71, 5.91),
    OrderError(Order.FULL_PRE_ACTIVATION, 6.37, 5.46),
)
SHORTCUT_ERRORS = (
    ShortcutError(mark("identity (original)"), 6.61),
    ShortcutError(mark("shortcut-only gating, gate bias −6"), 6.91),
    ShortcutError(mark("exclusive gating"), 8.70),
    ShortcutError(mark("1×1 convolution"), 12.22),
    ShortcutError(mark("constant scaling by 0.5"), 12.35),
    ShortcutError(mark("shortcut-only gating"), 12.86),
)
