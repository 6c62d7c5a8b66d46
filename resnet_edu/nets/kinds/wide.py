"""The wide residual block: the pre-activation basic block with many channels."""

from resnet_edu.errors import mark
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import basic
from resnet_edu.nets.kinds.kind import BlockKind
from resnet_edu.nets.kinds.residual import added, shortcut_problems
from resnet_edu.nets.layers import Conv
from resnet_edu.nets.operations import Operation, Role, chain


def operations(spec: BlockSpec) -> tuple[Operation, ...]:
    """Return the operations of Zagoruyko16 figure 1 (c).

    The published nets project the activated input, with a convolution and no normalisation.
    """
    if not (spec.projects and spec.order is Order.FULL_PRE_ACTIVATION):
        return basic.operations(spec)
    projection = Conv(spec.channels_in, spec.channels_out, kernel=1, stride=spec.stride, padding=0)
    return added(spec, basic.convolutions(spec), chain("act1", [("shortcut.0", projection)], role=Role.SHORTCUT))


KIND = BlockKind(
    title=mark("Wide block"),
    description=mark("Two 3×3 convolutions with many times the channels: fewer layers, more in each of them."),
    citation="Zagoruyko and Komodakis 2016, fig. 1 (c)",
    uses=basic.KIND.uses,
    operations=operations,
    problems=shortcut_problems,
)
