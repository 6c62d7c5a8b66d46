"""Errors that the papers report for variants of a block, each with the table it comes from."""

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
    """He16 table 1: CIFAR-10 test error in % of ResNet-110 with another shortcut; None where it is above 20%.

    ``title`` is a source string; ``shortcut`` and ``branch`` are the factor or operation applied to x and
    F(x).
    """

    title: str
    shortcut: str
    branch: str
    error: float | None


@dataclass(frozen=True)
class VersionError:
    """He16 table 3: CIFAR-10 test error in % of a net with the original and with the pre-activation block."""

    depth: int
    original: float
    pre_activation: float


ORDER_ERRORS = (
    OrderError(Order.ORIGINAL, 6.61, 5.93),
    OrderError(Order.BN_AFTER_ADDITION, 8.17, 6.50),
    OrderError(Order.RELU_BEFORE_ADDITION, 7.84, 6.14),
    OrderError(Order.RELU_ONLY_PRE_ACTIVATION, 6.71, 5.91),
    OrderError(Order.FULL_PRE_ACTIVATION, 6.37, 5.46),
)
SHORTCUT_ERRORS = (
    ShortcutError(mark("identity (original)"), "1", "1", 6.61),
    ShortcutError(mark("shortcut-only gating, gate bias −6"), "1 − g(x)", "1", 6.91),
    ShortcutError(mark("exclusive gating, gate bias −6"), "1 − g(x)", "g(x)", 8.70),
    ShortcutError(mark("exclusive gating, gate bias −7"), "1 − g(x)", "g(x)", 9.81),
    ShortcutError(mark("1×1 convolution"), "1×1", "1", 12.22),
    ShortcutError(mark("constant scaling of both"), "0.5", "0.5", 12.35),
    ShortcutError(mark("shortcut-only gating, gate bias 0"), "1 − g(x)", "1", 12.86),
    ShortcutError(mark("exclusive gating, gate bias 0 to −5"), "1 − g(x)", "g(x)", None),
    ShortcutError(mark("constant scaling of the shortcut"), "0.5", "1", None),
    ShortcutError(mark("dropout on the shortcut"), "dropout 0.5", "1", None),
    ShortcutError(mark("no shortcut (a plain net)"), "0", "1", None),
)
FAILED = 20
"""Above this error in %, He16 table 1 just says "fail"."""
VERSION_ERRORS = (VersionError(110, 6.61, 6.37), VersionError(164, 5.93, 5.46), VersionError(1001, 7.61, 4.92))
