"""The bottleneck: a 3x3 convolution with few channels between two 1x1 convolutions."""

from dataclasses import replace

from resnet_edu.errors import Sentence, mark
from resnet_edu.nets.block_options import StrideOn
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds.kind import BlockKind, Problem, Repair, nearest_divisor
from resnet_edu.nets.kinds.residual import convolution, residual, shortcut_problems
from resnet_edu.nets.operations import Operation


def bottleneck(spec: BlockSpec, groups: int) -> tuple[Operation, ...]:
    """Return the operations of He15 figure 5, right, with the 3x3 convolution in ``groups`` groups."""
    on_first = spec.stride_on is StrideOn.FIRST_1X1
    first, second = (spec.stride, 1) if on_first else (1, spec.stride)
    return residual(
        spec,
        [
            convolution(spec, spec.channels_in, spec.width, kernel=1, stride=first),
            convolution(spec, spec.width, spec.width, stride=second, groups=groups),
            convolution(spec, spec.width, spec.channels_out, kernel=1),
        ],
    )


def operations(spec: BlockSpec) -> tuple[Operation, ...]:
    """Return the ungrouped bottleneck: every output channel of the 3x3 convolution sees every input channel."""
    return bottleneck(spec, groups=1)


def problems(spec: BlockSpec) -> tuple[Problem, ...]:
    """Require a whole number of channels for the 3x3 convolution."""
    if spec.channels_out % spec.expansion == 0:
        return shortcut_problems(spec)
    message = mark("An expansion of {expansion} does not divide {channels} channels into a whole width.")
    sentence = Sentence(message, {"expansion": spec.expansion, "channels": spec.channels_out})
    expansion = nearest_divisor(spec.channels_out, spec.expansion)
    remedy = Sentence(mark("Use an expansion of {expansion}."), {"expansion": expansion})
    return (Problem(sentence, Repair((remedy,), replace(spec, expansion=expansion))), *shortcut_problems(spec))


KIND = BlockKind(
    title=mark("Bottleneck"),
    description=mark("A 1×1 convolution reduces the channels, a 3×3 works on few of them, a 1×1 restores them."),
    citation="He et al. 2015, fig. 5 (right)",
    uses=(
        "channels_in",
        "channels_out",
        "stride",
        "stride_on",
        "expansion",
        "shortcut",
        "order",
        "normalisation",
        "activation",
    ),
    operations=operations,
    problems=problems,
)
