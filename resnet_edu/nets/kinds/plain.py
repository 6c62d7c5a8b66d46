"""Two layers of the plain net: the basic block without its shortcut."""

from dataclasses import replace

from resnet_edu.errors import mark
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import basic
from resnet_edu.nets.kinds.kind import BlockKind
from resnet_edu.nets.operations import Operation
from resnet_edu.nets.vocabulary import Shortcut


def operations(spec: BlockSpec) -> tuple[Operation, ...]:
    """Return He15 figure 3, middle. Without an addition, only the original order makes sense."""
    return basic.operations(replace(spec, shortcut=Shortcut.NONE, order=Order.ORIGINAL))


KIND = BlockKind(
    title=mark("Plain block"),
    description=mark("Two 3×3 convolutions and nothing around them: the layers of a net without shortcuts."),
    citation="He et al. 2015, fig. 3 (middle)",
    uses=("channels_in", "channels_out", "stride", "normalisation", "activation"),
    operations=operations,
)
