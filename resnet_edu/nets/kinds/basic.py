"""The basic block: two 3x3 convolutions and a shortcut."""

from resnet_edu.errors import mark
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds.kind import BlockKind
from resnet_edu.nets.kinds.residual import convolution, residual, shortcut_problems
from resnet_edu.nets.layers import Conv
from resnet_edu.nets.operations import Operation


def convolutions(spec: BlockSpec) -> list[Conv]:
    """Return two 3x3 convolutions; the first one is strided."""
    return [
        convolution(spec, spec.channels_in, spec.channels_out, stride=spec.stride),
        convolution(spec, spec.channels_out, spec.channels_out),
    ]


def operations(spec: BlockSpec) -> tuple[Operation, ...]:
    """Return the operations of He15 figure 5, left."""
    return residual(spec, convolutions(spec))


KIND = BlockKind(
    title=mark("Basic block"),
    description=mark("Two 3×3 convolutions learn what to add to the input, which a shortcut carries past them."),
    citation="He et al. 2015, fig. 5 (left)",
    uses=("channels_in", "channels_out", "stride", "shortcut", "order", "normalisation", "activation"),
    operations=operations,
    problems=shortcut_problems,
)
